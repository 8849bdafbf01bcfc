"""Write msg.messages as CSV from a file of conversation records, one JSON object a line.

A plain script with the json and csv modules, as somebody would write it who needs this
file and has no transporter. It restates docs/reports from the rules, not from the Go
code: the tests compare its output byte for byte, the benchmark compares the time.

usage: rival.py RECORDS.jsonl OUT.csv [SKILLS.jsonl]
"""
import csv
import json
import sys
from datetime import datetime, timezone

HEADER = """_row_key account_id conversation_id dialog_id dialog_type message_id seq sent_at message_type
audience sent_by sender_kind participant_id sender_name sender_login sender_group_id skill_id skill_name text
text_length rich_content quick_replies file_path file_type file_caption link_url form_id form_name
form_invitation_id form_submission_id other_data turn_index is_first_in_turn response_time_ms mcs_at_message
message_raw_score accepted_at read_at bot_intent_id bot_intent_name bot_intent_confidence
bot_external_conversation_id action_reason intent_label""".split()

NOTHING = {"", "undefined", "null", "NA", None}
KIND = {"0": "system", "1": "human", "2": "bot"}


def clean(value):
    return None if value in NOTHING else value


def stamp(ms):
    if ms is None:
        return None
    moment = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def embedded(data, key):
    content = (data.get(key) or {}).get("content")
    if content is None:
        return None
    try:
        return compact(json.loads(content))
    except ValueError:
        return content


def anywhere(data, key):
    for part in data.values():
        if isinstance(part, dict) and part.get(key) is not None:
            return part[key]
    return None


def first_by(records, key):
    found = {}
    for record in records:
        found.setdefault(record.get(key), record)
    return found


class Skills:
    """Which skill the conversation had at a moment, by replay of what changed it."""

    def __init__(self, record, names, dialogs):
        self.names = {}
        changes = []
        for change in (record.get("skillChanges") or []) + (record.get("transfers") or []):
            if not in_main(change.get("dialogId"), dialogs):
                continue
            source = pick(change, "sourceSkillId", "prevSkillId", "oldSkillId")
            target = pick(change, "targetSkillId", "newSkillId", "skillId")
            self.learn(source, pick(change, "sourceSkillName", "prevSkillName", "oldSkillName"))
            self.learn(target, pick(change, "targetSkillName", "newSkillName", "skillName"))
            changes.append((int(change["timeL"]), source, target))
        changes.sort(key=lambda change: change[0])
        info = record["info"]
        self.changes = [(at, target) for at, _, target in changes if target is not None]
        self.first = next((s if s is not None else t for _, s, t in changes if s is not None or t is not None),
                          clean(info.get("latestSkillId")))
        self.learn(clean(info.get("latestSkillId")), clean(info.get("latestSkillName")))
        for dialog in record.get("dialogs") or []:
            self.learn(clean(dialog.get("skillId")), clean(dialog.get("skillName")))
        self.account = names

    def learn(self, skill, name):
        if skill is not None and name is not None:
            self.names.setdefault(str(skill), name)

    def at(self, ms):
        current = self.first
        for at, target in self.changes:
            if at > ms:
                break
            current = target
        return None if current is None else str(current)

    def name(self, skill):
        if skill is None:
            return None
        name = self.names.get(skill) or self.account.get(skill)
        return "Unassigned" if name is None and skill == "-1" else name


def pick(record, *keys):
    for key in keys:
        value = clean(record.get(key))
        if value is not None:
            return value
    return None


def in_main(dialog_id, dialogs):
    dialog = dialogs.get(clean(dialog_id))
    return dialog is None or clean(dialog.get("dialogType")) in (None, "MAIN")


def turns(messages, kinds, dialogs):
    """Number the turns; return message → (turn, first in turn, response time)."""
    numbered = {}
    side = began = before = None
    turn = 0
    for message in messages:
        kind = kinds[id(message)]
        if kind == "system" or (clean(message.get("audience")) or "ALL") != "ALL":
            continue
        if not in_main(message.get("dialogId"), dialogs):
            continue
        now = "consumer" if kind == "consumer" else "agent"
        first = now != side
        response = None
        if first:
            turn += 1
            before, began, side = began, message["timeL"], now
            if now == "agent" and turn > 1:
                response = began - before
        numbered[id(message)] = (turn, first, response)
    return numbered


def statuses(record, agents):
    """First ACCEPT and READ of each message, by the side that sent the status."""
    first = {}
    for status in record.get("messageStatuses") or []:
        if status.get("participantType"):
            side = "consumer" if status["participantType"].lower() == "consumer" else "agent"
        else:
            side = "agent" if status.get("participantId") in agents else "consumer"
        key = (status["messageId"], status["messageDeliveryStatus"], side)
        if key not in first or status["timeL"] < first[key]:
            first[key] = status["timeL"]
    return first


def metadata(message):
    bot = intent = external = reason = None
    for part in (message.get("contextData") or {}).get("structuredMetadata") or []:
        response = part.get("botResponse") or {}
        if intent is None and response.get("intents"):
            intent = response["intents"][0]
        external = external if external is not None else response.get("externalConversationId")
        reason = reason if reason is not None else (part.get("actionReason") or {}).get("reason")
    return intent or {}, external, reason


def rows(record, skill_names):
    info = record["info"]
    conversation = info["conversationId"]
    dialogs = first_by(record.get("dialogs") or [], "dialogId")
    agents = first_by(record.get("agentParticipants") or [], "agentId")
    scores = first_by(record.get("messageScores") or [], "messageId")
    intents = first_by(record.get("intents") or [], "messageId")
    seen = statuses(record, agents)
    skills = Skills(record, skill_names, dialogs)
    messages = sorted(record.get("messageRecords") or [], key=lambda m: (m["timeL"], int(m.get("seq") or 0), m["messageId"]))
    kinds = {}
    for message in messages:
        agent = agents.get(clean(message.get("participantId")))
        if (message.get("sentBy") or "").lower() == "consumer":
            kinds[id(message)] = "consumer"
        else:
            kinds[id(message)] = KIND.get(str(agent.get("userType")), "agent_unknown") if agent else "agent_unknown"
    numbered = turns(messages, kinds, dialogs)
    for m in messages:
        kind = kinds[id(m)]
        if kind == "system":
            continue
        key = m["messageId"]
        agent = agents.get(clean(m.get("participantId"))) or {}
        data = m.get("messageData") or {}
        text = (data.get("msg") or {}).get("text")
        file = data.get("file") or {}
        other = {k: v for k, v in data.items() if k not in ("msg", "richContent", "quickReplies", "file")}
        skill = skills.at(m["timeL"])
        turn, first, response = numbered.get(id(m), (None, None, None))
        score = scores.get(key) or {}
        mcs = score.get("mcs")
        intent, external, reason = metadata(m)
        side = "agent" if kind == "consumer" else "consumer"
        dialog = dialogs.get(m.get("dialogId")) or {}
        yield (
            conversation + ":" + key, info["brandId"], conversation, clean(m.get("dialogId")),
            dialog.get("dialogType"), key, m.get("seq"), stamp(m["timeL"]), m.get("type"), m.get("audience"),
            m.get("sentBy"), kind, clean(m.get("participantId")), clean(agent.get("agentFullName")),
            clean(agent.get("agentLoginName")), clean(agent.get("agentGroupId")), skill, skills.name(skill), text,
            None if text is None else len(text), embedded(data, "richContent"), embedded(data, "quickReplies"),
            file.get("relativePath"), file.get("fileType"), file.get("caption"), anywhere(data, "externalFileLink"),
            anywhere(data, "formId"), anywhere(data, "formName"), anywhere(data, "invitationId"),
            anywhere(data, "submissionId"), compact(other) if other else None, turn,
            None if first is None else "true" if first else "false", response, None if mcs == -1 else mcs,
            score.get("messageRawScore"), stamp(seen.get((key, "ACCEPT", side))), stamp(seen.get((key, "READ", side))),
            intent.get("id"), intent.get("name"), intent.get("confidenceScore"), external, reason,
            ((intents.get(key) or {}).get("selectedClassification") or {}).get("intentLabel"),
        )


def main(source, target, skills=None):
    names = {}
    if skills:
        with open(skills, encoding="utf-8") as lines:
            names = {str(s["id"]): s["name"] for s in map(json.loads, lines)}
    with open(source, encoding="utf-8") as lines, open(target, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for line in lines:
            writer.writerows(rows(json.loads(line), names))


if __name__ == "__main__":
    main(*sys.argv[1:])
