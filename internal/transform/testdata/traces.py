"""Work out cells from their traces alone, one JSON object a line, and print their values.

Shares no code with the renderer. A trace gives the values of the source that were read;
derived values of conversations are worked out from a record that holds nothing else, by
the restatements of the reports' rules. Rows of several records: see counted.py.

usage: traces.py < TRACES.jsonl > VALUES.jsonl
"""
import hashlib
import json
import re
import sys
from datetime import datetime, timezone

import assignments
import conversations
import counted
import rival
import transfers

PLACEHOLDERS = ("", "undefined", "null", "NA")


class Number(str):
    """A number as the source wrote it."""


class Sparse(dict):
    def __missing__(self, key):
        return None


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def moment(value):
    if re.fullmatch(r"-?\d+", value):
        return rival.stamp(int(value))
    for layout in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f%z"):
        try:
            parsed = datetime.strptime(value, layout)
        except ValueError:
            continue
        return rival.stamp(round((parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp() * 1000))
    raise ValueError("not a time: " + value)


def is_null(trace, value):
    rules = trace["rule"].split(",")
    keeps_texts = (trace["type"] == "string" or any(s.get("with") == "length" for s in trace.get("steps", []))) and "N1" not in rules
    if value is None or isinstance(value, (dict, list)):
        return value is None
    if not isinstance(value, (Number, bool)) and value in PLACEHOLDERS and not keeps_texts:
        return True
    return "N2" in rules and value == "-1" or value in trace.get("alsoNull", [])


def typed(kind, value):
    if kind in ("int", "ms"):
        return int(float(value)) if re.search("[.eE]", value) else int(value)
    if kind == "dbl":
        return float(value)
    if kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}[text(value).lower()]
    if kind == "ts":
        return moment(value)
    return plain(value) if kind == "json" else text(value)


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return json.loads(value) if isinstance(value, Number) else value


def one(trace, value):
    """The first value, after what was done to it."""
    for step in trace.get("steps", []):
        if step["do"] == "without":
            kept = {k: v for k, v in value.items() if k not in step["with"].split(",")}
            return plain(kept) or None
        if step["do"] == "convert" and step["with"] == "length":
            return len(text(value))
        if step["do"] == "convert" and step["with"] == "json":
            try:
                return plain(value) if isinstance(value, (dict, list)) else json.loads(value)
            except ValueError:
                return value
        if step["do"] in ("map", "lookup"):
            assert step["value"] == value, (step, value)
            if trace["type"] == "bool" and step["becomes"] is not None:
                return step["becomes"] == "true"
            return None if is_null(trace, step.get("becomes")) else plain(step.get("becomes"))
    return typed(trace["type"], value)


def from_paths(trace):
    tried = [t for t in trace["tried"] if "skipped" not in t]
    values = [r["value"] for t in tried for r in t.get("values", [])]
    if trace["from"] == "count":
        return len(values)
    values = [v for v in values if not is_null(trace, v)]
    if trace["from"] == "concat":
        return " ".join(map(text, values)) if values else None
    if trace["type"] == "list":
        if not values:
            return [] if any(t.get("empty") for t in tried) or any(t.get("values") for t in tried) else None
        found = [s for s in trace.get("steps", []) if s["do"] == "lookup"]
        if found:
            assert [s["value"] for s in found] == values
            return [name for s in found for name in (s["becomes"] if isinstance(s["becomes"], list) else [s["becomes"] or ""])]
        return [text(v) for v in values]
    return one(trace, values[0]) if values else None


def sparse(reads):
    """The record that holds the values that were read, and no others."""
    root = Sparse()
    for read in reads:
        at, steps = root, re.findall(r"\.([^.\[]+)|\[(\d+)\]", read["at"])
        for i, (name, index) in enumerate(steps):
            key = name or int(index)
            if isinstance(at, list):
                at.extend(Sparse() for _ in range(key + 1 - len(at)))
            if i == len(steps) - 1:
                at[key] = plain(read["value"])
                break
            empty = [] if steps[i + 1][1] else Sparse()
            if isinstance(at, list):
                if isinstance(empty, list) != isinstance(at[key], list):
                    at[key] = empty
            elif key not in at:
                at[key] = empty
            at = at[key]
    return root


def canonical(value):
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + canonical(value[k]) for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def derived(trace):
    fact = trace["fact"]
    if [r["at"] for r in fact.get("read", [])] == ["the run"]:
        return plain(fact["read"][0]["value"])
    if fact["name"] == "element_hash":
        return hashlib.sha256(canonical(fact["read"][0]["value"]).encode()).hexdigest()[:16]
    if trace["report"].startswith("cfg.agent_groups"):
        return of_group(fact["name"], sparse(fact["read"]), trace.get("steps", []))
    found = {s["value"]: s["becomes"] for s in trace.get("steps", []) if s["do"] == "lookup" and s["becomes"] is not None}
    record = sparse(fact.get("read", []))
    record.setdefault("info", Sparse())
    for name, value in (("conversationId", "c"), ("brandId", "b"), ("startTimeL", 0), ("latestSkillId", None)):
        record["info"].setdefault(name, value)
    if trace["report"].startswith("msg.messages"):
        return of_message(trace, record, found)
    if trace["report"].startswith("agent.handle_time"):
        took, end, start = (record[k] for k in ("totalHandleTimeMillis", "endTimeL", "startTimeL"))
        return end - start if fact["name"] == "segment_ms" else took / (end - start) if took is not None and end > start else None
    for module in (assignments, transfers):
        if trace["report"].startswith("msg." + module.__name__):
            return of_part(trace, record, module)
    return as_type(trace, conversations.row(record, found)[trace["column"]])


def of_group(fact, group, steps):
    looked = {(s["with"], s["value"]): s["becomes"] for s in steps if s["do"] == "lookup"}
    way, up = [str(group["id"])], group["parentGroupId"]
    while up is not None and str(up) not in way:
        way.append(str(up))
        up = looked["group_parents", str(up)]
    return len(way) - 1 if fact == "group_depth" else [looked["group_names", g] or "" for g in reversed(way)]


def of_message(trace, record, found):
    messages = record.setdefault("messageRecords", [])
    at = int(re.fullmatch(r"\$\.messageRecords\[(\d+)\]", trace["element"])[1])
    messages.extend(Sparse() for _ in range(at + 1 - len(messages)))
    for i, message in enumerate(messages):
        for name, value in (("timeL", 0), ("messageId", f"unread {i}")):
            message.setdefault(name, value)
    wanted = messages[at]["messageId"]
    rows = [dict(zip(rival.HEADER, row)) for row in rival.rows(record, found)]
    return as_type(trace, next(r for r in rows if r["message_id"] == wanted)[trace["column"]])


def of_part(trace, record, module):
    """A row of a part of a conversation: the n'th of the conversation, by its key."""
    counted.whole(record)
    measured = [dict(conversationId="c", agentId=s["value"].split(":", 1)[1], endTimeL=end, totalHandleTimeMillis=took)
                for s in trace.get("steps", []) if s["do"] == "lookup" and s["with"] == "handle_times" for end, took in plain(s["becomes"])]
    rows = list(module.rows(record, {}, {}, dict(handle_time=True, measured=measured)))
    return as_type(trace, dict(zip(module.HEADER, rows[int(trace["row"].rsplit(":", 1)[1]) - 1]))[trace["column"]])


def as_type(trace, value):
    """The restatements write texts, as CSV does."""
    if value is None:
        return [] if trace["type"] == "list" else None
    if trace["type"] == "bool":
        return value == "true"
    if trace["type"] == "list":
        return value.split("|") if value else []
    return str(value) if trace["type"] in ("string", "id") else value


def cell(trace, run):
    if "countedIn" in trace:
        return as_type(trace, counted.cell(trace, run, sparse))
    value = derived(trace) if trace["from"] == "fact" else from_paths(trace)
    for step in trace.get("steps", []):
        if step["do"] == "open" and step["value"] == "OPEN":
            value = None
    if value is None and "N4" in trace["rule"].split(","):
        value = [] if trace["type"] == "list" else 0
    return value


for line in sys.stdin:
    given = json.loads(line, parse_int=Number, parse_float=Number)
    print(json.dumps(cell(given["trace"], plain(given["run"]))))
