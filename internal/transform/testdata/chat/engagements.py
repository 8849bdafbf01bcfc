"""Restates chat.engagements from its rules; see docs of the report."""
from chat.plain import clean, key, stamp, talk, truth, unless_minus_one, waits, whole

HEADER = """_row_key account_id engagement_id engagement_rt_id engagement_set engagement_sequence visitor_id visitor_name requested_at
started_at ended_at duration_ms source_duration_s queue_wait_ms start_reason_code start_reason end_reason_code end_reason ended_by
is_transfer_in is_transfer_out is_interactive agent_id agent_nickname agent_login agent_name agent_deleted group_id group_name
skill_id skill_name channel has_pre_survey has_post_survey has_agent_survey lines_visitor lines_agent lines_system
first_agent_line_at first_visitor_line_at first_response_ms response_avg_ms canned_lines canned_lines_edited mcs mcs_alert
campaign_id campaign_name engagement_def_id engagement_def_name goal_id goal_name visitor_behavior_id visitor_behavior_name
visitor_profile_id visitor_profile_name lob_id lob_name start_page_url start_page_title country country_code state city isp org
device ip_address browser operating_system cobrowse_sessions cobrowse_interactive_sessions cobrowse_ms is_enriched
source_is_partial""".split()

ENDED_BY = {"201": "agent", "202": "agent", "205": "visitor", "208": "visitor", "210": "visitor", "101": "transfer", "106": "transfer"}


def first(values):
    return next((v for v in values if clean(v) is not None), None)


def less(a, b):
    return None if a is None or b is None else a - b


def rows(record, names, employees, params):
    i, campaign, visitor = record["info"], record.get("campaign") or {}, record.get("visitorInfo") or {}
    lines = (record.get("transcript") or {}).get("lines") or []
    said = talk(lines)
    sessions = (record.get("coBrowseSessions") or {}).get("coBrowseSessionsList") or []
    requested, start, end = (unless_minus_one(i.get(k)) for k in ("chatRequestedTimeL", "startTimeL", "endTimeL"))
    began, ended = clean(i.get("startReason")), clean(i.get("endReason"))
    agent = [int(line["timeL"]) for line in said if line["source"] == "agent"]
    asked = [n for n, line in enumerate(said) if line["source"] == "visitor"]
    answer = next((int(line["timeL"]) for line in said[asked[0]:] if line["source"] == "agent"), None) if asked else None
    first_asked = int(said[asked[0]]["timeL"]) if asked else None
    took = list(waits(lines).values())
    canned = [int(line.get("cannedAnswerType") or 0) for line in lines]
    counts = [sum(line.get("source") == s for line in lines) for s in ("visitor", "agent", "system")]
    interactive = sum(str(s.get("interactive")) == "True" or str(s.get("isInteractive")) == "True" for s in sessions)
    named = [clean(campaign.get(k + part)) for k in ("campaign", "campaignEngagement", "goal", "visitorBehavior", "visitorProfile", "lob")
             for part in ("Id", "Name")]
    eid, seq = i["engagementId"], whole(i.get("engagementSequence"))
    yield (
        key(eid, seq), i["accountId"], eid, eid.removeprefix(i["accountId"]), whole(i.get("engagementSet")), seq,
        clean(i.get("visitorId")), clean(i.get("visitorName")), stamp(requested), stamp(start), stamp(end), less(end, start),
        whole(i.get("duration")), less(start, requested), began, i.get("startReasonDesc"), ended, i.get("endReasonDesc"),
        None if ended is None else ENDED_BY.get(str(ended), "other"),
        None if began is None else truth(str(began) in ("1", "6", "8")), None if ended is None else truth(str(ended) in ("101", "106")),
        truth(i.get("isInteractive")), clean(i.get("agentId")), first((i.get("agentNickName"), i.get("agentName"))),
        clean(i.get("agentLoginName")), clean(i.get("agentFullName")), truth(i.get("agentDeleted")), clean(i.get("agentGroupId")),
        clean(i.get("agentGroupName")), clean(i.get("skillId")), clean(i.get("skillName")), whole(i.get("channel")),
        truth(i.get("isPreChatSurvey")), truth(i.get("isPostChatSurvey")), truth(i.get("isAgentSurvey")), *counts,
        stamp(agent[0] if agent else None), stamp(first_asked), less(answer, first_asked),
        (2 * sum(took) + len(took)) // (2 * len(took)) if took else None, sum(c != 0 for c in canned), sum(c < 0 for c in canned),
        unless_minus_one(i.get("chatMCS")), first((i.get("alertedMCS"), i.get("mcs"))), *named,
        clean(i.get("chatStartUrl")), clean(i.get("chatStartPage")),
        *(clean(visitor.get(k)) for k in ("country", "countryCode", "state", "city", "isp", "org", "device", "ipAddress", "browser",
                                          "operatingSystem")),
        len(sessions), interactive, sum(max(int(s.get("duration") or 0), 0) for s in sessions),
        truth(i.get("chatDataEnriched")), truth(i.get("isPartial")),
    )
