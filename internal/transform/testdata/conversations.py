"""Write msg.conversations as CSV from conversation records, one JSON object a line.

A restatement of the report's rules for the tests, written from the rules. It is slow
and plain on purpose.

usage: conversations.py RECORDS.jsonl OUT.csv [SKILLS.jsonl]
"""
import csv
import json
import sys

from rival import Skills, clean, first_by, in_main, stamp

KIND = {"0": "system", "1": "human", "2": "bot"}
ASSIGNED = {"ASSIGNED_AGENT", "ASSIGNED", "SUGGESTED_ASSIGNED_AGENT"}


def number(value, minus_one_is_null=True):
    value = clean(value)
    if value is None or (minus_one_is_null and int(value) == -1):
        return None
    return int(value)


def least(values):
    values = list(values)
    return min(values) if values else None


def average(values):
    return (2 * sum(values) + len(values)) // (2 * len(values)) if values else None


def minus(a, b):
    return None if a is None or b is None else a - b


def truth(value):
    return None if value is None else "true" if value else "false"


def survey_answers(record):
    found = {}
    for survey in record.get("conversationSurveys") or []:
        for answer in survey.get("surveyData") or []:
            if answer.get("isValidAnswer") is False or answer.get("answerId") == "InvalidAnswer":
                continue
            kind, text = answer["questionType"], str(answer["answer"])
            if kind == "csat" and text.isdigit() and 1 <= int(text) <= 5:
                found[kind] = int(text)
            if kind == "nps" and text.isdigit() and int(text) <= 10:
                found[kind] = int(text)
            if kind == "fcr" and text.lower() in ("yes", "no", "1", "0", "true", "false"):
                found[kind] = text.lower() in ("yes", "1", "true")
    return found


def segments(interactions, transfers, end):
    out = []
    for i, interaction in enumerate(interactions):
        start, agent = interaction["interactionTimeL"], clean(interaction.get("assignedAgentId"))
        ends = [] if end is None else [end]
        ends += [n["interactionTimeL"] for n in interactions[i + 1:i + 2]]
        ends += [t["timeL"] for t in transfers if t["timeL"] >= start and clean(t.get("sourceAgentId")) == agent][:1]
        if ends:
            out.append((agent, max(min(ends), start) - start))
    return out


def queue_wait(start, interactions, transfers):
    times = sorted(i["interactionTimeL"] for i in interactions)
    if not times:
        return None
    waiting, free_at = times[0] - start, times[0]
    for transfer in transfers:
        at = transfer["timeL"]
        if transfer.get("reason") in ("Skill", "back2Q", "SuggestedAgentTimeout") and at >= free_at:
            following = [t for t in times if t >= at]
            if following:
                waiting, free_at = waiting + following[0] - at, following[0]
    return waiting


def handled(kinds):
    kinds = [k for k in kinds if k in ("human", "bot")]
    runs = [k for i, k in enumerate(kinds) if i == 0 or kinds[i - 1] != k]
    if not runs:
        return "none"
    if len(runs) == 1:
        return runs[0] + "_only"
    return "_then_".join(runs) if len(runs) == 2 else "mixed"


def row(record, names):
    info = record["info"]
    monitoring, campaign = record.get("monitoring") or {}, record.get("campaign") or {}
    dialogs = first_by(record.get("dialogs") or [], "dialogId")
    participants = first_by(record.get("agentParticipants") or [], "agentId")

    def main(items):
        return [i for i in items or [] if in_main(i.get("dialogId"), dialogs)]

    def kind_of(agent):
        found = participants.get(agent)
        return KIND.get(str(found.get("userType")), "agent_unknown") if agent is not None and found else "agent_unknown"

    def sender(message):
        if message["sentBy"].lower() == "consumer":
            return "consumer"
        return kind_of(clean(message.get("participantId")))

    transfers = sorted(main(record.get("transfers")), key=lambda t: t["timeL"])
    interactions = sorted(main(record.get("interactions")), key=lambda i: (i["interactiveSequence"], i["interactionTimeL"]))
    messages = sorted(record.get("messageRecords") or [], key=lambda m: (m["timeL"], int(m["seq"]), m["messageId"]))
    visible = [m for m in main(messages) if (clean(m.get("audience")) or "ALL") == "ALL"]
    said = [(m["timeL"], sender(m)) for m in visible if sender(m) != "system"]
    sides = [(at, "consumer" if kind == "consumer" else "agent", kind) for at, kind in said]
    turns = [s for i, s in enumerate(sides) if i == 0 or sides[i - 1][1] != s[1]]
    answered = [(turns[i][0] - turns[i - 1][0], turns[i][2]) for i in range(1, len(turns)) if turns[i][1] == "agent"]
    replied = [turns[i][0] - turns[i - 1][0] for i in range(1, len(turns)) if turns[i][1] == "consumer"]

    is_open = info.get("status") == "OPEN"
    start = int(info["startTimeL"])
    end = number(info.get("conversationEndTimeL"))
    end = number(info.get("endTimeL")) if end is None else end

    def closed(value):
        return None if is_open else value

    skills = Skills(record, names, dialogs)
    path = [] if skills.first is None else [str(skills.first)]
    for _, skill in skills.changes:
        if str(skill) != path[-1]:
            path.append(str(skill))
    escalation = next((t for t in transfers if t["reason"] not in ("back2Q", "TakeOver")
                       and kind_of(clean(t.get("sourceAgentId"))) == "bot"), None)
    escalated = escalation and escalation["timeL"]
    reasons = [p["actionReason"]["reason"] for p in (escalation or {}).get("contextData", {}).get("structuredMetadata", [])
               if p.get("actionReason")]
    first_consumer = next((i for i, s in enumerate(sides) if s[1] == "consumer"), None)
    asked = None if first_consumer is None else sides[first_consumer][0]
    after = [] if first_consumer is None else sides[first_consumer + 1:]
    assigned = least(i["interactionTimeL"] for i in interactions)
    cut = segments(interactions, transfers, None if is_open else end)
    human_cut = [length for agent, length in cut if kind_of(agent) == "human"]
    assigned_ids = {clean(i.get("assignedAgentId")) for i in interactions}
    joined = {p["agentId"] for p in record.get("agentParticipants") or []
              if clean(p.get("permission")) and p["permission"] not in ASSIGNED and kind_of(p["agentId"]) != "system"}
    who = handled(kind for _, kind in said)
    abandoned = first_consumer == 0 and not any(s[1] == "agent" for s in after)
    in_queue = abandoned and info.get("closeReason") == "CONSUMER" and (assigned is None or end is not None and assigned >= end)
    first_agent = next((i for i, s in enumerate(sides) if s[1] == "agent"), None)
    interactive = first_agent is not None and any(s[1] == "consumer" for s in sides[first_agent + 1:])
    answers = survey_answers(record)
    csat = next((number(info.get(k)) for k in ("csat", "csatRate") if number(info.get(k)) is not None), answers.get("csat"))
    nps = answers.get("nps")
    surveys = record.get("conversationSurveys") or []
    consumer = (record.get("consumerParticipants") or [{}])[0]
    source = clean(info.get("source"))
    count = lambda reason: sum(t.get("reason") == reason for t in record.get("transfers") or [])
    said_by = lambda kind: sum(sender(m) == kind for m in visible)
    first_said = lambda test: next((at for at, kind in said if test(kind)), None)
    is_agent = lambda kind: kind != "consumer"
    is_human = lambda kind: kind == "human"
    next_after = lambda test: next((at for at, _, kind in after if test(kind)), None)
    first_from = lambda moment, test: None if moment is None else next((at for at, kind in said if at >= moment and test(kind)), None)
    first_skill = skills.at(start)

    return {
        "_row_key": info["conversationId"], "account_id": info["brandId"], "conversation_id": info["conversationId"],
        "status": info.get("status"), "source": source,
        "channel_family": source and {"SHARK": "web", "APP": "app"}.get(source, source.lower()),
        "device": clean(monitoring.get("device")) or clean(info.get("device")), "started_at": stamp(start),
        "ended_at": closed(stamp(end)), "duration_ms": closed(minus(end, start)), "source_duration": info.get("duration"),
        "close_reason": closed(clean(info.get("closeReason"))),
        "opened_by": sides[0][1] if sides else None, "first_skill_id": first_skill, "first_skill_name": skills.name(first_skill),
        "latest_skill_id": info["latestSkillId"], "latest_skill_name": clean(info.get("latestSkillName")),
        "skill_path": "|".join(path), "skills_count": len(set(path)),
        "agents_human_count": sum(kind_of(a) == "human" for a in assigned_ids),
        "agents_bot_count": sum(kind_of(a) == "bot" for a in assigned_ids), "agents_joined_count": len(joined),
        "handled_by": who, "is_bot_contained": closed(truth(who == "bot_only")), "escalated_at": stamp(escalated),
        "escalation_reason": reasons[0] if reasons else None, "transfers_total": len(record.get("transfers") or []),
        "transfers_skill": count("Skill"), "transfers_agent": count("Agent"), "transfers_back_to_queue": count("back2Q"),
        "transfers_agent_timeout": count("SuggestedAgentTimeout"), "takeovers": count("TakeOver"),
        "messages_total": len(visible), "messages_consumer": said_by("consumer"), "messages_human": said_by("human"),
        "messages_bot": said_by("bot"), "responses_agent": len(answered), "responses_consumer": len(replied),
        "first_consumer_message_at": stamp(asked), "first_agent_message_at": stamp(first_said(is_agent)),
        "first_human_message_at": stamp(first_said(is_human)), "first_assigned_at": stamp(assigned),
        "wait_first_assignment_ms": minus(assigned, start),
        "wait_first_agent_response_ms": minus(next_after(is_agent), asked),
        "wait_first_human_response_ms": minus(next_after(is_human), asked),
        "wait_human_after_escalation_ms": minus(first_from(escalated, is_human), escalated),
        "time_first_response_from_assignment_ms": minus(first_from(assigned, is_agent), assigned),
        "response_avg_ms": average([wait for wait, _ in answered]), "response_max_ms": max((w for w, _ in answered), default=None),
        "response_human_avg_ms": average([wait for wait, kind in answered if kind == "human"]),
        "consumer_response_avg_ms": average(replied), "queue_wait_total_ms": queue_wait(start, interactions, transfers),
        "assigned_total_ms": closed(sum(length for _, length in cut) if cut else None),
        "assigned_human_ms": closed(sum(human_cut) if human_cut else None), "is_interactive": truth(interactive),
        "is_abandoned": closed(truth(abandoned)), "is_abandoned_in_queue": closed(truth(in_queue)),
        "mcs": number(info.get("mcs")), "mcs_alert": info.get("alertedMCS"), "csat": csat, "nps": nps,
        "nps_class": None if nps is None else "promoter" if nps > 8 else "passive" if nps > 6 else "detractor",
        "fcr": truth(answers.get("fcr")), "survey_status": clean(surveys[-1]["surveyStatus"]) if surveys else None,
        "lob_id": clean(campaign.get("lobId")), "country_code": clean(monitoring.get("countryCode")), "ip_address": clean(monitoring.get("ipAddress")),
        "consumer_participant_id": clean(consumer.get("participantId")),
        "consumer_name": " ".join(filter(None, map(clean, (consumer.get("firstName"), consumer.get("lastName"))))),
        "consumer_email": clean(consumer.get("email")), "consumer_phone": clean(consumer.get("phone")),
        "summary_text": clean((record.get("summary") or {}).get("text")), "source_is_partial": truth(info.get("isPartial")),
    }


def main(source, target, skills):
    with open(skills, encoding="utf-8") as lines:
        names = {str(s["id"]): s["name"] for s in map(json.loads, lines)}
    with open(source, encoding="utf-8") as lines, open(target, "w", encoding="utf-8", newline="") as out:
        writer = None
        for line in lines:
            values = row(json.loads(line), names)
            if writer is None:
                writer = csv.DictWriter(out, values)
                writer.writeheader()
            writer.writerow(values)


if __name__ == "__main__":
    main(*sys.argv[1:])
