package activities

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/notify"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

// Deadlines holds the activity that looks for windows that are late.
type Deadlines struct {
	*Notify
	Ledger Ledger
	Book   *Book
}

// Look finds the window whose deadline has come; one that should exist and is not delivered
// is noted as late, once, and told to those who want to hear of failures. Idempotent.
func (a *Deadlines) Look(ctx context.Context, in contract.LateIn) (contract.LateOut, error) {
	out, err := a.look(ctx, in)
	return out, toTemporal(err)
}

func (a *Deadlines) look(ctx context.Context, in contract.LateIn) (contract.LateOut, error) {
	none := contract.LateOut{Text: "no window has this deadline"}
	snapshot, err := a.Accounts.Snapshot(ctx, in.Account)
	if fault.Is(err, fault.NotFound) { // closed meanwhile
		return none, nil
	}
	if err != nil {
		return none, err
	}
	t, ok := snapshot.Tasks[in.Task]
	if !ok {
		return none, nil
	}
	line, zone, due, err := a.due(ctx, in)
	if err != nil || line == nil {
		return none, err
	}
	if settled(line) { // an earlier try may have noted it as late, and told
		_, err := Told{a.Notify}.Close(ctx, in.Account, in.Task, incident.WindowLate, lateKey(line), a.Now(), string(line.Status))
		return found(line, zone), err
	}
	if in.Now.Before(due) {
		out := found(line, zone)
		out.NotBefore = due
		return out, nil
	}
	return a.late(ctx, in, snapshot, t, line)
}

// late notes the window as late and tells of it, unless a run has delivered it since it was
// looked at, which may have found no incident to end.
func (a *Deadlines) late(ctx context.Context, in contract.LateIn, s account.Snapshot, t account.Task, line *coverage.Line) (contract.LateOut, error) {
	key := lateKey(line)
	if err := a.noteLate(ctx, s, t, line); err != nil {
		return contract.LateOut{}, err
	}
	now, zone, _, err := a.due(ctx, in)
	if err != nil || now == nil {
		return contract.LateOut{}, err
	}
	out := found(now, zone)
	if settled(now) {
		_, err := a.Incidents.Close(ctx, in.Account, in.Task, incident.WindowLate, key, a.Now(), out.Status)
		return out, err
	}
	out.Late = true
	out.Sent, err = a.tellLate(ctx, s, t, now)
	return out, err
}

// found says how the window stands.
func found(line *coverage.Line, zone *time.Location) contract.LateOut {
	from, to := line.Span()
	return contract.LateOut{
		Window: contract.Span{From: from, To: to}, Status: string(line.Status), Text: line.Text(zone) + " is " + string(line.Status),
	}
}

// settled reports whether nobody waits for the window any more.
func settled(line *coverage.Line) bool {
	switch line.Status {
	case coverage.Delivered, coverage.Empty, coverage.Paused, coverage.Skipped, coverage.Dropped:
		return true
	}
	return false
}

func lateKey(line *coverage.Line) string {
	from, to := line.Span()
	return incident.WindowKey(line.Generation, contract.Span{From: from, To: to})
}

// due returns the window of the deadline as it stands, nil if there is none, and when it is
// late: a deadline counts from the task's calendar, which has no window before its creation.
func (a *Deadlines) due(ctx context.Context, in contract.LateIn) (*coverage.Line, *time.Location, time.Time, error) {
	_, windows, err := coverage.Load(ctx, a.Ledger, in.Account, in.Task)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	entry, calendar := windows.Last()
	if calendar == nil { // deleted
		return nil, nil, time.Time{}, nil
	}
	deadlines, ok, err := schedule.DeadlineCalendar(entry.Spec, calendar.Delay(), windows.Created())
	if err != nil || !ok {
		return nil, nil, time.Time{}, err
	}
	w, ok := deadlines.WindowAt(in.Deadline)
	if !ok {
		return nil, nil, time.Time{}, nil
	}
	lines, err := coverage.Read(ctx, a.Book, coverage.Query{
		Account: in.Account, Task: in.Task, From: w.To.Add(-time.Second), To: w.To, Now: in.Now, Timeline: windows, Reach: coverage.ReachAt(in.Now),
	})
	for i := range lines {
		if lines[i].To.Equal(w.To) {
			return &lines[i], calendar.Zone(), schedule.DeadlineOf(entry.Spec, calendar, deadlines, w.To), err
		}
	}
	return nil, nil, time.Time{}, err
}

// noteLate opens the incident of the window.
func (a *Deadlines) noteLate(ctx context.Context, s account.Snapshot, t account.Task, line *coverage.Line) error {
	what, fix := lateText(line)
	_, err := a.Incidents.Open(ctx, incident.Incident{
		Account: s.ID, Task: t.ID, Kind: incident.WindowLate, Key: lateKey(line), Title: t.Description + ": not delivered by " + t.Spec.Deadline,
		Detail: what, Fix: fix, Run: line.Run, Opened: a.Now().UTC(),
	})
	return err
}

// tellLate tells of the incident.
func (a *Deadlines) tellLate(ctx context.Context, s account.Snapshot, t account.Task, line *coverage.Line) (int, error) {
	key := lateKey(line)
	open, err := a.Incidents.Get(ctx, s.ID, t.ID, incident.WindowLate, key)
	if err != nil || open == nil || whenOf(s, t.Spec) == task.NotifyNone {
		return 0, err
	}
	m := a.message(t, contract.NotifyIn{Run: contract.RunInput{Account: s.ID}, WorkflowID: line.Run}, incident.WindowLate, open.Title)
	m.ID = notify.NewID(s.ID, t.ID, incident.WindowLate, key, open.Opened.String())
	m.Text = fmt.Sprintf("%s\n\nTask:    %s\nWindow:  %s\nRun:     %s\n\n%s.\n\n%s.\n",
		open.Title, t.ID, windowText(s, t, found(line, time.UTC).Window), cmp.Or(line.Run, "none"), open.Detail, open.Fix)
	return a.tell(ctx, s, t, m)
}

// lateText says how a late window stands and what to do.
func lateText(line *coverage.Line) (what, fix string) {
	switch {
	case line.Status == coverage.Failed:
		return "Its last run is red", "Repair the cause, then finish it from the step that failed: starter run resume " + line.Run
	case line.Status == coverage.Lost:
		return "The source no longer has it", "It cannot be delivered; the coverage of the task keeps it as lost"
	case line.Run != "":
		return "A run works on it", "See how far it is: starter run show " + line.Run
	}
	return "No run has ended for it", "See whether one goes on, and whether workers and the Temporal service are up: starter run list; " +
		"what nothing works on is started by itself within the hour"
}
