package activities

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
	"transporter/internal/incident"
	"transporter/internal/notify"
	"transporter/internal/task"
)

// Mailer sends email; nil where the deployment has no mail server.
type Mailer interface {
	// Send sends each address a mail of its own and returns the errors by address; none
	// keeps another from its mail.
	Send(ctx context.Context, to []string, m notify.Message) map[string]error
}

// Hooks posts to webhooks.
type Hooks interface {
	Send(ctx context.Context, url string, secret []byte, m notify.Message) error
}

// Notify holds the activity that tells people how runs end.
type Notify struct {
	Accounts  Accounts
	Incidents *incident.Book
	Mail      Mailer
	Hooks     Hooks
	Open      func(accountID string, s account.Sealed) ([]byte, error) // unseals
	Link      func(workflowID, runID string) string                    // into the Temporal UI; empty without
	Now       func() time.Time
}

// tells reports whether a green run of the task is of interest: somebody wants to hear of each,
// though not of those of a backfill, whose progress says the rest, or waits for it because of
// a deadline.
func tells(s account.Snapshot, spec task.Spec, trigger string) bool {
	return spec.Deadline != "" || whenOf(s, spec) == task.NotifyAlways && trigger != contract.TriggerBackfill
}

// whenOf is the task's choice, else the account's.
func whenOf(s account.Snapshot, spec task.Spec) string {
	if spec.Notify != nil && spec.Notify.When != "" {
		return spec.Notify.When
	}
	return cmp.Or(s.Notify.When, task.NotifyNone)
}

// Run notes the incident of a red run, or its end, and tells those who want to know: once
// when a window turns red, however many attempts fail, and once when it is delivered. A
// message whose sending was noted is not sent again; one whose answer got lost is, under
// the same id.
func (a *Notify) Run(ctx context.Context, in contract.NotifyIn) (contract.NotifyOut, error) {
	sent, err := a.run(ctx, in)
	return contract.NotifyOut{Sent: sent}, toTemporal(err)
}

func (a *Notify) run(ctx context.Context, in contract.NotifyIn) (int, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, in.Run.Account)
	if fault.Is(err, fault.NotFound) { // closed meanwhile: nobody is left to tell
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	t, ok := snapshot.Tasks[in.Run.Task]
	if !ok {
		return 0, nil
	}
	if in.Window != (contract.Span{}) { // else it could not even be planned
		in.WindowText = windowText(snapshot, t, in.Window)
	}
	switch in.Outcome {
	case contract.OutcomeDelivered, contract.OutcomeEmpty, contract.OutcomeDuplicate, contract.OutcomeUnchanged:
		return a.green(ctx, snapshot, t, in)
	}
	return a.red(ctx, snapshot, t, in)
}

// red opens the incident of the window and tells of it.
func (a *Notify) red(ctx context.Context, s account.Snapshot, t account.Task, in contract.NotifyIn) (int, error) {
	key := keyOf(in)
	i := incident.Incident{
		Account: s.ID, Task: t.ID, Kind: incident.RunFailed, Key: key, Title: t.Description + ": run " + in.Outcome,
		Detail: in.Error, Fix: "repair the cause, then resume the run", Run: in.WorkflowID, Opened: a.Now().UTC(),
	}
	if opened, err := a.Incidents.Open(ctx, i); err != nil {
		return 0, err
	} else if !opened { // by an attempt before, which may have been red for something else
		if err := a.Incidents.Restate(ctx, i); err != nil {
			return 0, err
		}
	}
	open, err := a.Incidents.Get(ctx, s.ID, t.ID, incident.RunFailed, key)
	if err != nil || open == nil || whenOf(s, t.Spec) == task.NotifyNone {
		return 0, err
	}
	m := a.message(t, in, incident.RunFailed, open.Title)
	m.ID = notify.NewID(s.ID, t.ID, incident.RunFailed, key, open.Opened.String())
	m.Text = fmt.Sprintf("%s\n\nReport:  %s\nWindow:  %s\nRun:     %s\n\nWhat went wrong: %s\n\nRepair the cause, then finish the run from the step that failed:\n  starter run resume %s\n",
		open.Title, in.Title, cmp.Or(in.WindowText, "not known yet"), m.Run, cmp.Or(in.Error, "see the run"), m.Run) + drifted(in)
	return a.tell(ctx, s, t, m)
}

// green ends the incidents of the window, whether or not anybody can be told, and tells that
// it is there, in one message, if it was red or late or if every run is to be told. So does a
// run that finds the window delivered by one that could not say so. The message's id is that
// of the run's success: after a crash it is not sent again.
func (a *Notify) green(ctx context.Context, s account.Snapshot, t account.Task, in contract.NotifyIn) (sent int, err error) {
	id := notify.NewID(in.WorkflowID, in.RunID, "green")
	recovered, err := a.recover(ctx, s, t, in, notify.NewID(id, kindRecovered))
	if err != nil {
		return 0, err
	}
	kind, subject, wanted := in.Outcome, t.Description+": "+in.Outcome, whenOf(s, t.Spec)
	sentNothing := in.Outcome == contract.OutcomeDuplicate || in.Outcome == contract.OutcomeUnchanged
	unasked := wanted != task.NotifyAlways || in.Run.Trigger == contract.TriggerBackfill || sentNothing
	switch {
	case wanted == task.NotifyNone, unasked && !recovered:
		return 0, nil
	case recovered:
		kind, subject = kindRecovered, t.Description+": delivered after all"
	}
	m := a.message(t, in, kind, subject)
	m.ID = id
	m.Text = fmt.Sprintf("%s\n\nWindow:  %s\nRun:     %s\n", m.Subject, in.WindowText, m.Run)
	if !sentNothing {
		m.Text += fmt.Sprintf("Sent:    %s in %s\n", human.Count(in.Rows, "row"), human.Count(in.Files, "file"))
	}
	m.Text += drifted(in)
	return a.tell(ctx, s, t, m)
}

// drifted names what the source's records have by now that nobody has described, if anything.
func drifted(in contract.NotifyIn) string {
	if len(in.Drift) == 0 {
		return ""
	}
	return "\nThe source's records have members that are in no column (drift): " + strings.Join(in.Drift, ", ") + "\n"
}

// recover ends the open incidents of the window and reports whether this run ended any, also
// in an earlier try, which the mark says.
func (a *Notify) recover(ctx context.Context, s account.Snapshot, t account.Task, in contract.NotifyIn, mark string) (bool, error) {
	over, err := a.over(ctx, s, t, in)
	if err != nil {
		return false, err
	}
	if len(over) == 0 {
		return a.Incidents.Told(ctx, s.ID, mark)
	}
	if err := a.Incidents.Tell(ctx, s.ID, mark); err != nil {
		return false, err
	}
	for _, i := range over {
		if _, err := a.Incidents.Close(ctx, s.ID, t.ID, i.Kind, i.Key, a.Now(), "delivered"); err != nil {
			return false, err
		}
	}
	return true, nil
}

// over returns the open incidents that a green run of the window ends.
func (a *Notify) over(ctx context.Context, s account.Snapshot, t account.Task, in contract.NotifyIn) (all []incident.Incident, err error) {
	for _, id := range []struct{ kind, key string }{
		{incident.RunFailed, keyOf(in)}, {incident.RunFailed, runKey(in)}, {incident.WindowLate, keyOf(in)},
	} {
		i, err := a.Incidents.Get(ctx, s.ID, t.ID, id.kind, id.key)
		if err != nil {
			return nil, err
		}
		if i != nil {
			all = append(all, *i)
		}
	}
	return all, nil
}

// keyOf is the key of the run's incident: its window, or, where it failed before that was
// known, the run whatever its attempt.
func keyOf(in contract.NotifyIn) string {
	if in.Window == (contract.Span{}) {
		return runKey(in)
	}
	return incident.WindowKey(in.Run.Generation, in.Window)
}

func runKey(in contract.NotifyIn) string {
	n, ok := contract.ParseRunID(in.WorkflowID)
	if !ok {
		return in.WorkflowID
	}
	n.Attempt, n.Revision = 1, 0
	return n.ID()
}

func (a *Notify) message(t account.Task, in contract.NotifyIn, kind, subject string) notify.Message {
	return notify.Message{
		Kind: kind, Subject: human.Clip(subject, maxSubject), Account: in.Run.Account, Task: t.ID, Run: in.WorkflowID,
		Link: a.Link(in.WorkflowID, in.RunID), At: a.Now().UTC(),
	}
}

// maxSubject keeps a subject within one line of RFC 5322 section 2.1.1.
const maxSubject = 150
