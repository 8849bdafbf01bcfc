"""Write reports as CSV from conversation records, one JSON object a line.

Restatements of the reports' rules for the tests, written from the rules and not from the
Go code; slow and plain on purpose. REPORTS is a JSON list of [report, parameters]; the
n'th becomes OUT/n.csv.

usage: restate.py REPORTS RECORDS.jsonl OUT SKILLS.jsonl USERS.jsonl HANDLE_TIMES.jsonl
"""
import csv
import importlib
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main(reports, records, target, skills, users, handle_times):
    names = {str(s["id"]): s["name"] for s in read(skills)}
    employees = {str(u["id"]): u.get("employeeId") for u in read(users)}
    conversations, measured = read(records), read(handle_times)
    for n, (report, params) in enumerate(json.loads(reports)):
        module = importlib.import_module(report.removeprefix("msg."))
        with open(f"{target}/{n}.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(module.HEADER)
            for record in conversations:
                writer.writerows(module.rows(record, names, employees, dict(params or {}, measured=measured)))


if __name__ == "__main__":
    main(*sys.argv[1:])
