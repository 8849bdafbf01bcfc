"""Applies the deliveries of a folder as docs/revisions.md tells their receiver, and prints the table.

Every manifest is taken in the order of its revision. One without revises, or with mode full,
is the whole window; one with mode changes is applied to what there is, row by row: removed
takes the key away, everything else puts the row in its place. Rows are printed without the
columns about them, as JSON by key; what was read last goes first. XLSX is read with openpyxl, Parquet
with the DuckDB program.

usage: apply.py FOLDER DUCKDB
"""

import csv
import glob
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as xml


def rows(path):
    if path.endswith(".xlsx"):
        return list(sheet(path))
    if path.endswith(".parquet"):
        query = f"set TimeZone = 'UTC'; select * from read_parquet('{path}')"
        printed = subprocess.run([sys.argv[2]], input=query, check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in printed.split("\n") if line]
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if path.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(text)))
    if path.endswith(".jsonl"):
        return [json.loads(line) for line in text.split("\n") if line]
    if path.endswith(".json"):
        return json.loads(text)["rows"]
    return [{c.get("name"): c.text for c in row} for row in xml.fromstring(text).iter("row")]


def sheet(path):
    import openpyxl

    head, *lines = openpyxl.load_workbook(path, read_only=True)["Data"].iter_rows(values_only=True)
    for line in lines:
        yield {name: v.isoformat() if hasattr(v, "isoformat") else v for name, v in zip(head, line)}


folder = sys.argv[1]
manifests = []
for path in glob.glob(folder + "/*.manifest.json"):
    with open(path, encoding="utf-8") as f:
        manifests.append(json.load(f)["manifest"])

table, revisions = {}, []
for m in sorted(manifests, key=lambda m: m["revision"]):
    delta = m.get("revises", {}).get("mode") == "changes"
    assert m["format"] == ("transporter-manifest/3" if delta else "transporter-manifest/2"), m["format"]
    if not delta:
        table = {}
    read = [r for f in m["files"] for r in rows(folder + "/" + f["name"])]
    assert len(read) == m["rows"]
    for r in read:
        if r.get("_change") == "removed":
            assert all(not v for k, v in r.items() if not k.startswith("_")), r
            table.pop(r["_row_key"], None)
        else:
            assert r["_row_key"] not in table or delta, "a key is there twice: " + r["_row_key"]
            table[r["_row_key"]] = {k: v for k, v in r.items() if not k.startswith("_")}
    if m["revision"] > 0:
        assert m["revises"]["held"] == len(table), (m["revises"], len(table))
    revisions.append({"names": [f["name"] for f in m["files"]], "revises": m.get("revises"),
                      "revs": {r["_row_key"]: int(r.get("_row_rev") or 0) for r in read},
                      "changes": {r["_row_key"]: r.get("_change") for r in read}})

json.dump({"table": table, "revisions": revisions}, sys.stdout)
