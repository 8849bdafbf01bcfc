package e2e

import "maps"

// common adds the values that all rows of a report share.
func common(shared, own map[string]any) map[string]any {
	all := maps.Clone(shared)
	maps.Copy(all, own)
	return all
}

// ofEveryMessage is what the four published messages have in common. The messages name a
// dialog that the record does not list, so its type is unknown. "device": "undefined" of
// the source is no column.
var ofEveryMessage = map[string]any{
	"account_id": "qa26409991", "conversation_id": publishedConversation, "dialog_id": publishedConversation, "dialog_type": nil,
	"audience": "ALL", "is_first_in_turn": "true", "other_data": nil, "file_path": nil, "link_url": nil, "form_id": nil, "bot_intent_name": nil,
	"intent_label": nil, // the classified messages are others
}

// publishedMessages are the rows of msg.messages by their seq.
var publishedMessages = map[string]map[string]any{
	"0": common(ofEveryMessage, map[string]any{
		"message_id": "ms::conv:" + publishedConversation + "::msg:0", "seq": "0", "sent_at": "2016-08-29T15:14:19.564Z",
		"message_type": "TEXT_PLAIN", "sent_by": "Consumer", "sender_kind": "consumer", "participant_id": publishedConsumer,
		"sender_name": nil, "sender_login": nil, "sender_group_id": nil, // a consumer has none
		"skill_id": "-1", "skill_name": "Unassigned", // before both transfers; -1 is a value
		"text": "Hi there #4", "text_length": "11", "rich_content": nil, "quick_replies": nil,
		"turn_index": "1", "response_time_ms": nil, "mcs_at_message": "0", "message_raw_score": "0",
		"accepted_at": "2016-08-29T15:14:19.626Z", "read_at": "2016-08-29T15:15:58.272Z", "bot_intent_id": nil, "action_reason": nil,
	}),
	"1": common(ofEveryMessage, map[string]any{
		"message_id": "ms::conv:e5c58e49-e4a5-4038-8b18-d6580d1d5630::msg:0", // as published, one group differs
		"seq":        "1", "sent_at": "2016-08-29T15:14:19.564Z",             // timeL wins over the written time
		"sent_by": "Agent", "sender_kind": "human", "participant_id": "3677470410",
		"sender_name": "michal@lp.com", "sender_login": "michal@lp.com", "sender_group_id": "-1",
		"text": "Hi there, dear consumer!", "text_length": "24", "turn_index": "2", "response_time_ms": "0",
		"quick_replies": jsonText(`{"type":"quickReplies","itemsPerRow":8,"replies":[
			{"type":"button","tooltip":"Hello","title":"Hello","click":{"actions":[{"type":"publishText","text":"Hello"}]}},
			{"type":"button","tooltip":"Howdy","title":"Howdy","click":{"actions":[{"type":"publishText","text":"Howdy"}]}}]}`),
		"mcs_at_message": nil, "bot_intent_id": "some intent identifier", "bot_intent_confidence": "0.753",
		"bot_external_conversation_id": "conversation identifier", "action_reason": "some reason",
	}),
	"2": common(ofEveryMessage, map[string]any{
		"seq": "2", "sent_at": "2016-08-29T15:15:42.568Z", "sender_kind": "consumer", "text": "I love your service", "text_length": "19",
		"turn_index": "3", "response_time_ms": nil, "skill_id": "-1", "accepted_at": "2016-08-29T15:15:42.609Z", "read_at": nil,
	}),
	"3": common(ofEveryMessage, map[string]any{
		"seq": "3", "sent_at": "2017-10-24T10:24:52.962Z", "message_type": "RICH_CONTENT", "sent_by": "Agent",
		"sender_kind": "agent_unknown", "sender_name": nil, "participant_id": "2198186612", // takes part nowhere in the record
		"text": nil, "text_length": nil, "skill_id": "3", "skill_name": "lpsocial", // after both transfers
		"turn_index": "4", "response_time_ms": "36356950394", // 1508840692962 − 1472483742568
		"mcs_at_message": nil, "accepted_at": nil, "read_at": nil,
	}),
}

// publishedConversations is the row of msg.conversations.
var publishedConversations = map[string]map[string]any{publishedConversation: {
	"account_id": "qa26409991", "conversation_id": publishedConversation, "status": "OPEN", "full_dialog_status": "OPEN",
	"source": "APP", "channel_family": "app", "integration": nil, "app_id": nil, "language": nil,
	// Monitoring comes before info, where these are "undefined", "chrome" and "NA".
	"device": "DESKTOP", "browser": "Chrome 66.0.3359.181", "operating_system": "WINDOWS",
	"started_at": "2016-08-29T14:30:24.565Z", "source_duration": "78970",
	// The record has these, but it is open.
	"ended_at": nil, "full_dialog_ended_at": nil, "duration_ms": nil, "close_reason": nil, "close_reason_description": nil, "is_abandoned": nil,
	"is_first_conversation": "false", "opened_by": "consumer", "was_step_up": nil, "queue_state": "ACTIVE",
	"first_skill_id": "-1", "latest_skill_id": "-1", "latest_skill_name": "Unassigned", "skill_path": "-1|2|3", "skills_count": "3",
	"latest_agent_id": "3677470410", "latest_agent_login": "michal@lp.com", "latest_agent_deleted": "false", "latest_group_id": "-1",
	"agents_human_count": "1", "agents_bot_count": "0", "handled_by": "human_only", "escalated_at": nil,
	"transfers_total": "2", "transfers_skill": "2", "transfers_agent": "0", "transfers_back_to_queue": "0",
	"messages_total": "4", "messages_consumer": "2", "messages_human": "1", "messages_bot": "0",
	"first_consumer_message_at": "2016-08-29T15:14:19.564Z", "first_assigned_at": "2016-08-29T15:14:04.999Z",
	"wait_first_assignment_ms": "2620434", // 1472483644999 − 1472481024565
	"mcs":                      "67", "mcs_alert": "1", "csat": "5", "nps": nil, "fcr": nil, "survey_status": "FILLED", "agent_survey_pending": "false",
	"first_intent_id": nil, "intents": nil, // an empty list
	"campaign_id": "2266771712", "campaign_name": "Live_Chat_on_your_site", "engagement_name": "Engagement-123", "goal_name": "Interact with visitors",
	"lob_id": "2389848512", "lob_name": "lob_123", "engagement_source": "WEB_SITE", "start_page_url": "https://testPage",
	"country_code": "US", "city": "Michigan", "ip_address": "192.000.12.240",
	"consumer_participant_id": publishedConsumer, "consumer_name": "Visitor Test",
	"consumer_email": nil, "consumer_phone": "0", // "undefined" is null, "0" is not
	"summary_text": "summary", "response_due_at": "2018-05-24T15:06:07.230Z", "source_is_partial": "false",
}}

// publishedUsers is the row of cfg.users; neither its skills nor its profiles are among
// the published ones, so their names are empty.
var publishedUsers = map[string]map[string]any{"987654321": {
	"account_id": platform, "user_id": "987654321", "pid": nil, "is_deleted": "false", "login_name": "unique@gmail.com",
	"full_name": nil, "employee_id": nil, // "" in the source
	"nickname": "agent1", "email": "myEmail@gmail.com", "user_type_code": "1", "user_type": "human", "is_api_user": "false",
	"is_enabled": "true", "disabled_manually": "false", "max_chats": "4", "max_async_chats": "10",
	"profile_ids": "2359273612|2359273512", "profile_names": "|", "role_types": "|", "skill_ids": "2359235912|2359235922", "skill_names": "|",
	"lob_ids": "6549273612", "member_of_group_id": "1", "member_of_group_name": nil, "member_since": "2015-06-22T19:20:03.000Z",
	"manager_of_group_ids": "1", "permission_groups": "1", "mobile_number": "0542-123456", "description": "user’s description", "picture_url": nil,
	"must_change_password": "false", "password_changed_at": nil, "updated_at": nil, // the sample holds the form of a time, not a time
}}

// publishedSkills is the row of cfg.skills.
var publishedSkills = map[string]map[string]any{"326244912": {
	"account_id": platform, "skill_id": "326244912", "is_deleted": "true", "name": "skillName1448453890425", "description": "skillDescription",
	"skill_order": "0", "max_wait_s": "0", "wrap_up_s": nil, "sla_default_s": nil, "can_transfer": "true",
	"transfer_skill_ids": "2286661812|2286661912", "lob_ids": "766661812", "working_hours_id": "2859745012", "special_occasion_id": "2861462812",
	"pre_survey_id": nil, "post_survey_id": nil, "routing_groups_count": "2", "users_count": "0", "updated_at": "2015-11-25T14:18:11.000Z",
}}
