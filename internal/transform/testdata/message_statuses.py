"""Restates msg.message_statuses from its rules; see docs of the report."""
from sections import Keys
from story import clean, pair, stamp

HEADER = """_row_key account_id conversation_id dialog_id message_id seq at status participant_id participant_type
latency_ms""".split()


def rows(record, names, employees, params):
    info = record["info"]
    keys = Keys(info["conversationId"])
    times = {}
    for m in record.get("messageRecords") or []:
        times.setdefault(m["messageId"], m["timeL"])

    def place(s):
        who = s["participantId"]
        return (s["timeL"], s["messageId"].encode(), (0, int(who)) if who.isdigit() else (1, who), s["messageDeliveryStatus"])

    for s in sorted(record.get("messageStatuses") or [], key=place):
        yield (
            keys.of(s["messageId"], s["participantId"], s["messageDeliveryStatus"], s["timeL"]), info["brandId"], info["conversationId"],
            clean(s.get("dialogId")), s["messageId"], s.get("seq"), stamp(s["timeL"]), s.get("messageDeliveryStatus"),
            clean(s.get("participantId")), s.get("participantType"), pair(s["timeL"], times.get(s["messageId"])),
        )
