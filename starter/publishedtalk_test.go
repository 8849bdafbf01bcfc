package main

// publishedChat are the ways of the published chat engagement.
var publishedChat = []taken{{
	resource: "engagement_history", elements: "$.interactionHistoryRecords[*]",
	window: "2015-05-28T04:00:00Z/2015-05-28T05:00:00Z",
	rows: map[string]string{
		"raw.engagement_history": whole,
		"chat.engagements": `select j->>'$.info.engagementId' as engagement_id, (j->>'$.info.engagementSequence')::int as engagement_sequence, j->>'$.info.accountId' as account_id,
			moment(j->'$.info.startTimeL') as started_at, moment(j->'$.info.endTimeL') as ended_at, (j->>'$.info.endTimeL')::bigint - (j->>'$.info.startTimeL')::bigint as duration_ms,
			(j->>'$.info.duration')::int as source_duration_s, j->>'$.info.agentId' as agent_id, j->>'$.info.skillId' as skill_id, j->>'$.info.visitorId' as visitor_id,
			json_array_length(j->'$.transcript.lines') as lines_system, 0 as lines_agent, json_array_length(j->'$.coBrowseSessions.coBrowseSessionsList') as cobrowse_sessions,
			list_sum((j->>'$.coBrowseSessions.coBrowseSessionsList[*].duration')::bigint[])::bigint as cobrowse_ms from e`,
		"chat.lines": `select j->>'$.info.engagementId' as engagement_id, l->>'lineSeq' as line_seq, moment(l->'timeL') as sent_at, l->>'source' as source, l->>'by' as by, l->>'text' as text
			from e, unnest(j->'$.transcript.lines[*]') x(l) order by (l->>'timeL')::bigint`,
		"chat.sdes":           `select s as payload from e, unnest(j->'$.sdes.events[*]') with ordinality x(s, n) order by n`,
		"chat.survey_answers": `select j->>'$.info.engagementId' as engagement_id from e where json_exists(j, '$.surveys') or json_exists(j, '$.postChatSurvey')`,
		"wfm.chat_skill_interval": `select j->>'$.info.skillId' as skill_id, i as interval_start, count(*)::int as connected, count_if((j->>'$.info.isInteractive')::boolean)::int as handled_interactive,
			sum((j->>'$.info.duration')::int)::int as handle_s, null as offered
			from (select j, strftime(time_bucket(interval 1 hour, make_timestamp((j->>'$.info.endTimeL')::bigint * 1000)), '%Y-%m-%dT%H:%M:%S.000Z') as i from e) group by all`,
		"wfm.sla_histogram": `select j->>'$.info.skillId' as skill_id from e where (j->>'$.info.chatRequestedTimeL')::bigint > 0`, // it does not say how long the visitor waited
	},
}}

// publishedConversationRows are the ways of the published conversation. It is open, and begun
// without a skill; its transfers are of a later year.
var publishedConversationRows = []taken{{
	resource: "messaging_interactions", elements: "$.conversationHistoryRecords[*]", window: "2016-08-29T14:00:00Z/2016-08-29T16:00:00Z",
	rows: map[string]string{
		"raw.messaging_interactions": whole,
		"msg.conversations": `select j->>'$.info.conversationId' as conversation_id, j->>'$.info.brandId' as account_id, j->>'$.info.status' as status, j->>'$.info.source' as source,
			moment(j->'$.info.startTimeL') as started_at, null as ended_at, (j->>'$.info.duration')::int as source_duration, (j->>'$.info.mcs')::int as mcs, (j->>'$.info.csatRate')::int as csat,
			j->>'$.info.latestAgentId' as latest_agent_id, j->>'$.campaign.campaignId' as campaign_id, j->>'$.monitoring.countryCode' as country_code,
			json_array_length(j->'transfers') as transfers_total, json_array_length(j->'messageRecords') as messages_total,
			[(j->>'$.transfers[0].sourceSkillId')] || (j->>'$.transfers[*].targetSkillId') as skill_path, j->>'$.summary.text' as summary_text from e`,
		"msg.messages": `select m->>'messageId' as message_id, (m->>'seq')::int as seq, moment(m->'timeL') as sent_at, m->>'sentBy' as sent_by, m->>'participantId' as participant_id, m->>'type' as message_type,
			m->>'audience' as audience, m->>'dialogId' as dialog_id, m->>'$.messageData.msg.text' as text from e, unnest(j->'$.messageRecords[*]') x(m) order by (m->>'timeL')::bigint, 2`,
		"msg.message_statuses": `select s->>'messageId' as message_id, s->>'participantId' as participant_id, s->>'messageDeliveryStatus' as status, moment(s->'timeL') as at
			from e, unnest(j->'$.messageStatuses[*]') x(s) order by (s->>'timeL')::bigint`,
		"msg.participants": `select p->>'agentId' as agent_id, p->>'agentLoginName' as agent_login, (p->>'userType')::int as user_type, p->>'role' as role, p->>'permission' as permission,
			p->>'agentGroupId' as agent_group_id, moment(p->'timeL') as joined_at from e, unnest(j->'$.agentParticipants[*]') x(p) order by (p->>'timeL')::bigint`,
		"msg.assignments": `select row_number() over () as segment_seq, i->>'assignedAgentId' as agent_id, i->>'assignedAgentLoginName' as agent_login, i->>'dialogId' as dialog_id,
			moment(i->'interactionTimeL') as assigned_at, (i->>'interactionTimeL')::bigint - (j->>'$.info.startTimeL')::bigint as queue_wait_ms from e, unnest(j->'$.interactions[*]') x(i)`,
		"msg.transfers": `select moment(t->'timeL') as transferred_at, t->>'reason' as reason, t->>'by' as transferred_by_id, t->>'sourceAgentId' as source_agent_id, t->>'sourceSkillId' as source_skill_id,
			t->>'targetSkillId' as target_skill_id, t->>'targetSkillName' as target_skill_name from e, unnest(j->'$.transfers[*]') x(t) order by (t->>'timeL')::bigint`,
		"msg.skill_segments": `select skill_id, started_at, lead(started_at) over (order by started_at) as ended_at from (
				select j->>'$.transfers[0].sourceSkillId' as skill_id, moment(j->'$.info.startTimeL') as started_at from e
				union all select t->>'targetSkillId', moment(t->'timeL') from e, unnest(j->'$.transfers[*]') x(t)) order by started_at`,
		"msg.cobrowse": `select c->>'sessionId' as session_id, c->>'agentId' as agent_id, c->>'type' as type, moment(c->'startTimeL') as started_at, moment(c->'endTimeL') as ended_at, c->>'endReason' as end_reason,
			(c->>'duration')::bigint as duration_ms, (c->>'interactive')::boolean as is_interactive, coalesce(c->>'$.capabilities[*]', []) as capabilities
			from e, unnest(j->'$.coBrowseSessions.coBrowseSessionsList[*]') x(c) order by 4`,
		"msg.intents": `select i->>'messageId' as message_id, i->>'$.selectedClassification.intentName' as intent_id, i->>'$.selectedClassification.intentLabel' as intent_label,
			(i->>'$.selectedClassification.confidenceScore')::double as confidence, i->>'$.selectedClassification.versions[*].modelName' as model_names,
			json_array_length(i->'allClassifications') as candidates_count from e, unnest(j->'$.intents[*]') x(i) order by 1`,
		"msg.sdes": `select s->>'sdeType' as sde_type, moment(s->>'serverTimeStamp') as server_at, s->>'$.customerInfo.customerInfo.customerId' as customer_id,
			s->>'$.customerInfo.customerInfo.companyBranch' as company_branch, s->>'$.personalInfo.personalInfo.name' as person_name, s as payload from e, unnest(j->'$.sdes.events[*]') with ordinality x(s, n) order by n`,
		"msg.survey_answers": `select s->>'surveyType' as survey_type, s->>'surveyStatus' as survey_status, s->>'dialogId' as dialog_id, d->>'question' as question, d->>'answer' as answer
			from e, unnest(j->'$.conversationSurveys[*]') x(s), unnest(s->'$.surveyData[*]') y(d)`,
		"msg.agent_survey_answers": `select * exclude (n, o) from (
				select 0 as n, 0 as o, s->>'surveyId' as survey_id, true as is_latest, s->>'surveyStatus' as status, moment(s->'lastUpdateTime') as last_updated_at, null as question_id, null as answer
				from (select j->'latestAgentSurvey' as s from e)
				union all select n, o, s->>'surveyId', false, s->>'surveyStatus', moment(s->'lastUpdateTime'), q->>'questionId', a->>'answer'
				from e, unnest(j->'$.previouslySubmittedAgentSurveys[*]') with ordinality x(s, n), unnest(s->'$.submittedAnswers[*]') with ordinality y(q, o), unnest(q->'$.answers[*]') z(a)) order by n, o`,
		"msg.transcripts": `select j->>'$.info.conversationId' as conversation_id, j->>'$.info.status' as status, moment(j->'$.info.startTimeL') as started_at from e`,
		"wfm.agent_skill_interval": `select i->>'assignedAgentId' as agent_id, j->>'$.transfers[0].sourceSkillId' as skill_id, '2016-08-29T15:00:00.000Z' as interval_start, 1 as segments_started, 0 as segments_ended,
			1472486400000 - (i->>'interactionTimeL')::bigint as skill_time_ms, 1 as skill_time_share from e, unnest(j->'$.interactions[*]') x(i)`,
		"wfm.agent_interval": `select i->>'assignedAgentId' as agent_id, '2016-08-29T15:00:00.000Z' as interval_start, 1 as assigned_new, 0 as concluded, 0 as login_ms,
			1472486400000 - (i->>'interactionTimeL')::bigint as assigned_ms, 1472486400000 - (i->>'interactionTimeL')::bigint as concurrency_ms, 1 as concurrency_avg,
			(select count(*)::int from e, unnest(j->'$.messageRecords[*]') y(m) where m->>'sentBy' = 'Agent' and (m->>'timeL')::bigint < 1472486400000) as messages_sent
			from e, unnest(j->'$.interactions[*]') x(i)`,
		"wfm.skill_interval": `select '-1' as skill_id, moment(hour) as interval_start, count_if(began >= hour and began < hour + 3600000)::int as offered,
			count_if(taken >= hour and taken < hour + 3600000)::int as assigned, max(taken - began) filter (taken < hour + 3600000) as wait_max_ms, 0 as concluded
			from (select (j->>'$.info.startTimeL')::bigint as began, (j->>'$.interactions[0].interactionTimeL')::bigint as taken from e), (values (1472479200000), (1472482800000)) h(hour)
			group by hour order by hour`,
	},
}}
