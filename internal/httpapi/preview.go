package httpapi

import (
	"context"
	"net/http"
	"path"
	"time"

	"transporter/internal/account"
	"transporter/internal/report"
	"transporter/internal/task"
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
	Zone string       `json:"zone" example:"Europe/Madrid"`
	Runs []PreviewRun `json:"runs" nullable:"false" doc:"In order; fewer than asked for when the task ends."`
}

// PreviewRun is one run to come. Local times are in the task's zone.
type PreviewRun struct {
	Fire      time.Time     `json:"fire" doc:"When it fires, UTC."`
	FireLocal string        `json:"fireLocal" example:"2026-11-20T06:00:00+01:00"`
	From      time.Time     `json:"from" doc:"First moment of the window, UTC."`
	To        time.Time     `json:"to" doc:"First moment after it, UTC."`
	FromLocal string        `json:"fromLocal"`
	ToLocal   string        `json:"toLocal"`
	Hours     float64       `json:"hours" doc:"Length of the window; 23 or 25 on days of a clock change." example:"24"`
	Files     []PreviewFile `json:"files" nullable:"false"`
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
	cal, err := calendarOf(t.Spec, def, t.Begun())
	if err != nil {
		return nil, err
	}
	out := Preview{Zone: t.Spec.Zone, Runs: []PreviewRun{}}
	for _, run := range task.NextRuns(cal, s.cfg.Now(), min(in.N, maxPreview)) {
		view, err := previewRun(snap.Sources[t.Spec.Source].PlatformAccount, t, def, cal, run)
		if err != nil {
			return nil, err
		}
		out.Runs = append(out.Runs, view)
	}
	return &struct{ Body Preview }{out}, nil
}

func previewRun(platformAccount string, t account.Task, def *report.Definition, cal *task.Calendar, run task.PreviewRun) (PreviewRun, error) {
	w, zone := run.Window, cal.Zone()
	v := PreviewRun{
		Fire: run.Fire.UTC(), From: w.From.UTC(), To: w.To.UTC(), Hours: w.Duration().Hours(),
		FireLocal: run.Fire.In(zone).Format(time.RFC3339), Files: []PreviewFile{},
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
	template, err := task.ParseName(leg.FileName)
	if err != nil {
		return "", err
	}
	data := cal.NameData(w)
	data.Report, data.Task, data.Description, data.Account = def.ID, t.ID, t.Spec.Description, platformAccount
	data.Format, data.Part, data.Parts = t.Spec.Format, 1, 1
	name := template.Render(data)
	if leg.Encryption.Mode == task.EncryptPGP {
		name += ".pgp"
	}
	return path.Join(leg.Path, name), nil
}
