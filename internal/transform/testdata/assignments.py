"""Restates msg.assignments from its rules; see docs of the report."""
from story import CLOSED, ENDS, STARTS, Story, TO_QUEUE, clean, half_up, outcome, pair, pick, stamp

HEADER = """_row_key account_id conversation_id segment_seq dialog_id agent_id agent_login agent_nickname agent_name agent_type
agent_group_id agent_group_name employee_id skill_id skill_name assigned_at ended_at duration_ms start_reason end_reason
queue_wait_ms first_response_ms response_avg_ms messages_agent messages_consumer responses_agent is_interactive
is_abandoned is_nonresponsive_consumer is_nonresponsive_agent handle_time_ms mcs_start mcs_end""".split()


def start_reason(story, i):
    if i == 0:
        return story.opening()
    since, until = (story.interactions[k]["interactionTimeL"] for k in (i - 1, i))
    passed = [t for t in story.transfers if since <= t["timeL"] <= until]
    return STARTS.get(passed[-1]["reason"], "other") if passed else "other"


def ending(story, i):
    """(end, reason, whether the conversation's close is what ended it)."""
    mine = story.interactions[i]
    start, agent = mine["interactionTimeL"], clean(mine.get("assignedAgentId"))
    # at the same moment a transfer goes before an assignment, and that before the close
    candidates = []
    away = [t for t in story.transfers if t["timeL"] >= start and agent is not None and clean(t.get("sourceAgentId")) == agent]
    if away:
        candidates.append((away[0]["timeL"], 0))
    if i + 1 < len(story.interactions):
        candidates.append((story.interactions[i + 1]["interactionTimeL"], 1))
    if story.closed:
        candidates.append((story.end, 2))
    if not candidates:
        return None, None, False
    at, what = min(candidates)
    if what == 0:
        reason = ENDS.get(away[0]["reason"], "other")
    elif what == 1:
        reason = start_reason(story, i + 1).replace("taken_from_queue", "back_to_queue")
    else:
        reason = story.close_reason()
    return max(at, start), reason, what == 2


def group_of(story, agent, at):
    mine = [p for p in story.agents if agent is not None and clean(p.get("agentId")) == agent]
    dated = [p for p in mine if p.get("timeL") is not None and int(p["timeL"]) <= at]
    if dated:
        latest = max(int(p["timeL"]) for p in dated)
        return [p for p in dated if int(p["timeL"]) == latest][-1]
    return mine[0] if mine else {}


def score(story, at):
    scores = {}
    for s in story.record.get("messageScores") or []:
        scores.setdefault(s["messageId"], s["mcs"])
    passed = [scores[m["messageId"]] for m in story.messages if m["timeL"] <= at and m["messageId"] in scores]
    return None if not passed or passed[-1] == -1 else passed[-1]


def handle_times(story, measured):
    """What was measured of each segment: every measure goes to the segment that ended nearest."""
    ends = [(i, ending(story, i)[0], clean(mine.get("assignedAgentId"))) for i, mine in enumerate(story.interactions)]
    nearest = {}
    for m in measured:
        if m["conversationId"] != story.info["conversationId"] or m.get("totalHandleTimeMillis") is None:
            continue
        own = [(abs(end - m["endTimeL"]), i) for i, end, agent in ends if end is not None and agent == str(m["agentId"])]
        if own:
            away, i = min(own)
            nearest.setdefault(i, []).append((away, m["endTimeL"], m["totalHandleTimeMillis"]))
    return {i: min(found)[2] for i, found in nearest.items()}


def rows(record, names, employees, params):
    story = Story(record, names)
    took = handle_times(story, params["measured"]) if params.get("handle_time") else {}
    conversation, account = story.info["conversationId"], story.info["brandId"]
    for i, mine in enumerate(story.interactions):
        start, agent = mine["interactionTimeL"], clean(mine.get("assignedAgentId"))
        begun = start_reason(story, i)
        end, ended_by, closing = ending(story, i)
        inside = story.within(start, end, closing)
        own = [m for m in inside if agent is not None and story.writer(m) == agent]
        waits = [m["timeL"] - max(before["timeL"], start) for m, before in story.turns()
                 if before is not None and any(m is o for o in own)]
        if i == 0:
            queued = story.start
        else:
            since = story.interactions[i - 1]["interactionTimeL"]
            queued = next((t["timeL"] for t in story.transfers if t["reason"] in TO_QUEUE and since <= t["timeL"] <= start), None)
        group = group_of(story, agent, start)
        skill = story.skills.at(start)
        yield (
            f"{conversation}:{i + 1}", account, conversation, i + 1, clean(mine.get("dialogId")), agent,
            pick(mine, "assignedAgentLoginName", "agentLoginName"), pick(mine, "assignedAgentNickname", "agentNickname"),
            pick(mine, "assignedAgentFullName", "agentFullName"), story.kind(agent), clean(group.get("agentGroupId")),
            clean(group.get("agentGroupName")), clean(employees.get(agent)), skill, story.skills.name(skill), stamp(start), stamp(end),
            pair(end, start), begun, ended_by, pair(start, queued),
            own[0]["timeL"] - start if own and begun not in ("takeover", "resume") else None, half_up(waits),
            len(own), sum(story.sender(m) == "consumer" for m in inside), len(waits),
            *outcome(inside, lambda m: any(m is o for o in own), lambda m: story.sender(m) == "consumer", ended_by),
            took.get(i), score(story, start), None if end is None else score(story, end),
        )
