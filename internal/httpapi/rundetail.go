package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
)

// RunDetail is a run with what it did.
type RunDetail struct {
	RunView
	Steps    []StepView    `json:"steps" nullable:"false"`
	Files    []FileView    `json:"fileList" nullable:"false" doc:"What was delivered; listed when the run has ended."`
	Receipts []ReceiptView `json:"receipts" nullable:"false" doc:"One for each leg that is delivered; of a redelivery, its own."`

	Quarantined []QuarantinedView `json:"quarantined,omitempty" doc:"Records that cannot be written as a row: what an incomplete run is red for, at most 1,000 names; it is never empty while something is left to accept. Of a run that waits for the platform, what is missing, or does not fit together."`
	Accepted    *Acceptance       `json:"accepted,omitempty" doc:"What this attempt was told to take as it is."`
}

// StepView is one step of a run.
type StepView struct {
	Name    string     `json:"name" example:"fetch"`
	Leg     string     `json:"leg,omitempty"`
	Where   string     `json:"where,omitempty" doc:"The leg as people know it." example:"Partner SFTP/conversations"`
	State   string     `json:"state" doc:"done, running, failed or skipped."`
	Detail  string     `json:"detail,omitempty" doc:"What was done; of a running step, how far it is."`
	Error   string     `json:"error,omitempty"`
	Attempt int        `json:"attempt,omitempty" doc:"How often it was tried, Temporal's own tries among them."`
	Started *time.Time `json:"started,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
}

// QuarantinedView is a record that cannot be written as a row.
type QuarantinedView struct {
	Record string `json:"record" doc:"Its id, as accept takes it."`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// FileView is one file of a run.
type FileView struct {
	N         int    `json:"n" doc:"Its number for the download." example:"1"`
	Name      string `json:"name" example:"msg.messages_20261119T000000Z_20261120T000000Z.csv.pgp"`
	Leg       string `json:"leg,omitempty"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	Encrypted bool   `json:"encrypted" doc:"Only encrypted files can be downloaded here."`
	Href      string `json:"href,omitempty" doc:"Where to download it."`
}

// ReceiptView proves that a leg is delivered.
type ReceiptView struct {
	Leg       string      `json:"leg"`
	Location  string      `json:"location"`
	Files     int         `json:"files"`
	Rows      int64       `json:"rows"`
	Asked     int         `json:"verifyAsked" doc:"Verification level that was asked for."`
	Reached   int         `json:"verifyReached" doc:"Verification level that was reached."`
	Atomic    bool        `json:"atomic" doc:"Whether files appeared under their names at once."`
	Note      string      `json:"note,omitempty"`
	LeftOut   int64       `json:"leftOut,omitempty" doc:"Records in quarantine that were accepted."`
	Replaced  int64       `json:"replaced,omitempty" doc:"Characters that were written as another: broken ones of the source, and those that the format cannot hold where the task says replace."`
	Accepted  *Acceptance `json:"accepted,omitempty" doc:"What an operator took as it is."`
	WrittenAt time.Time   `json:"writtenAt"`
}

// foundRun is what is known of one run: at least one of execution and record.
type foundRun struct {
	name      runName
	execution *Execution
	record    *receipt.RunRecord
	forgotten bool // Temporal has no such execution any more
}

func (s *Server) getRun(ctx context.Context, in *InRun) (*struct{ Body RunDetail }, error) {
	if err := s.hasHistory(ctx, in.Account); err != nil {
		return nil, err
	}
	found, err := s.lookUp(ctx, *in)
	if err != nil {
		return nil, err
	}
	detail := RunDetail{Steps: []StepView{}, Files: []FileView{}, Receipts: []ReceiptView{}}
	var window *contract.Span
	if r := found.record; r != nil && !found.newer() {
		detail.RunView, _ = s.viewRecord(*r)
		detail.Steps, detail.Files = viewSteps(r.Steps), viewFiles(*in, r)
		if e := found.execution; e != nil {
			detail.Status, detail.Report = e.Status, cmp.Or(detail.Report, e.Report)
		} else if found.forgotten {
			detail.UI = ""
		}
		for _, q := range r.Quarantined {
			detail.Quarantined = append(detail.Quarantined, QuarantinedView(q))
		}
		detail.Accepted = viewAcceptance(r.Run.Accept)
		window = &r.Window
	} else {
		trace, err := s.cfg.Runs.Trace(ctx, found.execution.WorkflowID, found.execution.RunID)
		if err != nil {
			return nil, err
		}
		detail.RunView, _ = s.viewExecution(*found.execution)
		detail.Steps, detail.Error, detail.ErrorKind = viewSteps(trace.Steps), trace.Error, trace.ErrorKind
		window = trace.Window
	}
	if window != nil && window.To != 0 {
		detail.Window = windowOf(*window)
		read := s.cfg.Book.Receipt
		if detail.Trigger == contract.TriggerRedeliver {
			read = func(ctx context.Context, d contract.Delivery) (*receipt.Receipt, error) {
				return s.cfg.Book.Redelivery(ctx, d, found.name.Attempt)
			}
		}
		all, err := receipts(ctx, read, found.name.delivery(in.Account, *window), legsOf(detail.Steps))
		if err != nil {
			return nil, err
		}
		detail.Receipts = viewReceipts(all)
		missing, err := s.waits(ctx, found, in.Account, *window)
		if err != nil {
			return nil, err
		}
		for _, q := range missing {
			detail.Quarantined = append(detail.Quarantined, QuarantinedView(q))
		}
	}
	return &struct{ Body RunDetail }{detail}, nil
}

// findRun looks up a run of an account that is open: one with which something can be done.
func (s *Server) findRun(ctx context.Context, in InRun) (foundRun, error) {
	if _, err := s.snapshot(ctx, in.Account); err != nil {
		return foundRun{}, err
	}
	return s.lookUp(ctx, in)
}

// lookUp looks a run up in Temporal and in the records.
func (s *Server) lookUp(ctx context.Context, in InRun) (foundRun, error) {
	name, err := parseRun(in.Run)
	if err != nil {
		return foundRun{}, err
	}
	found := foundRun{name: name}
	id := name.workflowID(in.Account)
	if found.record, err = s.cfg.Book.Run(ctx, in.Account, name.Task, id); err != nil {
		return found, err
	}
	found.execution, err = s.cfg.Runs.Execution(ctx, id)
	found.forgotten = err == nil && found.execution == nil
	if err != nil && found.record != nil {
		err = nil // what ended is known without Temporal
	}
	if err == nil && found.record == nil && found.execution == nil {
		err = notFound("run", "run", in.Run)
	}
	return found, err
}

// newer reports that the execution is another one than that of the record.
func (f foundRun) newer() bool { return f.execution != nil && f.execution.RunID != f.record.RunID }

// receipts reads the receipts of the legs.
func receipts(
	ctx context.Context, read func(context.Context, contract.Delivery) (*receipt.Receipt, error), d contract.Delivery, legs []string,
) ([]receipt.Receipt, error) {
	var all []receipt.Receipt
	for _, leg := range legs {
		d.Leg = leg
		r, err := read(ctx, d)
		if err != nil {
			return nil, err
		}
		if r != nil {
			all = append(all, *r)
		}
	}
	return all, nil
}

// legsOf returns the legs that took part in the steps, in their order.
func legsOf(steps []StepView) []string {
	var legs []string
	for _, step := range steps {
		if step.Leg != "" && !slices.Contains(legs, step.Leg) {
			legs = append(legs, step.Leg)
		}
	}
	return legs
}

func (n runName) delivery(accountID string, span contract.Span) contract.Delivery {
	return contract.Delivery{Account: accountID, Task: n.Task, Generation: n.Generation, Span: span, Revision: n.Revision}
}

func viewReceipts(all []receipt.Receipt) []ReceiptView {
	views := make([]ReceiptView, 0, len(all))
	for _, r := range all {
		views = append(views, ReceiptView{
			Leg: r.Delivery.Leg, Location: r.Location, Files: len(r.Files), Rows: r.Counts.Rows,
			Asked: r.Asked, Reached: r.Reached, Atomic: r.Atomic, Note: r.Note,
			LeftOut: r.Counts.LeftOut, Replaced: r.Counts.Replaced, Accepted: viewAcceptance(r.Accepted), WrittenAt: r.WrittenAt,
		})
	}
	return views
}

func viewSteps(steps []contract.StepRecord) []StepView {
	views := make([]StepView, 0, len(steps))
	for _, x := range steps {
		views = append(views, StepView{
			Name: x.Name, Leg: x.Leg, Where: x.Where, State: x.State, Detail: x.Detail, Error: x.Error,
			Attempt: x.Attempt, Started: moment(x.Started), Ended: moment(x.Ended),
		})
	}
	return views
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func viewFiles(in InRun, r *receipt.RunRecord) []FileView {
	views := make([]FileView, 0, len(r.Downloads))
	for i, f := range r.Downloads {
		v := FileView{N: i + 1, Name: f.Name, Leg: f.Leg, Size: f.Ref.Size, SHA256: f.Ref.SHA256, Encrypted: f.Encrypted}
		if f.Encrypted {
			v.Href = fmt.Sprintf("/v1/accounts/%s/runs/%s/files/%d", in.Account, in.Run, v.N)
		}
		views = append(views, v)
	}
	return views
}

// inQuery moves a fault to the query parameter of the same name.
func inQuery(err error) error {
	for _, f := range flatten(err) {
		located := *f
		located.Kind, located.Field = fault.InvalidSpec, "query."+located.Field[len("path."):]
		return &located
	}
	return err
}
