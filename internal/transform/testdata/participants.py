"""Restates msg.participants from its rules; see docs of the report."""
from story import Story, clean, stamp

HEADER = """_row_key account_id conversation_id dialog_id agent_id agent_login agent_nickname agent_name agent_deleted user_type
user_type_name role permission agent_group_id agent_group_name joined_at left_at participation_ms messages_sent""".split()


def rows(record, names, employees, params):
    story = Story(record, names)
    conversation, account = story.info["conversationId"], story.info["brandId"]
    seen = {}
    for p in sorted(story.agents, key=lambda p: (int(p["timeL"]), int(p["agentId"]))):
        agent, joined = p["agentId"], int(p["timeL"])
        left = min((int(q["timeL"]) for q in record.get("agentParticipantsLeave") or []
                    if q["agentId"] == agent and int(q["timeL"]) >= joined), default=None)
        until = left if left is not None else story.end if story.closed else None
        lasted = None if until is None or until < joined else until - joined
        sent = sum(story.writer(m) == agent and joined <= m["timeL"] <= (left if left is not None else m["timeL"])
                   for m in story.messages)
        key = f"{conversation}:{agent}:{joined}"
        seen[key] = seen.get(key, 0) + 1
        yield (
            key if seen[key] == 1 else f"{key}:{seen[key]}", account, conversation, clean(p.get("dialogId")), agent,
            clean(p.get("agentLoginName")), clean(p.get("agentNickname")), clean(p.get("agentFullName")),
            {True: "true", False: "false"}.get(p.get("agentDeleted")), p.get("userType"), p.get("userTypeName"), p.get("role"),
            p.get("permission"), clean(p.get("agentGroupId")), clean(p.get("agentGroupName")), stamp(joined), stamp(left),
            lasted, sent,
        )
