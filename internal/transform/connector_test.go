package transform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
)

// The expected values were worked out by hand from the sample's records.
func TestMessagesOfTheConversationsOfTheSample(t *testing.T) {
	d, err := report.Get("connector.messages", "")
	require.NoError(t, err)
	rows := rowsOf(t, string(sampleOf(t, d, FormatJSONL)))
	require.Len(t, rows, 12)
	const held = "b8b83fe9-75f0-46f2-baaa-2930f7192cfb"
	requireValues(t, rows[0], map[string]any{
		"_row_key": held + ":1", "account_id": "12345678", "app_id": "app-1", "conversation_id": held, "position": 1, "dialog_id": held, "dialog_type": "MAIN",
		"sequence": 0, "sent_at": "2025-11-19T09:00:05.000Z", "sender_role": "CONSUMER", "sender_kind": "consumer", "audience": nil, "kind": "content",
		"content_type": "text/plain", "text": "My order 4711 has not come <yet>", "text_length": 32, "event": nil, "external_id": "order-4711-1", "via": "send",
		"accepted_at": "2025-11-19T09:01:01.000Z", "read_at": "2025-11-19T09:04:01.000Z", "refused_at": nil, "is_late": false, "noted_at": "2025-11-19T09:20:00.000Z",
	})
	requireValues(t, rows[1], map[string]any{"sender_kind": "system", "accepted_at": "2025-11-19T09:05:01.000Z", "read_at": nil})
	requireValues(t, rows[2], map[string]any{"position": 7, "sequence": 4, "sender_kind": "agent", "accepted_at": "2025-11-19T09:05:01.000Z", "read_at": "2025-11-19T09:05:02.000Z"})
	requireValues(t, rows[3], map[string]any{"audience": "AGENTS_AND_MANAGERS", "text": "Third time this month", "accepted_at": nil, "read_at": nil})
	requireValues(t, rows[4], map[string]any{"position": 9, "sequence": 3, "is_late": true, "via": "history", "accepted_at": nil, "read_at": "2025-11-19T09:04:01.000Z"})
	requireValues(t, rows[5], map[string]any{
		"content_type": "hosted/file", "text": nil, "text_length": nil, "file_path": "/v2/AUTH_async/4711.png", "file_type": "PNG", "file_caption": "The receipt",
	})
	requireValues(t, rows[6], map[string]any{"kind": "rich", "content_type": nil, "text": nil})
	require.Equal(t, "vertical", rows[6]["rich_content"].(map[string]any)["type"])
	requireValues(t, rows[7], map[string]any{
		"kind": "failed", "dialog_id": nil, "sequence": nil, "text": nil, "sender_kind": "consumer", "external_id": "order-4711-9",
		"failure": "the platform refused the file: 400", "sent_at": "2025-11-19T09:06:00.000Z",
	})
	requireValues(t, rows[8], map[string]any{"dialog_type": "POST_SURVEY", "sequence": 0, "sender_role": "AGENT", "text": "How satisfied are you?"})
	require.Equal(t, "quickReplies", rows[8]["quick_replies"].(map[string]any)["type"])
	requireValues(t, rows[9], map[string]any{"text": "5", "sender_kind": "consumer"})
	requireValues(t, rows[11], map[string]any{"account_id": nil, "sequence": 3, "sender_role": nil, "sender_kind": "unknown"})
}

func TestTranscriptsOfTheConversationsOfTheSample(t *testing.T) {
	d, err := report.Get("connector.transcripts", "")
	require.NoError(t, err)
	rows := rowsOf(t, string(sampleOf(t, d, FormatJSONL)))
	requireValues(t, rows[0], map[string]any{
		"_row_key": "b8b83fe9-75f0-46f2-baaa-2930f7192cfb", "consumer_id": "+15550000001", "outcome": "closed", "opened_by_us": true,
		"opened_at": "2025-11-19T09:00:00.000Z", "closed_at": "2025-11-19T09:12:00.000Z", "close_reason": "AGENT", "skill_id": "2736061512",
		"skill_path": []any{"-1", "2736061512"}, "agents": []any{"29c3019d-fe0b-5200-afe8-737abfeae4b4"}, "features": []any{"AUTO_MESSAGES", "RICH_CONTENT"},
		"message_count": 9, "messages_consumer": 4, "messages_brand": 5, "messages_failed": 1, "events_late": 1, "events_missing": 0, "entries": 20,
		"transcript": strings.Join([]string{
			"[2025-11-19T09:00:05.000Z] consumer: My order 4711 has not come <yet>",
			"[2025-11-19T09:00:06.000Z] system: You will have an answer within ten minutes",
			"[2025-11-19T09:02:00.000Z] agent: Good morning, I am looking",
			"[2025-11-19T09:03:00.000Z] agent: Third time this month",
			"[2025-11-19T09:02:30.000Z] consumer: Are you there?",
			"[2025-11-19T09:04:00.000Z] consumer: The receipt",
			"[2025-11-19T09:05:00.000Z] agent: ",
			"[2025-11-19T09:10:01.000Z] agent: How satisfied are you?",
			"[2025-11-19T09:11:00.000Z] consumer: 5",
		}, "|"),
	})
	answers := rows[0]["survey"].([]any)
	require.Len(t, answers, 1)
	requireValues(t, answers[0].(map[string]any), map[string]any{"question": "How satisfied are you?", "answer": "5"})
	requireValues(t, rows[1], map[string]any{
		"account_id": nil, "consumer_id": nil, "outcome": "abandoned", "opened_by_us": false, "closed_at": nil, "agents": []any{}, "survey": nil,
		"message_count": 2, "events_missing": 2, "opened_at": "2025-11-19T09:00:30.000Z",
	})
}

// A record that lacks a text, or may lack messages, is kept out, with its reason, until somebody accepts it.
func TestAConversationThatMayNotBeWholeIsRefused(t *testing.T) {
	whole := `{"id":"a","app":"b","notedAt":1700000000000,"outcome":"closed","openedByUs":false,"counts":{"entries":1,"messages":1,"consumer":0,"brand":1,"late":0,"missing":0,"failed":0},
		"messages":[{"position":0,"sentAt":1700000000000,"senderKind":"agent","kind":"content","late":false}]`
	for _, id := range []string{"connector.messages", "connector.transcripts"} {
		for _, lacks := range []string{"leftOut", "unverified"} {
			raw := []byte(whole + `,"` + lacks + `":true}`)
			_, res := render(t, newJob(t, id, FormatJSONL, nil), memory{}.with(t, "connector_conversations", raw))
			require.Len(t, res.Quarantined, 1, id)
			require.Contains(t, res.Quarantined[0].Reason, lacks)
			require.Zero(t, res.Rows)
		}
		_, res := render(t, newJob(t, id, FormatJSONL, nil), memory{}.with(t, "connector_conversations", []byte(whole+"}")))
		require.Empty(t, res.Quarantined)
		require.EqualValues(t, 1, res.Rows)
	}
}
