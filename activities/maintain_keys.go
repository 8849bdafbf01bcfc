package activities

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/account"
	"transporter/internal/alert"
	"transporter/internal/incident"
)

// watchKeys tells the people of every enabled task whose files are for a key that ends
// soon, once of each key, and notes where that is over.
func (a *Reconcile) watchKeys(ctx context.Context, s account.Snapshot) error {
	type use struct{ task, key string }
	open, ends := map[use]bool{}, alert.KeyEnds(s)
	for _, id := range sortedIDs(s.Tasks) {
		t := s.Tasks[id]
		if t.State == account.TaskDisabled {
			continue
		}
		for _, leg := range t.Spec.Destinations {
			for _, k := range s.KeysInForce(leg.Encryption.Keys, a.Now()) {
				end, ok := ends[k]
				if !ok || open[use{id, k}] || !alert.NeedsSuccessor(s.Keys[k], end, a.Now()) {
					continue
				}
				open[use{id, k}] = true
				if _, err := a.Incidents.Open(ctx, endingKey(s.ID, t, s.Keys[k], end, a.Now())); err != nil {
					return err
				}
			}
		}
	}
	all, err := a.Incidents.All(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Kind != incident.KeyExpiring || open[use{i.Task, i.Key}] {
			continue
		}
		if _, err := a.Incidents.Close(ctx, i.Account, i.Task, i.Kind, i.Key, a.Now(), "the task's files are for a key that lasts"); err != nil {
			return err
		}
	}
	return nil
}

func endingKey(accountID string, t account.Task, k account.Key, end, now time.Time) incident.Incident {
	return incident.Incident{
		Account: accountID, Kind: incident.KeyExpiring, Task: t.ID, Key: k.ID, Opened: now.UTC(),
		Title: fmt.Sprintf("The key %s, which the files of %s are for, ends on %s", k.Description, t.Description, end.UTC().Format(time.DateOnly)),
		Fix:   "Ask the receiver for a new key, add it, and let it take over before then (starter key rotate); from that day on runs are red",
	}
}
