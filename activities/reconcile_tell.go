package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/human"
	"transporter/internal/incident"
)

// Incidents notes what is wrong, once.
type Incidents interface {
	Open(ctx context.Context, i incident.Incident) (opened bool, err error)
	Close(ctx context.Context, account, task, kind, key string, at time.Time, how string) (*incident.Incident, error)
	All(ctx context.Context, account string) ([]incident.Incident, error)
}

// tell notes what somebody did in Temporal and what was made of it. It is over at once, but
// stays open for people to read until the next reconciliation finds the schedule in order.
func (a *Reconcile) tell(ctx context.Context, in contract.TaskApplyIn, kind, what, done string) error {
	_, err := a.Incidents.Open(ctx, incident.Incident{
		Account: in.Account, Task: in.Task.ID, Kind: kind, Title: in.Task.Description + ": " + what, Fix: done, Opened: a.Now().UTC(),
	})
	return err
}

// inOrder ends what tell noted.
func (a *Reconcile) inOrder(ctx context.Context, in contract.TaskApplyIn) error {
	for _, kind := range []string{incident.ScheduleLost, incident.ScheduleEdited} {
		if _, err := a.Incidents.Close(ctx, in.Account, in.Task.ID, kind, "", a.Now(), "the schedule is in order"); err != nil {
			return err
		}
	}
	return nil
}

// late returns the incidents of windows that were not there in time, by task.
func (a *Reconcile) late(ctx context.Context, accountID string) (map[string][]incident.Incident, error) {
	all, err := a.Incidents.All(ctx, accountID)
	late := map[string][]incident.Incident{}
	for _, i := range all {
		if i.Kind == incident.WindowLate {
			late[i.Task] = append(late[i.Task], i)
		}
	}
	return late, err
}

// endLate ends those of windows that nobody waits for any more: the run that delivered one
// knew of no deadline, or the window was skipped.
func (a *Reconcile) endLate(ctx context.Context, late []incident.Incident, lines []coverage.Line) error {
	there := map[string]coverage.Status{}
	for _, l := range lines {
		if settled(&l) {
			there[lateKey(&l)] = l.Status
		}
	}
	for _, i := range late {
		if status, ok := there[i.Key]; ok {
			if _, err := a.Incidents.Close(ctx, i.Account, i.Task, i.Kind, i.Key, a.Now(), string(status)); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteLost keeps one incident open while windows of the task are lost.
func (a *Reconcile) noteLost(ctx context.Context, in contract.TaskApplyIn, lost int) error {
	if lost == 0 {
		_, err := a.Incidents.Close(ctx, in.Account, in.Task.ID, incident.WindowLost, "", a.Now(), "no window is lost")
		return err
	}
	_, err := a.Incidents.Open(ctx, incident.Incident{
		Account: in.Account, Task: in.Task.ID, Kind: incident.WindowLost, Opened: a.Now().UTC(),
		Title: fmt.Sprintf("%s: %s lost", in.Task.Description, human.Count(lost, "window")),
		Fix:   "the source no longer has them; the coverage of the task names them",
	})
	return err
}
