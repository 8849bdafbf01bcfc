"""Restates msg.transfers from its rules; see docs of the report."""
from rival import compact
from story import Story, clean, pair, stamp, truth

HEADER = """_row_key account_id conversation_id transfer_seq transferred_at dialog_id reason transferred_by_id source_agent_id
source_agent_login source_agent_nickname source_agent_name source_agent_type source_skill_id source_skill_name
target_agent_id target_agent_login target_agent_nickname target_agent_name target_skill_id target_skill_name
next_assigned_agent_id next_assigned_at wait_after_transfer_ms is_bot_escalation context_reason context""".split()


def rows(record, names, employees, params):
    story = Story(record, names)
    conversation, account = story.info["conversationId"], story.info["brandId"]
    escalation = next((t for t in story.transfers if t["reason"] not in ("back2Q", "TakeOver")
                       and story.kind(clean(t.get("sourceAgentId"))) == "bot"), None)
    for seq, t in enumerate(sorted(record.get("transfers") or [], key=lambda t: t["timeL"]), 1):
        following = story.next_assignment(t["timeL"])
        at = following and following["interactionTimeL"]
        context = t.get("contextData")
        reasons = [p["actionReason"]["reason"] for p in (context or {}).get("structuredMetadata") or [] if p.get("actionReason")]
        yield (
            f"{conversation}:{seq}", account, conversation, seq, stamp(t["timeL"]), clean(t.get("dialogId")), t.get("reason"),
            clean(t.get("by")), clean(t.get("sourceAgentId")), clean(t.get("sourceAgentLoginName")),
            clean(t.get("sourceAgentNickname")), clean(t.get("sourceAgentFullName")), story.kind(clean(t.get("sourceAgentId"))),
            clean(t.get("sourceSkillId")), clean(t.get("sourceSkillName")), clean(t.get("assignedAgentId")),
            clean(t.get("assignedAgentLoginName")), clean(t.get("assignedAgentNickname")), clean(t.get("assignedAgentFullName")),
            clean(t.get("targetSkillId")), clean(t.get("targetSkillName")),
            following and clean(following.get("assignedAgentId")), stamp(at), pair(at, t["timeL"]), truth(t is escalation),
            reasons[0] if reasons else None, None if context is None else compact(context),
        )
