package main

// takenByNone are the answers that no report is made of, and why.
var takenByNone = map[string]string{
	"agentactivity-400":               "an error, not data",
	"agentactivity-401":               "an error, not data",
	"agentactivity-500":               "an error, not data",
	"csds-baseuri-all":                "where the account's services are: sign-in, not data",
	"csds-baseuri-one":                "where one of the account's services is: sign-in, not data",
	"login":                           "sign-in, not data",
	"login-refresh-401":               "an error of sign-in, not data",
	"sentinel-app-token":              "sign-in, not data",
	"dataaccess-base":                 "the Data Access API backs no report",
	"dataaccess-agentActivity-files":  "the Data Access API backs no report",
	"dataaccess-agentActivity-record": "the Data Access API backs no report",
	"dataaccess-engagement-files":     "the Data Access API backs no report",
	"dataaccess-engagement-record":    "the Data Access API backs no report",
	"dataaccess-survey-files":         "the Data Access API backs no report",
	"dataaccess-survey-record":        "the Data Access API backs no report",
	"dataaccess-websession-files":     "the Data Access API backs no report",
	"dataaccess-websession-record":    "the Data Access API backs no report",
	"enghist-richcontent-line":        "one line of a transcript: no engagement that it belongs to",
	"msgops-queuehealth-bygroup":      "by skill and group: no report asks msgqueuehealth for groups",
}

// whole is the element as it came.
const whole = `select j as "*" from e`

// What answers of live APIs are the answers to. They are rendered as they came.
const (
	asked     = "--requested-at 2018-01-18T12:14:07Z"
	askedFive = asked + " --window 2018-01-18T12:00:00Z/2018-01-18T12:05:00Z"
	askedHour = asked + " --interval 1h"
	asked6    = asked + " --interval 6h"
	asked10   = asked + " --interval 10h"
	askedSLA  = "--requested-at 2016-06-07T08:34:10Z --window 2016-06-07T08:00:00Z/2016-06-07T08:31:00Z"
)

// Their raw rows: an element beside when it was asked for; and beside the time that it counts, which is that of
// the window, or an interval that starts, or ends, at its timestamp.
const (
	now      = `select live(j) as "*" from e`
	forFive  = `select during(1516276800000, 1516277100000, j) as "*" from e`
	fromHour = `select during(ms, ms + 3600000, j) as "*" from (select j, (j->>'timestamp')::bigint as ms from e) order by ms`
	fromFive = `select during(ms, ms + 300000, j) as "*" from (select j, (j->>'timestamp')::bigint as ms from e) order by ms`
	until6   = `select during(ms - 21600000, ms, j) as "*" from (select j, (j->>'timestamp')::bigint as ms from e) order by ms`
	until10  = `select during(ms - 36000000, ms, j) as "*" from (select j, (j->>'timestamp')::bigint as ms from e) order by ms`
)

// counted are the reports that count rows from intervals of five minutes of a live API.
var counted = map[string]string{
	"rt_queuehealth": "wfm.chat_skill_interval", "rt_engactivity": "wfm.chat_skill_interval", "rt_agentactivity": "wfm.agent_interval",
	"ops_msgqueuehealth": "wfm.skill_interval", "ops_msgconversation": "wfm.skill_interval",
}

// What those say of answers that no row can be counted from: ones about a time without its intervals, which a
// run never asks for, and ones by longer intervals.
const (
	noIntervals = "the answer has no metricsByIntervals (give an answer by intervals, which was asked for with interval=5)"
	sixHours    = "intervals of the answer lie 6h0m0s apart, and 5m0s is how long those are that rows count (give an answer by intervals, which was asked for with interval=5)"
	tenHours    = "intervals of the answer lie 10h0m0s apart, and 5m0s is how long those are that rows count (give an answer by intervals, which was asked for with interval=5)"
)

// No run asks for chats of a time without its intervals, and its answer counts in no row by intervals. These are the
// records of an answer that says as much of each of the three intervals of a quarter of an hour, and of one
// that knows nothing of them.
const (
	forAQuarter  = `select during(1516276800000 + i * 300000, 1516277100000 + i * 300000, json_object('metricsData', j))::varchar as record from e, range(3) r(i)`
	idle         = `select during(1516276800000 + i * 300000, 1516277100000 + i * 300000, '{"metricsData":{}}'::json)::varchar as record from range(3) r(i)`
	theirQuarter = "2018-01-18T12:00:00Z/2018-01-18T12:15:00Z"
)

// snapshotRows are those of wfm.agent_snapshot.
const snapshotRows = `select j->>'agentId' as agent_id, '2018-01-18T12:14:07.000Z' as snapshot_at, j->>'agentLoginName' as agent_login, j->>'agentName' as agent_name,
	j->>'currentStatus' as status, moment(j->'currentStatusStartTimeL') as status_since, (j->>'currentStatusDuration')::bigint as status_ms,
	(j->>'load')::double as load_pct, (j->>'configuredMaxSlots')::int as max_slots, (j->>'busySlots')::int as busy_slots,
	(j->>'openAssignedConversations')::int as open_assigned, j->>'$.agentSkills[*].skillId' as skill_ids from e order by 1`

// queueRows are those of wfm.queue_snapshot about chats; -1 is no data.
const queueRows = `select 'chat:' || s.key || ':1516277647000' as _row_key, 'chat' as channel, s.key as skill_id, nullif((s.value->>'currentQueueSize')::int, -1) as queue_size,
	nullif((s.value->>'currentAvailableSlots')::int, -1) as available_slots, nullif((s.value->>'currentMaxWaitTimeInQueue')::int, -1) as max_wait_ms,
	null as unassigned from e, json_each(e.j, '$.skills') s order by s.key`

// states are the ways of an answer of queuestate.
var states = []taken{
	{resource: "rt_queuestate", asked: asked, rows: map[string]string{"raw.rt.queuestate": now}},
	{resource: "queues_now", asked: asked, rows: map[string]string{"wfm.queue_snapshot": queueRows}},
}

// notCounted is an answer of a live API that has but its raw report; the one that counts intervals says why.
func notCounted(resource, report, elements, asked, rows, why string) []taken {
	ways := of(resource, report, elements, asked, rows)
	ways[0].refused = map[string]string{counted[resource]: why}
	return ways
}

// of is an answer of a live API that has but its raw report.
func of(resource, report, elements, asked, rows string) []taken {
	return []taken{{resource: resource, elements: elements, asked: asked, rows: map[string]string{report: rows}}}
}

// chatQuarter are the ways of an answer about chats: as the API's raw report, and three times
// in wfm.chat_skill_interval with such rows.
func chatQuarter(resource, report, beside, rows string) []taken {
	return append(notCounted(resource, report, "", askedFive, forFive, noIntervals), taken{
		resource: resource, records: forAQuarter, window: theirQuarter, beside: beside,
		rows: map[string]string{"wfm.chat_skill_interval": rows},
	})
}

// engagementRows are those of chatQuarter of an answer of engactivity.
const engagementRows = `select s.key as skill_id, 3 * (m->>'totalInteractiveChats')::int as handled_interactive, 3 * (m->>'totalNonInteractiveChats')::int as handled_noninteractive,
	3 * (m->>'totalHandlingTime')::int as handle_s, 3 * (m->>'nonInteractiveTotalHandlingTime')::int as handle_noninteractive_s,
	(m->>'totalHandlingTime')::double / (m->>'totalInteractiveChats')::int as aht_s
	from (select key, value->'metricsTotals' as m from e, json_each(e.j, '$.skillsMetricsPerAgent.metricsPerSkill')) s order by 1`

// publishedTable has the reports of every other answer.
var publishedTable = map[string][]taken{
	"agentgroups-entity": {{resource: "agent_groups", rows: map[string]string{
		"cfg.agent_groups": `select j->>'id' as group_id, (j->>'deleted')::boolean as is_deleted, j->>'name' as name, j->>'description' as description,
			j->>'parentGroupId' as parent_group_id, (j->>'isEnabled')::boolean as is_enabled, 0 as members_count, [] as managers from e`,
	}}},
	"lobs-entity": {{resource: "lobs", rows: map[string]string{
		"cfg.lobs": `select j->>'id' as lob_id, (j->>'deleted')::boolean as is_deleted, j->>'name' as name, null as description, dated(j->>'dateUpdated') as updated_at from e`,
	}}},
	"profiles-entity": {{resource: "profiles", rows: map[string]string{
		"cfg.profiles": `select j->>'id' as profile_id, (j->>'deleted')::boolean as is_deleted, j->>'name' as name, nullif(j->>'description', '') as description,
			(j->>'roleTypeId')::int as role_type_code, 'admin' as role_type, (j->>'isAssignedToLPA')::boolean as is_assigned_to_lpa,
			json_array_length(j->'permissions') as permissions_count, dated(j->>'dateUpdated') as updated_at from e`,
		"cfg.profile_permissions": `select j->>'id' as profile_id, j->>'name' as profile_name, p->>'id' as package_id, (p->>'isEnabled')::boolean as is_enabled,
			(p->>'isDisplayed')::boolean as is_displayed, p->>'$.featureKeys[*]' as feature_keys from e, unnest(j->'$.permissionPackages[*]') x(p) order by 3`,
	}}},
	"skills-entity": {{resource: "skills", rows: map[string]string{
		"cfg.skills": `select j->>'id' as skill_id, (j->>'deleted')::boolean as is_deleted, j->>'name' as name, j->>'description' as description, (j->>'skillOrder')::int as skill_order,
			(j->>'maxWaitTime')::int as max_wait_s, (j->>'canTransfer')::boolean as can_transfer, j->>'$.skillTransferList[*]' as transfer_skill_ids,
			j->>'$.lobIds[*]' as lob_ids, j->>'workingHoursId' as working_hours_id, j->>'specialOccasionId' as special_occasion_id,
			json_array_length(j->'skillRoutingConfiguration') as routing_groups_count, dated(j->>'dateUpdated') as updated_at from e`,
		"cfg.skill_routing": `select j->>'id' as skill_id, j->>'name' as skill_name, r->>'agentGroupId' as agent_group_id, (r->>'priority')::int as priority,
			(r->>'splitPercentage')::int as split_percentage from e, unnest(j->'$.skillRoutingConfiguration[*]') x(r) order by 4`,
	}}},
	"status-reasons": {{resource: "status_reasons", elements: "$[*]", rows: map[string]string{
		"cfg.status_reasons": `select j->>'id' as reason_id, (j->>'deleted')::boolean as is_deleted, (j->>'enabled')::boolean as is_enabled, j->>'state' as state,
			j->>'text' as text from e order by 1`,
	}}},
	"users-entity": {{resource: "users", rows: map[string]string{
		"cfg.users": `select j->>'id' as user_id, (j->>'deleted')::boolean as is_deleted, j->>'loginName' as login_name, nullif(j->>'fullName', '') as full_name, j->>'nickname' as nickname,
			j->>'email' as email, (j->>'userTypeId')::int as user_type_code, 'human' as user_type, (j->>'isEnabled')::boolean as is_enabled, (j->>'disabledManually')::boolean as disabled_manually,
			(j->>'maxChats')::int as max_chats, (j->>'maxAsyncChats')::int as max_async_chats, j->>'$.profileIds[*]' as profile_ids, j->>'$.skillIds[*]' as skill_ids,
			j->>'$.lobIds[*]' as lob_ids, j->>'$.memberOf.agentGroupId' as member_of_group_id, dated(j->>'$.memberOf.assignmentDate') as member_since,
			j->>'$.managerOf[*].agentGroupId' as manager_of_group_ids, j->>'description' as description, null as updated_at from e`,
		"cfg.user_skills": `select j->>'id' as user_id, j->>'loginName' as login_name, (j->>'isEnabled')::boolean as is_enabled, s as skill_id, null as skill_name,
			(j->>'deleted')::boolean as user_deleted from e, unnest(j->>'$.skillIds[*]') x(s) order by 4`,
	}}},

	"agentmetrics-list": {{resource: "agentmetrics_status", elements: "$.agentStatusRecords[*]", asked: asked, rows: map[string]string{
		"raw.agentmetrics.status": now + ` order by j->>'agentId'`, "wfm.agent_snapshot": snapshotRows,
	}}},
	"agentmetrics-status": {{resource: "agentmetrics_status", elements: "$.agentStatusRecords[*]", asked: asked, rows: map[string]string{
		"raw.agentmetrics.status": now + ` order by j->>'agentId'`, "wfm.agent_snapshot": snapshotRows,
	}}},
	"agentmetrics-summary": of("agentmetrics_summary", "raw.agentmetrics.summary", "", asked, now),
	"kmm-agentview":        of("kmm_agent_view", "raw.kmm.agent_view", "$.agentViewRecords[*]", askedFive, forFive+` order by j->>'agentId'`),
	"kmm-metrics":          of("kmm_metrics", "raw.kmm.metrics", "$.groupBy.groups[*]", askedFive, forFive+` order by j->>'key'`),
	"nht-v2": {{
		resource: "net_handle_time", elements: "$.skillInfo[*]",
		rows: map[string]string{
			"raw.net_handle_time": `select (j->>'skillId')::bigint as "skillId", [m] as "metricsByIntervals" from e, unnest(j->'$.metricsByIntervals[*]') x(m) order by m->>'epochTimestamp'`,
		},
	}},
	"aht-agent-segments": {{resource: "handle_time", elements: "$.segments[*]", rows: map[string]string{
		"raw.handle_time": whole + ` order by (j->>'endTimeL')::bigint`,
		"agent.handle_time": `select j->>'segmentId' as segment_id, j->>'conversationId' as conversation_id, j->>'agentId' as agent_id, j->>'employeeId' as employee_id, j->>'skillId' as skill_id,
			j->>'groupId' as group_id, moment(j->'startTimeL') as started_at, moment(j->'endTimeL') as ended_at, (j->>'endTimeL')::bigint - (j->>'startTimeL')::bigint as segment_ms,
			j->>'endReason' as end_reason, (j->>'totalHandleTimeMillis')::bigint as handle_time_ms,
			(j->>'totalHandleTimeMillis')::double / ((j->>'endTimeL')::bigint - (j->>'startTimeL')::bigint) as handle_ratio from e order by (j->>'endTimeL')::bigint`,
	}}},

	"msgops-agentsegments":                of("ops_msgagentsegments", "raw.ops.msgagentsegments", "", askedFive, forFive),
	"msgops-agentsegments-interval-first": of("ops_msgagentsegments", "raw.ops.msgagentsegments", "$.metricsByIntervals[*]", asked, fromFive),
	"msgops-conversation":                 notCounted("ops_msgconversation", "raw.ops.msgconversation", "", askedFive, forFive, noIntervals),
	"msgops-ewt":                          of("ops_msgewt", "raw.ops.msgewt", "$.estimatedWaitTimeResponse[*]", asked, now+` order by j->>'skillId'`),
	"msgops-queuehealth":                  notCounted("ops_msgqueuehealth", "raw.ops.msgqueuehealth", "", askedFive, forFive, noIntervals),
	"msgops-skillsegments":                of("ops_msgskillsegments", "raw.ops.msgskillsegments", "", askedFive, forFive),
	"msgops-skillsegments-interval":       of("ops_msgskillsegments", "raw.ops.msgskillsegments", "$.metricsByIntervals[*]", askedHour, fromHour),
	"msgops-queuehealth-current": {
		{resource: "ops_msgqueuehealth_current", asked: asked, rows: map[string]string{"raw.ops.msgqueuehealth_current": now}},
		{
			resource: "queues_now",
			asked:    asked,
			rows: map[string]string{
				"wfm.queue_snapshot": `select 'messaging' as channel, s.key as skill_id, (s.value->>'unassignedConversations')::int as unassigned, (s.value->>'actionableConversations')::int as actionable,
					(s.value->>'notActionableConversations')::int as not_actionable, (s.value->>'actionableAndDuringTransfer')::int as actionable_transfer,
					(s.value->>'actionableAndManualSla')::int as actionable_manual_sla, (s.value->>'actionableAndConsumerLastMessage')::int as actionable_consumer_last,
					(s.value->>'avgWaitTimeForAgentAssignment_NewConversation')::double as wait_new_avg_ms, (s.value->>'avgWaitTimeForAgentAssignment_AfterTransfer')::double as wait_transfer_avg_ms,
					(s.value->>'maxWaitTimeForAgentAssignment')::double as wait_max_ms, (s.value->>'waitTimeForAgentAssignment_50thPercentile')::double as wait_p50_ms,
					(s.value->>'waitTimeForAgentAssignment_90thPercentile')::double as wait_p90_ms, null as queue_size
					from e, json_each(e.j, '$.skillsMetrics') s order by s.key`,
			},
		},
	},

	"oprt-agentactivity":                     notCounted("rt_agentactivity", "raw.rt.agentactivity", "", askedFive, forFive, noIntervals),
	"oprt-engactivity-account":               notCounted("rt_engactivity", "raw.rt.engactivity", "", askedFive, forFive, noIntervals),
	"oprt-engactivity-account-interval":      notCounted("rt_engactivity", "raw.rt.engactivity", "$.metricsByIntervals[*]", asked10, until10, tenHours),
	"oprt-engactivity-agent-interval":        notCounted("rt_engactivity", "raw.rt.engactivity", "$.metricsByIntervals[*]", asked10, until10, tenHours),
	"oprt-engactivity-skill-interval-nodata": notCounted("rt_engactivity", "raw.rt.engactivity", "$.metricsByIntervals[*]", asked10, until10, tenHours),
	"oprt-engactivity-nodata":                chatQuarter("rt_engactivity", "raw.rt.engactivity", "rt_queuehealth", engagementRows),
	"oprt-engactivity-skill":                 chatQuarter("rt_engactivity", "raw.rt.engactivity", "rt_queuehealth", engagementRows),
	"oprt-engactivity-skills-all-agent":      chatQuarter("rt_engactivity", "raw.rt.engactivity", "rt_queuehealth", engagementRows),
	"oprt-queuehealth-interval":              notCounted("rt_queuehealth", "raw.rt.queuehealth", "$.metricsByIntervals[*]", asked6, until6, sixHours),
	"oprt-queuehealth-by-skill":              chatQuarter("rt_queuehealth", "raw.rt.queuehealth", "rt_engactivity", queueHealthRows),
	"oprt-queuestate-v1":                     states,
	"oprt-queuestate-v2":                     states,
	"oprt-queuestate-v2-missing-skill":       states,
	"oprt-sla": {
		{resource: "rt_sla", asked: askedSLA, rows: map[string]string{
			"raw.rt.sla": `select '2016-06-07T08:03:10.000Z' as interval_start, '2016-06-07T08:34:10.000Z' as interval_end, j as response from e`,
		}},
		{
			resource: "rt_sla_by_skill", window: "2016-06-07T08:00:00Z/2016-06-07T08:30:00Z",
			asked: `--requested-at 2016-06-07T08:34:10Z --param skill_ids=["7"]`,
			rows: map[string]string{
				"wfm.sla_histogram": `select '7' as skill_id, r.edge as bucket_s, lead(r.edge) over (order by r.edge) as bucket_to_s, 0 as chats, null as pct,
					(b.value->>'chats')::int as live_chats, '2016-06-07T08:00:00.000Z' as live_from, '2016-06-07T08:34:10.000Z' as live_to
					from (select unnest([0, 15, 30, 45, 60, 90, 120]) as edge) r left join (select key::int as edge, lead(key::int) over (order by key::int) as upto, value
						from e, json_each(e.j, '$.slaDataRange')) b on b.edge = r.edge and b.upto = case r.edge when 0 then 15 when 30 then 45 end order by 2`,
			},
		},
	},

	"enghist-search-1": publishedChat,
	"msgint-search":    publishedConversationRows,
}

// queueHealthRows are those of chatQuarter of an answer of queuehealth.
const queueHealthRows = `select s.key as skill_id, 3 * (m->>'enteredQEng')::int as offered, 3 * (m->>'connectedEng')::int as connected, 3 * (m->>'abandonedEng')::int as abandoned,
	(m->>'abandonedEng')::double / ((m->>'abandonedEng')::int + (m->>'connectedEng')::int) as abandon_rate, 3 * (m->>'totalTimeToAnswer')::int as answer_total_s,
	(m->>'totalTimeToAnswer')::double / (m->>'connectedEng')::int as answer_avg_s, 3 * (m->>'totalTimeToAbandon')::int as abandon_total_s,
	(m->>'totalTimeToAbandon')::double / (m->>'abandonedEng')::int as abandon_avg_s, (m->>'maxQueueSize')::int as queue_max, (m->>'minQueueSize')::int as queue_min,
	(m->>'queueSizeSum')::double / (m->>'queueSizeCount')::int as queue_avg, (m->>'maxAvailableSlots')::int as slots_max, (m->>'minAvailableSlots')::int as slots_min,
	(m->>'availableSlotsSum')::double / (m->>'availableSlotsCount')::int as slots_avg
	from (select key, value as m from e, json_each(e.j, '$.skillsMetrics')) s order by 1`
