package transform

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

func segments(t *testing.T, raws ...[]byte) memory {
	t.Helper()
	in := memory{"handle_time_breakdown": nil}
	for _, raw := range raws {
		var x struct {
			SegmentID string
			EndTimeL  int64
		}
		require.NoError(t, json.Unmarshal(raw, &x))
		in["handle_time"] = append(in["handle_time"], source.Record{Order: x.EndTimeL, ID: x.SegmentID, Raw: raw})
	}
	return in
}

// The expected values were worked out by hand from the published sample.
func TestK13HandleTimeOfThePublishedSample(t *testing.T) {
	in := segments(t, publishedRecords(t, "aht-agent-segments.response.json", "segments")...)
	const first = "111111:1224046030:f468270d-1230-4bac-9a83-aa206c1004bb:Skq5195qSmesd4ZBANzBaA"
	for i, id := range []string{first, first, "another"} {
		in["handle_time_breakdown"] = append(in["handle_time_breakdown"], source.Record{ID: string(rune('a' + i)), Raw: []byte(`{"segmentId":"` + id + `"}`)})
	}
	out, res := render(t, newJob(t, "agent.handle_time", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 2)
	requireValues(t, rows[0], map[string]any{
		"_row_key": first, "segment_id": first, "conversation_id": "fdcc34c7-50f6-4e08-2867-c4713953edd2", "agent_id": "123456", "employee_id": "abcd123",
		"skill_id": "146473456", "group_id": "23567815", "started_at": "2022-05-12T16:00:19.517Z", "ended_at": "2022-05-12T21:31:39.022Z",
		"segment_ms": 19_879_505, "end_reason": "backToQueue", "handle_time_ms": 7_248_915, "handle_ratio": 0.364642630689245, "breakdown_events": 2,
	})
	requireValues(t, rows[1], map[string]any{"agent_id": "987654", "segment_ms": 20_789_703, "handle_time_ms": 8_821_365, "breakdown_events": 0})

	out, _ = render(t, newJob(t, "raw.handle_time", FormatJSON, nil), in)
	require.Contains(t, out.bodies[0], string(in["handle_time"][0].Raw))
}

func TestHandleTimeOfASegmentWithoutLength(t *testing.T) {
	out, res := render(t, newJob(t, "agent.handle_time", FormatJSONL, nil), segments(t,
		[]byte(`{"segmentId":"a","startTimeL":5,"endTimeL":5,"conversationId":"c","agentId":1,"skillId":-1,"totalHandleTimeMillis":0}`),
		[]byte(`{"segmentId":"b","startTimeL":5,"endTimeL":9,"conversationId":"c","agentId":1,"skillId":-1}`),
		[]byte(`{"segmentId":"c","endTimeL":10,"conversationId":"c"}`)))
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 2)
	requireValues(t, rows[0], map[string]any{"segment_ms": 0, "handle_time_ms": 0, "handle_ratio": nil, "skill_id": "-1", "end_reason": nil})
	requireValues(t, rows[1], map[string]any{"segment_ms": 4, "handle_time_ms": nil, "handle_ratio": nil})
	require.Equal(t, []Quarantine{{RecordID: "c", Column: "started_at", Reason: "has no value, and must have one"}}, res.Quarantined)
}
