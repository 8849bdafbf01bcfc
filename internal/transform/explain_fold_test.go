package transform

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/world"
)

// A row that is made of several records names those that it is made of: without all others every
// cell is the same, and without half of them not.
func TestTracesNameTheRecordsThatAreCounted(t *testing.T) {
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour).UnixMilli()
	from := to - 2*time.Hour.Milliseconds()
	in := alive(t, world.NewAccount(23, "12345678", 200_000), from, to)
	for report, column := range map[string]string{
		"wfm.skill_interval": "messages_sent", "wfm.agent_interval": "messages_sent", "wfm.agent_skill_interval": "segments_started", "agent.daily": "messages_sent",
	} {
		rows := intervalRows(t, report, in, from, to, time.UTC, nil)
		busiest, most := rows[0], int64(0)
		for _, row := range rows {
			if n, err := row[column].(json.Number).Int64(); err == nil && n > most {
				busiest, most = row, n
			}
		}
		require.Greater(t, most, int64(1), report)
		job := newJob(t, report, FormatJSONL, nil)
		job.From, job.To, job.Also = from, to, nil
		if job.Report.Resource != "messaging_interactions" {
			job.Also = []string{"messaging_interactions"}
		}
		key := busiest["_row_key"].(string)
		trace, err := Explain(t.Context(), job, in, key, column)
		require.NoError(t, err)
		require.JSONEq(t, busiest[column].(json.Number).String(), string(trace.Cell))
		require.Positive(t, trace.Counted)
		require.Len(t, trace.CountedIn, trace.Counted)
		require.Less(t, trace.Counted, len(in["messaging_interactions"]), report)

		counted := map[string]bool{}
		for _, c := range trace.CountedIn {
			require.Equal(t, "messaging_interactions", c.Resource)
			counted[c.Record] = true
		}
		few := memory{}
		for _, rec := range in["messaging_interactions"] {
			if counted[rec.ID] {
				few["messaging_interactions"] = append(few["messaging_interactions"], rec)
			}
		}
		require.Contains(t, intervalRows(t, report, few, from, to, time.UTC, nil), busiest, report)
		few["messaging_interactions"] = slices.Clone(few["messaging_interactions"][len(few["messaging_interactions"])/2:])
		require.NotContains(t, intervalRows(t, report, few, from, to, time.UTC, nil), busiest, "%s without half of them", report)
	}
}
