package transform

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expected values below were read off the published sample of the Messaging
// Interactions API and worked out by hand from the rules, not taken from a run.

const sampleConversation = "e5c58e49-e4a5-40a8-8a18-d6580d1d5630"

func samples(t *testing.T) memory {
	return memory{}.with(t, "messaging_interactions", publishedRecords(t, "msgint-search.response.json", "conversationHistoryRecords")...)
}

func requireValues(t *testing.T, row, want map[string]any) {
	t.Helper()
	for column, value := range want {
		require.Contains(t, row, column)
		require.EqualValues(t, value, row[column], column)
	}
}

func TestK13MessagesOfThePublishedSample(t *testing.T) {
	out, res := render(t, newJob(t, "msg.messages", FormatJSONL, nil), samples(t))
	require.EqualValues(t, 4, res.Rows)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	common := map[string]any{
		"account_id": "qa26409991", "conversation_id": sampleConversation, "audience": "ALL",
		"dialog_id": sampleConversation, "dialog_type": nil, // no dialogs entry has this id: the message counts as MAIN
		"is_first_in_turn": true, "other_data": nil,
	}
	for _, row := range rows {
		requireValues(t, row, common)
	}
	requireValues(t, rows[0], map[string]any{
		"message_id": "ms::conv:" + sampleConversation + "::msg:0", "_row_key": sampleConversation + ":ms::conv:" + sampleConversation + "::msg:0",
		"seq": 0, "sent_at": "2016-08-29T15:14:19.564Z", "message_type": "TEXT_PLAIN", "sent_by": "Consumer", "sender_kind": "consumer",
		"sender_name": nil, "sender_group_id": nil, "participant_id": "f92c9890-2c95-428b-8a32-083528620d31", "skill_id": "-1", "skill_name": "Unassigned",
		"text": "Hi there #4", "text_length": 11, "turn_index": 1, "response_time_ms": nil, "mcs_at_message": 0, "message_raw_score": 0,
		"accepted_at": "2016-08-29T15:14:19.626Z", "read_at": "2016-08-29T15:15:58.272Z",
	})
	requireValues(t, rows[1], map[string]any{
		"seq": 1, "sender_kind": "human", "sender_name": "michal@lp.com", "sender_login": "michal@lp.com", "sender_group_id": "-1",
		"text": "Hi there, dear consumer!", "text_length": 24, "turn_index": 2, "response_time_ms": 0, "mcs_at_message": nil, "accepted_at": nil,
		"bot_intent_id": "some intent identifier", "bot_intent_confidence": 0.753, "bot_external_conversation_id": "conversation identifier",
		"action_reason": "some reason", "rich_content": nil,
	})
	requireValues(t, rows[2], map[string]any{
		"seq": 2, "sender_kind": "consumer", "text": "I love your service", "text_length": 19, "turn_index": 3, "response_time_ms": nil,
		"accepted_at": "2016-08-29T15:15:42.609Z", "read_at": nil, "skill_id": "-1",
	})
	requireValues(t, rows[3], map[string]any{
		"seq": 3, "sent_at": "2017-10-24T10:24:52.962Z", "message_type": "RICH_CONTENT", "sender_kind": "agent_unknown", "participant_id": "2198186612",
		"sender_name": nil, "text": nil, "text_length": nil, "turn_index": 4, "response_time_ms": 1508840692962 - 1472483742568,
		"skill_id": "3", "skill_name": "lpsocial", // after both transfers
	})
	rich := rows[3]["rich_content"].(map[string]any)
	require.Equal(t, "vertical", rich["type"])
	require.Len(t, rich["elements"], 3)
}

func TestK13ConversationsOfThePublishedSample(t *testing.T) {
	out, res := render(t, newJob(t, "msg.conversations", FormatJSONL, nil), samples(t))
	require.EqualValues(t, 1, res.Rows)
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"account_id": "qa26409991", "conversation_id": sampleConversation, "status": "OPEN", "full_dialog_status": "OPEN", "source": "APP", "channel_family": "app",
		"device": "DESKTOP", "operating_system": "WINDOWS", "browser": "Chrome 66.0.3359.181", // monitoring before info
		"started_at": "2016-08-29T14:30:24.565Z", "source_duration": 78970,
		"ended_at": nil, "full_dialog_ended_at": nil, "duration_ms": nil, "close_reason": nil, // open
		"is_abandoned": nil, "is_bot_contained": nil, "assigned_total_ms": nil,
		"opened_by": "consumer", "queue_state": "ACTIVE", "is_first_conversation": false, "was_step_up": nil,
		"first_skill_id": "-1", "first_skill_name": "Unassigned", "latest_skill_id": "-1", "skill_path": []any{"-1", "2", "3"}, "skills_count": 3,
		"latest_agent_id": "3677470410", "latest_agent_deleted": false, "latest_group_id": "-1", "latest_group_name": "Unassigned",
		"agents_human_count": 1, "agents_bot_count": 0, "agents_joined_count": 0, "handled_by": "human_only", "escalated_at": nil,
		"transfers_total": 2, "transfers_skill": 2, "transfers_agent": 0, "transfers_back_to_queue": 0, "takeovers": 0,
		"messages_total": 4, "messages_consumer": 2, "messages_human": 1, "messages_bot": 0, "responses_agent": 2, "responses_consumer": 1,
		"first_consumer_message_at": "2016-08-29T15:14:19.564Z", "first_human_message_at": "2016-08-29T15:14:19.564Z", "first_assigned_at": "2016-08-29T15:14:04.999Z",
		"wait_first_assignment_ms": 1472483644999 - 1472481024565, "wait_first_agent_response_ms": 0, "time_first_response_from_assignment_ms": 14565,
		"response_avg_ms": (1508840692962 - 1472483742568) / 2, "response_max_ms": 1508840692962 - 1472483742568, "response_human_avg_ms": 0,
		"consumer_response_avg_ms": 1472483742568 - 1472483659564, "queue_wait_total_ms": 1472483644999 - 1472481024565, "is_interactive": true,
		"mcs": 67, "mcs_alert": 1, "csat": 5, "nps": nil, "fcr": nil, "survey_status": "FILLED", "agent_survey_pending": false, "intents": []any{},
		"campaign_id": "2266771712", "engagement_name": "Engagement-123", "goal_id": "2266719412", "lob_id": "2389848512", "lob_name": "lob_123",
		"start_page_url": "https://testPage", "country_code": "US", "ip_address": "192.000.12.240", "consumer_name": "Visitor Test",
		"consumer_email": nil, "consumer_phone": "0", // "undefined" is null, "0" is not
		"summary_text": "summary", "response_due_at": "2018-05-24T15:06:07.230Z", "source_is_partial": false,
	})
}

func TestK13RawKeepsThePublishedSampleByteForByte(t *testing.T) {
	in := samples(t)
	out, _ := render(t, newJob(t, "raw.messaging_interactions", FormatJSON, nil), in)
	require.Contains(t, out.bodies[0], string(in["messaging_interactions"][0].Raw))
}

func TestK13UsersAndSkillsOfThePublishedSamples(t *testing.T) {
	in := memory{}.with(t, "users", publishedRecords(t, "users-entity.response.json", "")...).
		with(t, "skills", publishedRecords(t, "skills-entity.response.json", "")...).
		with(t, "profiles", []byte(`{"id":2359273612,"name":"Boss","roleTypeId":1}`)).
		with(t, "agent_groups", []byte(`{"id":"1","name":"First"}`))
	out, _ := render(t, newJob(t, "cfg.users", FormatJSONL, nil), in)
	require.NotContains(t, out.bodies[0], "pppppp", "the password hash")
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"account_id": "account-1", "user_id": "987654321", "is_deleted": false, "login_name": "unique@gmail.com", "full_name": nil, "employee_id": nil,
		"user_type_code": 1, "user_type": "human", "is_enabled": true, "max_chats": 4, "max_async_chats": 10, "profile_ids": []any{"2359273612", "2359273512"},
		"profile_names": []any{"Boss", ""}, "role_types": []any{"admin", ""}, "member_of_group_id": "1", "member_of_group_name": "First",
		"member_since": "2015-06-22T19:20:03.000Z", "manager_of_group_ids": []any{"1"}, "description": "user’s description",
		"updated_at": nil, // the sample holds the format, not a time
	})
	out, _ = render(t, newJob(t, "cfg.skills", FormatJSONL, nil), in)
	requireValues(t, rowsOf(t, out.bodies[0])[0], map[string]any{
		"skill_id": "326244912", "is_deleted": true, "name": "skillName1448453890425", "max_wait_s": 0, "can_transfer": true,
		"transfer_skill_ids": []any{"2286661812", "2286661912"}, "routing_groups_count": 2, "users_count": 0, "updated_at": "2015-11-25T14:18:11.000Z", "wrap_up_s": nil,
	})
}
