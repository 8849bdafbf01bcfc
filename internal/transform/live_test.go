package transform

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// wrap makes records of a live API from published elements, as a source does.
func wrap(t *testing.T, resource string, elements ...[]byte) memory {
	in := memory{}
	for i, raw := range elements {
		record, err := json.Marshal(map[string]any{
			"requested_at": "2017-03-20T18:06:55.000Z", "interval_start": "2017-03-20T18:00:00.000Z", "response": json.RawMessage(raw),
		})
		require.NoError(t, err)
		in[resource] = append(in[resource], source.Record{ID: string(rune('a' + i)), Raw: record, FetchedAt: fetchedAt})
	}
	return in
}

// TestK13AgentSnapshotOfThePublishedSample has values that were read off the sample by hand.
func TestK13AgentSnapshotOfThePublishedSample(t *testing.T) {
	in := wrap(t, "agentmetrics_status", publishedRecords(t, "agentmetrics-status.response.json", "agentStatusRecords")...)
	out, res := render(t, newJob(t, "wfm.agent_snapshot", FormatJSONL, nil), in)
	require.EqualValues(t, 2, res.Rows)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{
		"_row_key": "8:1490033215000", "snapshot_at": "2017-03-20T18:06:55.000Z", "agent_id": "8", "employee_id": nil,
		"agent_login": "litalh@liveperson.com", "agent_name": "lital", "group_id": "-1", "group_name": "Main Group",
		"status": "ONLINE", "status_since": "2017-03-20T18:06:54.963Z", "status_ms": 92854, "reason_id": nil, "reason_since": nil, "reason_ms": nil,
		"load_pct": 0, "max_slots": 20, "busy_slots": 0, "ringing_slots": 0, "open_assigned": 0, "intense": 0, "is_present": true,
		"connection": "CONNECTED", "skill_ids": []any{"2", "3", "1"},
	})
	requireValues(t, rows[1], map[string]any{
		"agent_id": "7", "status": "AWAY", "reason_since": "2017-03-20T18:06:54.962Z", "reason_ms": 10039, "skill_ids": []any{"2"},
	})
}

// TestK13QueueSnapshotOfThePublishedSamples has values that were read off the samples by hand.
func TestK13QueueSnapshotOfThePublishedSamples(t *testing.T) {
	in := memory{}.with(t, "skills", []byte(`{"id":12,"name":"Twelve"}`))
	for _, one := range []struct{ channel, file, member, skill string }{
		{"chat", "oprt-queuestate-v2.response.json", "skills", "1"},
		{"chat", "oprt-queuestate-v2-missing-skill.response.json", "skills", "100"},
		{"messaging", "msgops-queuehealth-current.response.json", "skillsMetrics", "12"},
	} {
		var skills map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(publishedMember(t, one.file, one.member), &skills))
		record, err := json.Marshal(map[string]any{
			"requested_at": "2018-01-18T12:14:07.000Z", "channel": one.channel, "skillId": one.skill, "metrics": skills[one.skill],
		})
		require.NoError(t, err)
		in["queues_now"] = append(in["queues_now"], source.Record{ID: one.channel + ":" + one.skill, Raw: record})
	}
	out, res := render(t, newJob(t, "wfm.queue_snapshot", FormatJSONL, nil), in)
	require.EqualValues(t, 3, res.Rows)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{
		"_row_key": "chat:1:1516277647000", "queue_size": 5, "available_slots": 5, "max_wait_ms": 15253, "unassigned": nil, "source_time": nil,
	})
	requireValues(t, rows[1], map[string]any{"skill_id": "100", "queue_size": nil, "available_slots": nil, "max_wait_ms": nil})
	requireValues(t, rows[2], map[string]any{
		"channel": "messaging", "skill_id": "12", "skill_name": "Twelve", "source_time": "2018-01-18T12:14:06.515Z", "unassigned": 34, "actionable": 10,
		"not_actionable": 14, "actionable_transfer": 6, "actionable_manual_sla": 7, "actionable_consumer_last": 3, "wait_new_avg_ms": 159,
		"wait_transfer_avg_ms": 171, "wait_max_ms": 274, "wait_p50_ms": 160, "wait_p90_ms": 150, "overdue_in_queue": 0, "overdue_assigned": 2,
		"overdue_total": 2, "queue_size": nil,
	})
}

func publishedMember(t *testing.T, file, member string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(publishedRecords(t, file, "")[0], &members))
	require.Contains(t, members, member)
	return members[member]
}
