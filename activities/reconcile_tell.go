package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/human"
	"transporter/internal/incident"
)

// Incidents notes what is wrong, once.
type Incidents interface {
	Open(ctx context.Context, i incident.Incident) (opened bool, err error)
	Close(ctx context.Context, account, task, kind, key string, at time.Time, how string) (*incident.Incident, error)
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
