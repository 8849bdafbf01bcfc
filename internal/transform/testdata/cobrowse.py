"""Restates msg.cobrowse from its rules; see docs of the report."""
from sections import Keys
from story import clean, moment, stamp, truth

HEADER = """_row_key account_id conversation_id session_id agent_id type started_at ended_at interactive_at is_interactive end_reason
duration_ms capabilities has_voice has_video""".split()


def rows(record, names, employees, params):
    info = record["info"]
    keys = Keys(info["conversationId"])
    sessions = (record.get("coBrowseSessions") or {}).get("coBrowseSessionsList") or []
    for s in sorted(sessions, key=lambda s: (s["startTimeL"], s["sessionId"])):
        can = s.get("capabilities") or []
        joined = s["isInteractive"] if "isInteractive" in s else s.get("interactive")
        yield (
            keys.of(s["sessionId"]), info["brandId"], info["conversationId"], s["sessionId"], clean(s.get("agentId")), clean(s.get("type")),
            stamp(s["startTimeL"]), stamp(moment(s.get("endTimeL"))), stamp(moment(s.get("interactiveTimeL"))), truth(joined),
            clean(s.get("endReason")), None if s.get("duration") == -1 else s.get("duration"), "|".join(can),
            truth(any("voice" in c.lower() for c in can)), truth(any("video" in c.lower() for c in can)),
        )
