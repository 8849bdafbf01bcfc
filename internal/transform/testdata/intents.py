"""Restates msg.intents from its rules; see docs of the report."""
from assignments import ending
from sections import Keys, shortest
from story import Story, clean, stamp

HEADER = """_row_key account_id conversation_id message_id message_at intent_id intent_label confidence model_names model_versions
candidates_count runner_up_label runner_up_confidence skill_id agent_id""".split()


def agent_at(story, at):
    """The agent of the last segment that was on at the moment."""
    found = None
    for i, mine in enumerate(story.interactions):
        end, _, closing = ending(story, i)
        if mine["interactionTimeL"] <= at and (end is None or at < end or closing and at == end):
            found = clean(mine.get("assignedAgentId"))
    return found


def rows(record, names, employees, params):
    story = Story(record, names)
    info = story.info
    keys = Keys(info["conversationId"])
    times = {}
    for m in record.get("messageRecords") or []:
        times.setdefault(m["messageId"], m["timeL"])
    for i in sorted(record.get("intents") or [], key=lambda i: i["messageId"]):
        at = times.get(i["messageId"])
        chosen, all_of = i.get("selectedClassification") or {}, i.get("allClassifications") or []
        versions = chosen.get("versions") or []
        rest = [k for k in all_of if chosen.get("intentName") is not None and k.get("intentName") != chosen["intentName"]]
        second = max(rest, key=lambda k: k["confidenceScore"]) if rest else {}
        yield (
            keys.of(i["messageId"]), info["brandId"], info["conversationId"], i["messageId"], stamp(at), clean(chosen.get("intentName")),
            chosen.get("intentLabel"), shortest(chosen.get("confidenceScore")), "|".join(v["modelName"] for v in versions),
            "|".join(v["modelVersion"] for v in versions), len(all_of), second.get("intentLabel"),
            shortest(second.get("confidenceScore")), None if at is None else story.skills.at(at), None if at is None else agent_at(story, at),
        )
