package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// maxBackfillRuns bounds the runs that one backfill has open at once.
const maxBackfillRuns = 50

// BackfillRequest is what people send to have windows of the past delivered.
type BackfillRequest struct {
	From        time.Time `json:"from,omitzero" doc:"Windows that end after it; absent: from the first."`
	To          time.Time `json:"to,omitzero" doc:"Windows that end at or before it; absent: now."`
	Mode        string    `json:"mode,omitempty" enum:"failed,missing,again,redeliver" doc:"failed (also when absent): the missing windows and a new attempt of the red ones. missing: only those that nobody has worked on. again: every window; what was delivered gets its next revision. redeliver: what is delivered is sent again from the files that are kept, with today's keys, and without a call to the source."`
	Reason      string    `json:"reason,omitempty" maxLength:"200" doc:"Why, for people."`
	Concurrency int       `json:"concurrency,omitempty" minimum:"1" maximum:"50" doc:"Runs at once; absent: 12."`
}

// BackfillView is a backfill and how far it is.
type BackfillView struct {
	ID        string        `json:"id" example:"01JD40K7M5Q3ZB1A9C8E7G6J4K"`
	State     string        `json:"state" enum:"running,paused,done,cancelled,stopped" doc:"stopped: it could not go on; error says why."`
	Reason    string        `json:"reason"`
	Mode      string        `json:"mode" enum:"failed,missing,again,redeliver"`
	From      time.Time     `json:"from,omitzero"`
	To        time.Time     `json:"to,omitzero"`
	Total     int           `json:"total" doc:"Windows to look at."`
	Done      int           `json:"done" doc:"Windows looked at: the sum of the next four."`
	Delivered int           `json:"delivered"`
	Empty     int           `json:"empty"`
	Skipped   int           `json:"skipped" doc:"Delivered before, running, or beyond the report's reach."`
	Failed    int           `json:"failed"`
	At        time.Time     `json:"at,omitzero" doc:"End of the last window looked at."`
	Started   time.Time     `json:"started"`
	Ended     time.Time     `json:"ended,omitzero"`
	Remaining task.Duration `json:"remaining,omitempty" doc:"The estimated time to the end; absent when it is not known." example:"12m"`
	PausedFor task.Duration `json:"pausedFor,omitempty" doc:"How long it was paused in all, until the last resume." example:"2h"`
	Error     string        `json:"error,omitempty"`
	UI        string        `json:"ui" doc:"The backfill in the Temporal UI."`
}

// InBackfill starts a backfill.
type InBackfill struct {
	InThing
	Creation
	Body BackfillRequest
}

// InOneBackfill names a backfill.
type InOneBackfill struct {
	InThing
	Backfill string `path:"b" maxLength:"64" doc:"The id that its creation answered."`
}

func (s *Server) backfills() {
	at := tasks.path() + "/{id}/backfills"
	const tag = "backfills"
	route(s, operation{
		Method: http.MethodPost, Path: at, ID: "create-backfill", Tag: tag, Status: http.StatusCreated,
		Summary: "Have windows of the past delivered",
		Doc:     "Low priority, so many runs at once as asked; windows that are delivered or running are left alone, unless mode is again.",
		Errors:  []int{400, 404, 409, 413, 422},
	}, s.startBackfill)
	route(s, operation{Method: http.MethodGet, Path: at, ID: "list-backfills", Tag: tag, Summary: "List the backfills of a task", Errors: []int{404}}, s.listBackfills)
	route(s, operation{Method: http.MethodGet, Path: at + "/{b}", ID: "get-backfill", Tag: tag, Summary: "Show how far a backfill is", Errors: []int{404}}, s.getBackfill)
	for verb, do := range map[string]struct {
		text string
		call func(Backfills, context.Context, string, string, string) error
	}{
		"pause":  {"Start no further run; those that are open go on.", Backfills.Pause},
		"resume": {"Go on with the next window.", Backfills.Resume},
		"cancel": {"End the backfill; runs that are open go on.", Backfills.Cancel},
	} {
		route(s, operation{
			Method: http.MethodPost, Path: at + "/{b}/" + verb, ID: verb + "-backfill", Tag: tag, Status: http.StatusAccepted,
			Summary: verb + " a backfill", Doc: do.text, Errors: []int{404, 409},
		}, func(ctx context.Context, in *InOneBackfill) (*Nothing, error) {
			if _, err := tasks.find(ctx, s, in.InThing); err != nil {
				return nil, err
			}
			return &Nothing{}, do.call(s.cfg.Backfill, ctx, in.Account, in.ID, in.Backfill)
		})
	}
}

func (s *Server) startBackfill(ctx context.Context, in *InBackfill) (*Item[BackfillView], error) {
	t, err := tasks.find(ctx, s, in.InThing)
	if err != nil {
		return nil, err
	}
	b := in.Body
	switch {
	case t.State != account.TaskEnabled:
		return nil, fault.New(fault.Conflict, "the task is %s", t.State).WithField("path.id").WithFix("enable it first")
	case !b.To.IsZero() && !b.To.After(b.From):
		return nil, fault.New(fault.InvalidSpec, "it is not after from").WithField("to").WithFix("give a later time")
	case b.From.After(s.cfg.Now()):
		return nil, fault.New(fault.InvalidSpec, "it lies in the future").WithField("from").WithFix("a backfill delivers windows whose runs are due")
	}
	start := contract.BackfillIn{
		Account: in.Account, Task: in.ID, ID: s.newID(seed(in.IdempotencyKey, in.Account, in.ID, "backfills")),
		From: b.From, To: b.To, Mode: b.Mode, Reason: b.Reason, Concurrency: min(b.Concurrency, maxBackfillRuns),
	}
	if start.Mode == "" {
		start.Mode = contract.BackfillFailed
	}
	if start.Reason == "" {
		start.Reason = "asked for by the API"
	}
	if err := s.cfg.Backfill.Start(ctx, start); err != nil {
		return nil, err
	}
	item, err := s.getBackfill(ctx, &InOneBackfill{InThing: in.InThing, Backfill: start.ID})
	if err == nil {
		item.Location = "/v1/accounts/" + in.Account + "/tasks/" + in.ID + "/backfills/" + start.ID
	}
	return item, err
}

func (s *Server) listBackfills(ctx context.Context, in *InThing) (*Listing[BackfillView], error) {
	if _, err := tasks.find(ctx, s, *in); err != nil {
		return nil, err
	}
	ids, err := s.cfg.Backfill.List(ctx, in.Account, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Listing[BackfillView]{Body: List[BackfillView]{Items: []BackfillView{}}}
	for _, id := range ids {
		item, err := s.viewBackfill(ctx, in.Account, in.ID, id)
		if fault.Is(err, fault.NotFound) { // retention has just removed it
			continue
		}
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

func (s *Server) getBackfill(ctx context.Context, in *InOneBackfill) (*Item[BackfillView], error) {
	if _, err := tasks.find(ctx, s, in.InThing); err != nil {
		return nil, err
	}
	v, err := s.viewBackfill(ctx, in.Account, in.ID, in.Backfill)
	return &Item[BackfillView]{Body: v}, err
}

func (s *Server) viewBackfill(ctx context.Context, accountID, taskID, id string) (BackfillView, error) {
	p, err := s.cfg.Backfill.Progress(ctx, accountID, taskID, id)
	return BackfillView{
		ID: id, State: p.State, Reason: p.Reason, Mode: p.Mode, From: p.From, To: p.To,
		Total: p.Total, Done: p.Done, Delivered: p.Delivered, Empty: p.Empty, Skipped: p.Skipped, Failed: p.Failed,
		At: p.At, Started: p.Started, Ended: p.Ended, Error: p.Error,
		Remaining: seconds(p.Remaining), PausedFor: seconds(p.PausedFor),
		UI: s.cfg.Runs.Link(contract.BackfillID(accountID, taskID, id), ""),
	}, err
}

// seconds rounds up, so that what is left is never shown as nothing.
func seconds(d time.Duration) task.Duration {
	return task.Duration((d + time.Second - 1).Truncate(time.Second))
}
