// Package alert says what an account's people should look at: set-up that is missing, limits
// that are reached, keys that expire, and what is wrong now. It is pure: the facts are
// passed in.
package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/incident"
)

// Severities.
const (
	Problem = "problem" // data are not delivered, or soon will not be
	SetUp   = "set-up"  // a step that is missing
	Notice  = "notice"
)

// Alert is one thing to look at, with what to do.
type Alert struct {
	Kind     string    `json:"kind" doc:"What it is: zone-missing, source-missing, destination-missing, key-missing, task-limit, key-expiring, key-expired, destination-failing, source-failing, or the kind of an incident." example:"key-expiring"`
	Severity string    `json:"severity" enum:"problem,set-up,notice"`
	Title    string    `json:"title"`
	Fix      string    `json:"fix" doc:"What to do."`
	Task     string    `json:"task,omitempty"`
	Thing    string    `json:"thing,omitempty" doc:"Id of the source, destination or key."`
	Run      string    `json:"run,omitempty" doc:"The run that shows it."`
	Since    time.Time `json:"since,omitzero"`
}

// RedRun is the last run of a task that is red.
type RedRun struct {
	Task, Run string
	Kind      fault.Kind
	Step, Leg string // that failed
	At        time.Time
}

// Facts is what alerts are made of.
type Facts struct {
	Account   account.Snapshot
	KeyEnds   map[string]time.Time // of keys that end
	Limit     int                  // tasks of the account
	Incidents []incident.Incident  // open ones
	Red       []RedRun
	Now       time.Time
}

// Of returns the alerts, problems first, then oldest first.
func Of(f Facts) []Alert {
	all := slices.Concat(setUp(f), keys(f), incidents(f), failing(f))
	slices.SortStableFunc(all, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), a.Since.Compare(b.Since), cmp.Compare(a.Kind+a.Task+a.Thing, b.Kind+b.Task+b.Thing))
	})
	return all
}

func rank(severity string) int { return slices.Index([]string{Problem, SetUp, Notice}, severity) }

func setUp(f Facts) (all []Alert) {
	missing := func(is bool, kind, title, fix string) {
		if is {
			all = append(all, Alert{Kind: kind, Severity: SetUp, Title: title, Fix: fix, Since: f.Account.CreatedAt})
		}
	}
	a := f.Account
	missing(a.Settings.Zone == "", "zone-missing", "The account has no time zone", "set it in the settings: times are shown in it")
	missing(len(a.Sources) == 0, "source-missing", "The account has no source", "add the platform account that is to be read")
	missing(len(a.Destinations) == 0, "destination-missing", "The account has no destination", "add the place that files go to")
	missing(len(a.Keys) == 0, "key-missing", "The account has no key to encrypt to", "add the receiver's OpenPGP public key")
	if len(a.Tasks) >= f.Limit {
		all = append(all, Alert{
			Kind: "task-limit", Severity: Notice, Title: fmt.Sprintf("The account has %d of %d tasks", len(a.Tasks), f.Limit),
			Fix: "delete a task that is not needed, or raise the limit in the plan",
		})
	}
	return all
}

func keys(f Facts) (all []Alert) {
	for id, key := range f.Account.Keys {
		end, ends := f.KeyEnds[id]
		switch {
		case !ends || !NeedsSuccessor(key, end, f.Now):
		case end.After(f.Now):
			all = append(all, Alert{
				Kind: "key-expiring", Severity: Problem, Thing: id, Since: end.Add(-expiresSoon),
				Title: fmt.Sprintf("Key %s expires on %s", key.Description, end.Format(time.DateOnly)), Fix: "ask the receiver for a new key, add it, and let it take over before then: starter key rotate",
			})
		default:
			all = append(all, Alert{
				Kind: "key-expired", Severity: Problem, Thing: id, Since: end,
				Title: fmt.Sprintf("Key %s expired on %s", key.Description, end.Format(time.DateOnly)), Fix: "replace it with the receiver's new key, then resume what is red",
			})
		}
	}
	return all
}

func incidents(f Facts) (all []Alert) {
	for _, i := range f.Incidents {
		if i.Kind == incident.KeyExpiring {
			continue // keys says it once, for all tasks
		}
		if i.Kind == incident.NotifyFailed && !tellsBy(f.Account, i.Key) {
			continue // nobody is to be told this way any more
		}
		severity := Problem
		if i.Kind == incident.ScheduleEdited || i.Kind == incident.ScheduleLost {
			severity = Notice
		}
		title := i.Title
		if i.Detail != "" {
			title += ": " + i.Detail
		}
		all = append(all, Alert{Kind: i.Kind, Severity: severity, Title: title, Fix: i.Fix, Task: i.Task, Run: i.Run, Since: i.Opened})
	}
	return all
}

// tellsBy reports whether the account or a task of it asks for messages this way.
func tellsBy(a account.Snapshot, key string) bool {
	if key != incident.ByEmail {
		return slices.ContainsFunc(a.Notify.Webhooks, func(h account.Webhook) bool { return h.URL == key })
	}
	for _, t := range a.Tasks {
		if t.Spec.Notify != nil && len(t.Spec.Notify.Emails) > 0 {
			return true
		}
	}
	return len(a.Notify.Emails) > 0
}

// failing says which source or destination red runs have in common.
func failing(f Facts) (all []Alert) {
	seen := map[string]bool{}
	for _, r := range f.Red {
		t, ok := f.Account.Tasks[r.Task]
		if !ok {
			continue
		}
		switch r.Step {
		case "fetch":
			if id := t.Spec.Source; !seen[id] {
				seen[id] = true
				all = append(all, Alert{
					Kind: "source-failing", Severity: Problem, Thing: id, Run: r.Run, Since: r.At,
					Title: fmt.Sprintf("Source %s fails: %s", f.Account.Sources[id].Description, r.Kind), Fix: "test the source, repair it, then resume what is red",
				})
			}
		case "upload", "verify", "publish":
			id, _, _ := strings.Cut(r.Leg, ".") // contract.LegID
			if seen[id] {
				continue
			}
			seen[id] = true
			all = append(all, Alert{
				Kind: "destination-failing", Severity: Problem, Thing: id, Run: r.Run, Since: r.At,
				Title: fmt.Sprintf("Destination %s fails: %s", f.Account.Destinations[id].Description, r.Kind),
				Fix:   "test the destination, repair it, then resume what is red",
			})
		}
	}
	return all
}
