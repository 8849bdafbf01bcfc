package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/report"
	"transporter/internal/sandbox"
	"transporter/internal/source/liveperson"
	"transporter/internal/task"
)

// A check of what has not changed says so, whichever report it is of: rows have keys of their own, those of chats
// that were transferred and of logins too. Rows whose keys are not would be red at their first check.
func TestACheckOfAnyReportTellsItsRowsApart(t *testing.T) {
	r := reviserOf(t, sandbox.Config{Seed: 5, Conversations: 40_000, Now: func() time.Time { return settled }})
	r.now, r.window, r.frequency = settled, day, task.Frequency{Kind: task.Daily, At: "00:00"}
	compared := 0
	for _, d := range report.Catalog() {
		switch {
		case d.Feed != nil, d.Reach == "snapshot", d.Reach == "24h", d.Category == "connector":
			continue // revised with their tables, or never
		case d.Category == "wfm_business", d.ID == "agent.daily":
			continue // counted by their keys
		case d.Resource == liveperson.Outbound:
			continue // needs another kind of credentials
		}
		t.Run(d.ID, func(t *testing.T) {
			r.t = t
			r.params = nil
			r.task(d.ID, d.ID, "jsonl", task.Revisions{Mode: task.RevisionsFull})
			outcome, out := r.deliver(d.ID, contract.RunInput{})
			require.Equal(t, contract.OutcomeDelivered, outcome)
			if out.Rows > 1 {
				compared++
			}
			outcome, _ = r.deliver(d.ID, checked(r, time.Hour))
			require.Equal(t, contract.OutcomeUnchanged, outcome)
		})
	}
	require.Greater(t, compared, 20, "reports with rows to tell apart")
}
