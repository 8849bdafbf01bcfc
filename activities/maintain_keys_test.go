package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/incident"
	"transporter/internal/task"
)

// Whose files are for a key that ends soon hears of it once, until another takes over.
func TestKeysThatEndAreTold(t *testing.T) {
	k := newKept(t)
	end := k.now.AddDate(0, 0, 40)
	leg := func(key string) task.Spec {
		return task.Spec{Description: key, Destinations: []task.Leg{{Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{key}}}}}
	}
	s := account.Snapshot{
		ID:   "acme",
		Keys: map[string]account.Key{"old": {Meta: account.Meta{ID: "old", Description: "Vendor"}, NotAfter: &end}, "new": {Meta: account.Meta{ID: "new"}}},
		Tasks: map[string]account.Task{
			"uses": {Meta: account.Meta{ID: "uses", Description: "Messages"}, Spec: leg("old")}, "lasts": {Meta: account.Meta{ID: "lasts"}, Spec: leg("new")},
			"sleeps": {Meta: account.Meta{ID: "sleeps"}, State: account.TaskDisabled, Spec: leg("old")},
		},
	}
	told := func() (titles []string) {
		for range 2 { // the second day adds nothing
			require.NoError(t, k.watchKeys(t.Context(), s))
		}
		all, err := k.book.All(t.Context(), "acme")
		require.NoError(t, err)
		for _, i := range all {
			require.Equal(t, []string{incident.KeyExpiring, "uses", "old"}, []string{i.Kind, i.Task, i.Key})
			titles = append(titles, i.Title)
		}
		return titles
	}
	require.Empty(t, told(), "it lasts for 40 days")
	k.now = k.now.AddDate(0, 0, 20)
	require.Equal(t, []string{"The key Vendor, which the files of Messages are for, ends on " + end.UTC().Format(time.DateOnly)}, told())
	old := s.Keys["old"]
	old.Successor = &account.Successor{Key: "new", From: k.now, Switch: end.Add(time.Hour)}
	s.Keys["old"] = old
	require.Len(t, told(), 1, "the other takes over too late")
	old.Successor = &account.Successor{Key: "new", From: k.now, Switch: end}
	s.Keys["old"] = old
	require.Empty(t, told())
}

// What is sent again is the newest delivery, as the next attempt of its last run.
func TestRedeliveredWindows(t *testing.T) {
	in := contract.BackfillIn{Account: "acme", Task: "t1", Mode: contract.BackfillRedeliver}
	fire := time.Date(2026, time.November, 20, 0, 15, 0, 0, time.UTC)
	run := func(revision, attempt int) string { return contract.RunID("acme", "t1", 3, fire, revision, attempt) }
	for name, c := range map[string]struct {
		line coverage.Line
		want string // empty: left alone
	}{
		"delivered at once":                {coverage.Line{Status: coverage.Delivered, Run: run(0, 1)}, run(0, 2)},
		"delivered by a second attempt":    {coverage.Line{Status: coverage.Delivered, Run: run(0, 2), Attempt: 2}, run(0, 3)},
		"a revision":                       {coverage.Line{Status: coverage.Delivered, Run: run(2, 1), Revision: 2}, run(2, 2)},
		"a later revision that is red":     {coverage.Line{Status: coverage.Delivered, Run: run(1, 1)}, ""},
		"empty":                            {coverage.Line{Status: coverage.Empty, Run: run(0, 1)}, ""},
		"red":                              {coverage.Line{Status: coverage.Failed, Run: run(0, 1)}, ""},
		"missing":                          {coverage.Line{Status: coverage.Missing}, ""},
		"delivered, and its run forgotten": {coverage.Line{Status: coverage.Delivered}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := runOf(in, c.line)
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, got.ID())
			}
		})
	}
}
