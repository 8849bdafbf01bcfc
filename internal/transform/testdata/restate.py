"""Write a report as CSV from conversation records, one JSON object a line.

Restatements of the reports' rules for the tests, written from the rules and not from the
Go code; slow and plain on purpose.

usage: restate.py REPORT RECORDS.jsonl OUT.csv SKILLS.jsonl USERS.jsonl
"""
import csv
import importlib
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main(report, records, target, skills, users):
    module = importlib.import_module(report.removeprefix("msg."))
    names = {str(s["id"]): s["name"] for s in read(skills)}
    employees = {str(u["id"]): u.get("employeeId") for u in read(users)}
    with open(target, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(module.HEADER)
        for record in read(records):
            writer.writerows(module.rows(record, names, employees))


if __name__ == "__main__":
    main(*sys.argv[1:])
