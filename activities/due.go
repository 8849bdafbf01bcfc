package activities

import (
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// due is a resolved window, the entry that it follows and the moment at which its run
// fires.
type due struct {
	entry    ledger.Entry
	calendar *task.Calendar
	window   task.Window
	fire     time.Time
	before   *contract.Span // the expected window before it, if the window is the task's own
	goesOn   bool           // see Plan
}

// continues reports whether rows of the window can go on from what that one before it left.
func (d due) continues(before timeline.Window, spec task.Spec) bool {
	return before.To.Equal(d.window.From) && spec.Report == d.entry.Spec.Report && spec.Source == d.entry.Spec.Source
}

// resolve finds the window of a run: for a scheduled one that of its nominal time, by the
// timeline; an explicit one is as it was asked for, under the newest entry of its generation.
func resolve(entries []ledger.Entry, windows *timeline.Timeline, in contract.PlanIn) (due, error) {
	if in.Run.Window != nil {
		return explicit(entries, windows, in)
	}
	w, entry, ok := windows.At(in.Nominal)
	if !ok {
		err := fault.New(fault.InvalidSpec, "no window of the task is due at %s", in.Nominal.Format(time.RFC3339))
		if _, calendar := windows.Last(); calendar != nil {
			err = err.WithFix("the first window ends at %s", calendar.First().Format(time.RFC3339))
		}
		return due{}, err
	}
	// A nominal time before the task was made is the server's own backfill of a past start.
	return due{entry: entry, calendar: windows.Calendar(entry.Seq), window: w.Window, fire: w.Fire}, nil
}

// explicit takes the window as it was asked for.
func explicit(entries []ledger.Entry, windows *timeline.Timeline, in contract.PlanIn) (due, error) {
	d := due{window: task.Window{From: time.UnixMilli(in.Run.Window.From).UTC(), To: time.UnixMilli(in.Run.Window.To).UTC()}}
	for _, e := range slices.Backward(entries) {
		if e.Generation == in.Run.Generation && e.State != ledger.Deleted && windows.Calendar(e.Seq) != nil {
			d.entry, d.calendar = e, windows.Calendar(e.Seq)
			break
		}
	}
	switch {
	case d.calendar == nil:
		return due{}, errNoEntry(in)
	case !d.window.From.Before(d.window.To):
		return due{}, fault.New(fault.InvalidSpec, "the window is empty: %s", d.window.Text(d.calendar.Zone())).WithField("window")
	}
	d.fire = d.calendar.Fire(d.window.To)
	if _, ok := d.calendar.WindowOf(d.window.To); !ok {
		d.fire = d.window.To.Add(d.calendar.Delay()) // asked for by hand, off the task's grid
	}
	return d, nil
}

func errNoEntry(in contract.PlanIn) error {
	return fault.New(fault.ConfigMissing, "task %s has no specification for this run", in.Run.Task).
		WithFix("the task was deleted or its schedule edited by hand; delete the schedule, or save the task again")
}

// out is what the workflow needs before the plan is staged.
func (d due) out(def *report.Definition, spec task.Spec) contract.PlanOut {
	from, to := d.window.Span()
	return contract.PlanOut{
		Window: contract.Span{From: from, To: to}, WindowTxt: d.window.Text(d.calendar.Zone()), NotBefore: d.fire,
		Report: def.Ref(), Title: def.Title, Format: spec.Format,
	}
}

// nextFire is when the run after this one is due; zero if there is none.
func (d due) nextFire() time.Time {
	next, ok := d.calendar.Next(d.fire)
	if !ok {
		return time.Time{}
	}
	return d.calendar.Fire(next)
}

func skip(out contract.PlanOut, outcome, why string) contract.PlanOut {
	out.Skip, out.SkipWhy = outcome, why
	return out
}
