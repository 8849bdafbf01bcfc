"""Restates msg.skill_segments from its rules; see docs of the report."""
from story import Story, clean, outcome, pair, pick, stamp, truth

HEADER = """_row_key account_id conversation_id skill_seq skill_id skill_name user_type started_at ended_at duration_ms
start_reason end_reason first_assigned_at wait_assignment_ms first_human_response_at wait_human_response_ms agents_count
messages_consumer messages_human messages_bot is_interactive is_abandoned is_abandoned_in_queue
is_nonresponsive_consumer is_nonresponsive_agent within_sl""".split()


def why(story, at, skill):
    for t in story.transfers:
        if t["timeL"] == at and str(pick(t, "targetSkillId", "newSkillId", "skillId")) == skill:
            return {"Agent": "agent_transfer_other_skill", "Skill": "skill_transfer"}.get(t["reason"], "other")
    return "other"


def cut(story):
    """[start, skill, why it started], each with another skill than the one before."""
    first = story.skills.first
    pieces = [[story.start, None if first is None else str(first), story.opening()]]
    for at, skill in story.skills.changes:
        if str(skill) != pieces[-1][1]:
            pieces.append([max(at, pieces[-1][0]), str(skill), why(story, at, str(skill))])
    return pieces


def rows(record, names, employees, params):
    story = Story(record, names)
    conversation, account = story.info["conversationId"], story.info["brandId"]
    pieces = cut(story)
    for i, (start, skill, begun) in enumerate(pieces):
        last = i + 1 == len(pieces)
        if not last:
            end, ended_by = pieces[i + 1][0], pieces[i + 1][2]
        elif story.closed:
            end, ended_by = max(story.end, start), story.close_reason()
        else:
            end = ended_by = None
        inside = story.within(start, end, last)
        assigned = [a for a in story.interactions if a["interactionTimeL"] >= start
                    and (end is None or a["interactionTimeL"] < end or last and a["interactionTimeL"] == end)]
        kinds = [story.kind(clean(a.get("assignedAgentId"))) for a in assigned]
        first = min((a["interactionTimeL"] for a in assigned), default=None)
        said = [story.sender(m) for m in inside]
        human = next((m["timeL"] for m in inside if story.sender(m) == "human"), None)
        agents = {clean(a.get("assignedAgentId")) for a in assigned} - {None}
        replied, abandoned, deaf, mute = outcome(inside, lambda m: story.sender(m) != "consumer",
                                                 lambda m: story.sender(m) == "consumer", ended_by)
        wait, limit = pair(human, start), params.get("sl_threshold_ms")
        yield (
            f"{conversation}:{i + 1}", account, conversation, i + 1, skill, story.skills.name(skill),
            "human" if "human" in kinds else "bot" if "bot" in kinds else "none", stamp(start), stamp(end), pair(end, start),
            begun, ended_by, stamp(first), pair(first, start), stamp(human), wait, len(agents),
            said.count("consumer"), said.count("human"), said.count("bot"), replied, abandoned,
            abandoned and truth(abandoned == "true" and not agents), deaf, mute,
            None if wait is None or limit is None else truth(wait <= limit),
        )
