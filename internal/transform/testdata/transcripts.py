"""Restates msg.transcripts from its rules; see docs of the report."""
from story import Story, clean, moment, pair, stamp, truth

HEADER = """_row_key account_id conversation_id status full_dialog_status source started_at ended_at full_dialog_ended_at
duration_ms first_skill_id first_skill_name latest_skill_id latest_skill_name latest_agent_id latest_agent_login
latest_agent_name transcript transcript_consumer transcript_agent message_count has_files has_rich_content
has_secure_form transcript_truncated""".split()


def line(story, message, params):
    who = story.sender(message)
    if who == "consumer":
        known = [p for p in story.record.get("consumerParticipants") or [] if p["participantId"] == message["participantId"]]
        name = clean(known[0].get("consumerName")) if known and params.get("consumer_names") else None
    else:
        name = clean((story.agent_by_id.get(clean(message.get("participantId"))) or {}).get("agentFullName"))
    text = (message["messageData"].get("msg") or {}).get("text") or ""
    return f"[{stamp(message['timeL'])}] {who}{'/' + name if name else ''}: {text}"


def rows(record, names, employees, params):
    story = Story(record, names)
    info = story.info
    messages = [m for m in story.main(story.messages) if params.get("include_system_messages") or story.sender(m) != "system"]
    mine = [m for m in messages if story.sender(m) == "consumer"]
    theirs = [m for m in messages if story.sender(m) != "consumer"]
    types = {m.get("type") for m in messages}
    is_open, full = info.get("status") == "OPEN", clean(info.get("fullDialogStatus")) or clean(info.get("status"))
    first = story.skills.at(story.start)
    yield (
        info["conversationId"], info["brandId"], info["conversationId"], info.get("status"), info.get("fullDialogStatus"),
        clean(info.get("source")), stamp(story.start), None if is_open else stamp(story.end),
        None if full == "OPEN" else stamp(moment(info.get("fullDialogEndTimeL"))), None if is_open else pair(story.end, story.start),
        first, story.skills.name(first), clean(info.get("latestSkillId")), clean(info.get("latestSkillName")),
        clean(info.get("latestAgentId")), clean(info.get("latestAgentLoginName")), clean(info.get("latestAgentFullName")),
        *("|".join(line(story, m, params) for m in some) for some in (messages, mine, theirs)), len(messages),
        truth("HOSTED_FILE" in types), truth("RICH_CONTENT" in types),
        truth(bool(types & {"SECURE_FORM_INVITATION", "SECURE_FORM_SUBMIT"})), "false",
    )
