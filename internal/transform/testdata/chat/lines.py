"""Restates chat.lines from its rules; see docs of the report."""
from chat.plain import clean, compact, in_order, key, stamp, unless_minus_one, waits, whole

HEADER = """_row_key account_id engagement_id engagement_sequence line_ordinal line_seq sent_at source by agent_id visibility text_type text
rich_content control_type canned_answer_id canned_answer_edited response_time_ms mcs_at_line""".split()


def rows(record, names, employees, params):
    i = record["info"]
    lines = (record.get("transcript") or {}).get("lines") or []
    took = waits(lines)
    scores = {}
    for score in record.get("lineScores") or []:
        scores.setdefault(score.get("lineSeq"), score)
    for n, line in enumerate(in_order(lines), 1):
        canned = int(line.get("cannedAnswerType") or 0)
        agent = clean(line.get("agentId"))
        score = scores.get(line.get("lineSeq"), {}) if line.get("lineSeq") is not None else {}
        yield (
            key(i["engagementId"], i["engagementSequence"], n), i["accountId"], i["engagementId"], i["engagementSequence"], n,
            line.get("lineSeq"), stamp(int(line["timeL"])), line.get("source"), line.get("by"), None if str(agent) == "0" else agent,
            line.get("subType"), line.get("textType"), line.get("text"), compact(line["json"]) if line.get("json") is not None else None,
            whole(line.get("controlType")), abs(canned) or None, None if canned == 0 else "true" if canned < 0 else "false",
            took.get(id(line)), unless_minus_one(score.get("mcs")),
        )
