package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// A window of a report that goes on from window to window and has live columns is looked at again:
// what has changed is delivered, and what was counted live is as it was, though it is read once.
func TestARevisionKeepsWhatWasCountedLive(t *testing.T) {
	t.Parallel()
	b := start(t, options{sandbox: realClock}).brand(t)
	to := time.Now().UTC().Truncate(time.Hour)
	if time.Since(to) < 20*time.Minute {
		to = to.Add(-time.Hour) // a window is due a quarter of an hour after its end
	}
	w := httpapi.WindowView{From: to.Add(-12 * time.Hour), To: to}
	x := spec("wfm.skill_interval", "jsonl", "interval_minutes", "60")
	x.Zone, x.Start, x.End, x.Delay = "UTC", &w.From, &w.To, new(task.Duration)
	x.Revisions = task.Revisions{Mode: task.RevisionsFull, CheckAfter: []task.Duration{task.Duration(27 * time.Hour)}}
	id := b.task(t, x)
	run := ""
	eventually(t, "the window is begun", func() bool {
		runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: id})
		require.NoError(t, err)
		if len(runs) > 0 {
			run = runs[0].ID
		}
		return run != ""
	})
	delivered := b.end(t, run)
	require.Equal(t, contract.OutcomeDelivered, delivered.Outcome, delivered.Error)
	before := b.backlogs(t, delivered)
	require.NotEmpty(t, before)

	talks := b.task(t, spec("msg.conversations", "jsonl"))
	gone := b.delivers(t, b.run(t, talks, w), b.cloud, "jsonl")
	require.NotEmpty(t, gone)
	late, err := json.Marshal([]sandbox.Late{{Kind: sandbox.Hidden, ID: gone[0]["conversation_id"].text}})
	require.NoError(t, err)
	b.admin(t, http.MethodPut, "late", late)
	look, err := b.api.ReviseTask(t.Context(), b.account, id, &w, apiclient.Write{})
	require.NoError(t, err)
	revised := b.end(t, look.Run)
	require.Equal(t, contract.OutcomeDelivered, revised.Outcome, revised.Error)
	require.Equal(t, before, b.backlogs(t, revised))
}

// backlogs are the live numbers that a run delivered, by row.
func (b *brand) backlogs(t *testing.T, run httpapi.RunDetail) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, row := range b.delivers(t, run, b.cloud, "jsonl") {
		if end := row["backlog_end"]; !end.null {
			all[row["_row_key"].text] = row["backlog_start"].text + " " + end.text
		}
	}
	return all
}
