"""Restates out.transactions from its rules as CSV, one JSON object a line in.

usage: outbound.py RECORDS.jsonl OUT.csv SKILLS.jsonl
"""
import csv
import datetime
import json
import sys

PLACEHOLDERS = ("", "undefined", "null", "NA")
MOMENTS = """attemptedTime eligibleTime inviteTime sentTime deliveredTime readTime conversationsCreatedTime
conversationsClosedTime failedTime skippedTime cancelledTime optInsTime optOutsTime""".split()
HEADER = """_row_key account_id app transaction_id proactive_campaign_id channel skill status error_code error_message
error_source consumer_id conversation_id attempted_at eligible_at invited_at sent_at delivered_at read_at
conversation_created_at conversation_closed_at failed_at skipped_at cancelled_at opted_in_at opted_out_at
initial_channel initial_skill handoff_id ivr_number payload""".split()


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)


def stamp(text):
    return None if text is None else when(text).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def named(value):
    return None if value in PLACEHOLDERS else value


def row(line):
    r = json.loads(line)
    key = r.get("transactionId", r.get("id"))
    return [
        key, "account-1", r.get("_app"), key, r.get("proactiveCampaignId"), r.get("channel"), r.get("skill"), r.get("status"),
        r.get("errorCode"), r.get("errorMessage"), r.get("errorSource"), named(r.get("consumerId")), named(r.get("conversationId")),
        *(stamp(r.get(m)) for m in MOMENTS),
        r.get("initialChannel"), r.get("initialSkill"), r.get("handOffId"), named(r.get("ivrNumber")), line,
    ]


def main(records, out, _skills):
    with open(records, encoding="utf-8") as lines:
        rows = [row(line.rstrip("\n")) for line in lines if line.strip()]
    rows.sort(key=lambda r: (when(r[HEADER.index("attempted_at")]), r[0]))
    with open(out, "w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
