"""Five columns of msg.messages, a row for each message: messages.py RECORDS.jsonl OUT.csv"""
import csv
import json
import sys
from datetime import datetime, timezone


def stamp(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


with open(sys.argv[1], encoding="utf-8") as records, open(sys.argv[2], "w", encoding="utf-8", newline="") as out:
    write = csv.writer(out).writerow
    for line in records:
        record = json.loads(line)
        conversation = record["info"]["conversationId"]
        for m in record.get("messageRecords") or ():
            text = m["messageData"].get("msg", {}).get("text")
            write((conversation, m["messageId"], stamp(m["timeL"]), m["sentBy"], text))
