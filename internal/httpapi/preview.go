package httpapi

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"path"
	"time"

	"transporter/internal/account"
	"transporter/internal/coverage"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// maxPreview bounds a preview: more is a calendar, not a preview.
const maxPreview = 100

// InPreview asks for the next runs.
type InPreview struct {
	InThing
	N int `query:"n" minimum:"1" maximum:"100" default:"20" doc:"How many runs."`
}

// Preview is what a task will do.
type Preview struct {
	Zone        string       `json:"zone" doc:"Of the task." example:"Europe/Madrid"`
	AccountZone string       `json:"accountZone" example:"Europe/London"`
	Runs        []PreviewRun `json:"runs" nullable:"false" doc:"In order; fewer than asked for when the task ends."`
}

// PreviewRun is one run to come. Local times are in the task's zone.
type PreviewRun struct {
	Fire      time.Time `json:"fire" doc:"When it fires, UTC."`
	FireLocal string    `json:"fireLocal" example:"2026-11-20T06:00:00+01:00"`
	From      time.Time `json:"from" doc:"First moment of the window, UTC."`
	To        time.Time `json:"to" doc:"First moment after it, UTC."`
	FromLocal string    `json:"fromLocal"`
	ToLocal   string    `json:"toLocal"`

	FireForAccount string `json:"fireForAccount" doc:"In the account's zone."`
	FromForAccount string `json:"fromForAccount"`
	ToForAccount   string `json:"toForAccount"`

	Hours float64       `json:"hours" doc:"Length of the window; 23 or 25 on days of a clock change." example:"24"`
	Files []PreviewFile `json:"files" nullable:"false"`
}

// PreviewFile is the name of the first file of one leg.
type PreviewFile struct {
	Destination string `json:"destination"`
	Name        string `json:"name" example:"msg.messages_20261119T000000Z_20261120T000000Z.csv.pgp"`
}

func (s *Server) preview() {
	route(s, operation{
		Method: http.MethodGet, Path: tasks.path() + "/{id}/preview", ID: "preview-task", Tag: tasks.many,
		Summary: "Show the next runs of a task", Doc: "Computed by the code that runs use. A disabled task is shown as if it were enabled.",
		Errors: []int{404, 422},
	}, s.previewTask)
}

func (s *Server) previewTask(ctx context.Context, in *InPreview) (*struct{ Body Preview }, error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	t, ok := snap.Tasks[in.ID]
	if !ok {
		return nil, notFound("id", tasks.one, in.ID)
	}
	def, err := definitionOf(t.Spec)
	if err != nil {
		return nil, err
	}
	_, windows, err := coverage.Load(ctx, s.cfg.Ledger, in.Account, in.ID)
	if err != nil {
		return nil, err
	}
	out := Preview{Zone: t.Spec.Zone, AccountZone: cmp.Or(snap.Settings.Zone, t.Spec.Zone), Runs: []PreviewRun{}}
	people, err := task.Zone(out.AccountZone)
	if err != nil {
		return nil, err
	}
	entry, cal := windows.Last()
	if cal == nil {
		return nil, notFound("id", tasks.one, in.ID)
	}
	for w := range coming(windows, entry.Seq, cal, s.cfg.Now()) {
		if len(out.Runs) == min(in.N, maxPreview) {
			break
		}
		view, err := previewRun(snap.Sources[t.Spec.Source].PlatformAccount, t, def, cal, people, w)
		if err != nil {
			return nil, err
		}
		out.Runs = append(out.Runs, view)
	}
	return &struct{ Body Preview }{out}, nil
}

// coming returns the windows of the entry in force whose runs are still to fire.
func coming(windows *timeline.Timeline, seq int, cal *task.Calendar, now time.Time) iter.Seq[timeline.Window] {
	return func(yield func(timeline.Window) bool) {
		next, ok := cal.Next(now)
		if !ok {
			return
		}
		for w := range windows.Windows(next.Add(-time.Second), endOfTime) {
			if w.Seq == seq && w.Fire.After(now) && !yield(w) {
				return
			}
		}
	}
}

// endOfTime is after every window that a calendar knows.
var endOfTime = time.Date(2101, time.January, 1, 0, 0, 0, 0, time.UTC)

func previewRun(platformAccount string, t account.Task, def *report.Definition, cal *task.Calendar,
	people *time.Location, run timeline.Window,
) (PreviewRun, error) {
	w, zone := run.Window, cal.Zone()
	v := PreviewRun{
		Fire: run.Fire.UTC(), From: w.From.UTC(), To: w.To.UTC(), Hours: w.Duration().Hours(),
		FireLocal: run.Fire.In(zone).Format(time.RFC3339), Files: []PreviewFile{},
		FireForAccount: run.Fire.In(people).Format(time.RFC3339),
		FromForAccount: w.From.In(people).Format(time.RFC3339), ToForAccount: w.To.In(people).Format(time.RFC3339),
		FromLocal: w.From.In(zone).Format(time.RFC3339), ToLocal: w.To.In(zone).Format(time.RFC3339),
	}
	for _, leg := range t.Spec.Destinations {
		name, err := fileName(platformAccount, t, def, leg, cal, w)
		if err != nil {
			return v, err
		}
		v.Files = append(v.Files, PreviewFile{Destination: leg.Destination, Name: name})
	}
	return v, nil
}

// fileName is the name of the leg's first file, below the destination's folder.
func fileName(platformAccount string, t account.Task, def *report.Definition, leg task.Leg, cal *task.Calendar, w task.Window) (string, error) {
	names, err := leg.Names()
	if err != nil {
		return "", err
	}
	name, _ := names.Data(nameData(t.ID, platformAccount, t.Spec, def, cal, w))
	return path.Join(leg.Path, name), nil
}
