package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/incident"
	"transporter/internal/notify"
	"transporter/internal/task"
)

// Told is a book of incidents that also tells those who want to hear of failures: once of
// each, and once when it is over. That nobody could be told is logged and fails nothing; the
// next Open of the same incident tries again.
type Told struct{ *Notify }

// Open notes the incident unless it is open already, and tells of it.
func (a Told) Open(ctx context.Context, i incident.Incident) (opened bool, err error) {
	if opened, err = a.Incidents.Open(ctx, i); err != nil {
		return opened, err
	}
	open, err := a.Incidents.Get(ctx, i.Account, i.Task, i.Kind, i.Key)
	if err == nil && open != nil {
		a.try(ctx, *open, i.Kind, open.Title, fmt.Sprintf("%s.\n\n%sTask:    %s\nSince:   %s\n\n%s.\n", open.Title, detailOf(*open), open.Task, stamp(open.Opened), open.Fix))
	}
	return opened, err
}

// detailOf says what exactly is wrong, before what else a message says: as much as is read.
func detailOf(i incident.Incident) string {
	if i.Detail == "" {
		return ""
	}
	return strings.TrimSuffix(clip(i.Detail), ".") + ".\n\n"
}

// Close ends the incident and tells that it is over. A crash in between tells it again, under
// the same id.
func (a Told) Close(ctx context.Context, accountID, taskID, kind, key string, at time.Time, how string) (*incident.Incident, error) {
	open, err := a.Incidents.Get(ctx, accountID, taskID, kind, key)
	if err != nil || open == nil {
		return nil, err
	}
	a.try(ctx, *open, kindRecovered, "Over: "+open.Title, fmt.Sprintf("%s: %s.\n\nTask:    %s\nSince:   %s\n", open.Title, how, open.Task, stamp(open.Opened)))
	return a.Incidents.Close(ctx, accountID, taskID, kind, key, at, how)
}

// All returns the open incidents of the account, oldest first.
func (a Told) All(ctx context.Context, accountID string) ([]incident.Incident, error) {
	return a.Incidents.All(ctx, accountID)
}

// kindRecovered is the kind of a message that something is over.
const kindRecovered = "recovered"

func (a Told) try(ctx context.Context, i incident.Incident, kind, subject, text string) {
	s, err := a.Accounts.Snapshot(ctx, i.Account)
	t, ok := s.Tasks[i.Task]
	if err == nil && ok && whenOf(s, t.Spec) != task.NotifyNone {
		m := a.message(t, contract.NotifyIn{Run: contract.RunInput{Account: i.Account}, WorkflowID: i.Run}, kind, subject)
		m.ID, m.Text = notify.NewID(s.ID, t.ID, kind, i.Kind, i.Key, i.Opened.String()), text
		_, err = a.tell(ctx, s, t, m)
	}
	if err != nil {
		activity.GetLogger(ctx).Warn("nobody could be told", "incident", i.Kind, "task", i.Task, "error", err)
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// windowText is the window as the people of the account read it: in the account's zone, in
// the task's where that is not set.
func windowText(s account.Snapshot, t account.Task, w contract.Span) string {
	zone, err := task.Zone(s.Settings.Zone)
	if s.Settings.Zone == "" || err != nil {
		if zone, err = task.Zone(t.Spec.Zone); err != nil {
			zone = time.UTC
		}
	}
	return task.Window{From: time.UnixMilli(w.From), To: time.UnixMilli(w.To)}.Text(zone)
}
