package transform

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/task"
)

// sampleRows are those of reports that have other than two rows in the sample.
var sampleRows = map[string]int64{
	"msg.messages": 5, "msg.transfers": 1, "msg.skill_segments": 3, "msg.agent_survey_answers": 1,
	"chat.lines": 5, "msg.intents": 1, "msg.message_statuses": 3, "msg.cobrowse": 1,
	"raw.agent_activity": 4, "agent.status_changes": 4,
	"agent.daily": 1, "wfm.agent_skill_interval": 1, "wfm.sla_histogram": 14,
	"raw.rt.queuehealth": 12, "raw.rt.engactivity": 12,
	"connector.messages": 12,
	"cfg.user_skills":    3, "cfg.skill_routing": 3,
}

func TestEveryReportHasASampleInEveryFormat(t *testing.T) {
	for _, d := range report.Catalog() {
		for _, format := range d.Formats {
			file := sampleOf(t, d, format)
			require.Equal(t, file, sampleOf(t, d, format))
			rows, given := sampleRows[d.ID]
			if !given {
				rows = 2
			}
			requireValidFile(t, d.ID+" "+format, format, task.Formatting{}, nil, file, rows)
		}
	}
}

func sampleOf(t *testing.T, d *report.Definition, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Samples{}.Sample(context.Background(), d, task.Spec{Format: format}, &b), "%s %s", d.ID, format)
	return b.Bytes()
}

func TestTheSampleShowsDerivedValues(t *testing.T) {
	d, err := report.Get("msg.conversations", "")
	require.NoError(t, err)
	rows := rowsOf(t, string(sampleOf(t, d, FormatJSONL)))
	requireValues(t, rows[0], map[string]any{
		"handled_by": "bot_then_human", "escalated_at": "2025-11-19T09:00:32.000Z", "escalation_reason": "billing question", "skill_path": []any{"101", "102"},
		"agents_human_count": 1, "agents_bot_count": 1, "csat": 5, "nps": 9, "nps_class": "promoter", "duration_ms": 720000, "lob_id": "-1", "lob_name": nil,
		"response_avg_ms": (700 + 105000) / 2, "wait_human_after_escalation_ms": 103000, "queue_wait_total_ms": 800 + 58000,
		"assigned_total_ms": 31200 + 630000, "assigned_human_ms": 630000, "is_abandoned": false,
	})
	requireValues(t, rows[1], map[string]any{"is_abandoned": true, "is_abandoned_in_queue": true, "handled_by": "none", "first_assigned_at": nil, "queue_wait_total_ms": nil})
}

// A sample shows what the task's options bring, too.
func TestSamplesShowHandleTime(t *testing.T) {
	d, err := report.Get("msg.assignments", "")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, Samples{}.Sample(t.Context(), d, task.Spec{Format: FormatJSONL}, &b))
	var handled []any
	for _, row := range rowsOf(t, b.String()) {
		handled = append(handled, row["handle_time_ms"])
	}
	require.Contains(t, handled, 240_000.0)
}
