package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/readertest"
)

// requireMetrics delivers what the platform counts by skill, agent and point in time in an hour:
// every row once, of net handle time and the trend as many as there are intervals in it; and a
// report that is made with some of it.
func (b *brand) requireMetrics(t *testing.T, w httpapi.WindowView) {
	t.Helper()
	skills := len(b.rows(t, b.run(t, b.task(t, spec("cfg.skills", "jsonl")), w), b.cloud)) + 1 // and none
	for _, one := range []struct {
		report string
		params []string
		rows   int // zero: some
		key    func(readertest.Row) any
	}{
		{"raw.net_handle_time", []string{"interval", "15"}, 4 * skills, func(r readertest.Row) any {
			return fmt.Sprint(r["skillId"], r["metricsByIntervals"].([]any)[0].(map[string]any)["epochTimestamp"])
		}},
		{"raw.kmm.metrics", nil, skills, func(r readertest.Row) any { return r["response"].(map[string]any)["key"] }},
		{"raw.kmm.agent_view", nil, 0, func(r readertest.Row) any { return r["response"].(map[string]any)["agentId"] }},
		{"wfm.skill_interval", []string{"interval_minutes", "60"}, 0, func(r readertest.Row) any { return r["_row_key"] }},
		{"wfm.agent_interval", []string{"interval_minutes", "60"}, 0, func(r readertest.Row) any { return r["_row_key"] }},
		{"wfm.agent_skill_interval", []string{"interval_minutes", "60"}, 0, func(r readertest.Row) any { return r["_row_key"] }},
		{"raw.kmm.historical", nil, 12, func(r readertest.Row) any { return r["interval_start"] }},
	} {
		t.Run(one.report, func(t *testing.T) {
			run := b.run(t, b.task(t, spec(one.report, "jsonl", one.params...)), w)
			require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
			seen := map[any]bool{}
			for _, f := range b.data(t, run, b.partner) {
				for _, row := range readertest.JSONLines(t, f.clear(t, receiver(t))) {
					require.False(t, seen[one.key(row)], row)
					seen[one.key(row)] = true
				}
			}
			require.NotEmpty(t, seen)
			if one.rows > 0 {
				require.Len(t, seen, one.rows)
			}
		})
	}
}
