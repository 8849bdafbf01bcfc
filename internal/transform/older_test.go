package transform

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
)

// olderNames are those under which older records have two of their lists.
var olderNames = map[string]string{"consumerParticipants": "consumerParticipant", "messageScores": "messageScore"}

// underOlderNames returns the records with their lists as they are called now, and as they were.
func underOlderNames(t *testing.T, records [][]byte) (now, older [][]byte) {
	t.Helper()
	write := func(r object) []byte {
		b, err := json.Marshal(r)
		require.NoError(t, err)
		return b
	}
	for _, raw := range records {
		var r object
		require.NoError(t, json.Unmarshal(raw, &r))
		r["consumerParticipants"].([]any)[0].(object)["consumerName"] = "Visitor"
		now = append(now, write(r))
		for name, was := range olderNames {
			r[was] = r[name]
			delete(r, name)
		}
		older = append(older, write(r))
	}
	return now, older
}

// A record whose lists have their older names makes the rows that it makes under the newer ones,
// in every report on conversations: no column is null for a name.
func TestListsAreReadUnderTheirOlderNames(t *testing.T) {
	now, older := underOlderNames(t, wholeRecords(t, 71, 60))
	for _, d := range report.Catalog() {
		if d.Resource != "messaging_interactions" || d.IsRaw() || d.Fold != "" {
			continue
		}
		params := map[string]any{}
		if _, takes := d.Effective(nil)["consumer_names"]; takes {
			params["consumer_names"] = true
		}
		want, res := render(t, newJob(t, d.ID, FormatCSV, params), memory{}.with(t, "messaging_interactions", now...))
		require.Empty(t, res.Quarantined)
		got, res := render(t, newJob(t, d.ID, FormatCSV, params), memory{}.with(t, "messaging_interactions", older...))
		require.Empty(t, res.Quarantined)
		require.Equal(t, want.bodies, got.bodies, d.ID)
	}
}

// Values read by hand off a record that the platform's documentation publishes under the older names.
func TestListsOfAPublishedRecordUnderTheirOlderNames(t *testing.T) {
	in := memory{}.with(t, "messaging_interactions", publishedRecords(t, "../connector/history_search_response.json", "conversationHistoryRecords")...)
	out, res := render(t, newJob(t, "msg.conversations", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"consumer_participant_id": "f92c9890-2c95-428b-8a32-083528620d31", "consumer_name": "Visitor Test", "consumer_email": nil, "consumer_phone": "0",
	})
	out, res = render(t, newJob(t, "msg.messages", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{"mcs_at_message": 0, "message_raw_score": 0})
}
