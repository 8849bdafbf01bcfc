"""Work out cells of rows that are made of several records, from what their traces name.

A trace names the records that are counted in the row, and of each the values that were read;
the restatements of the reports' rules are given records that hold nothing else. `run` is what
the one who asks knows of the run: its window, and the length of its intervals.
"""
import agents
import assignments
import rival
import skill_segments
from story import Story, half_up

QUARTER = 15 * 60_000


def cell(trace, run, sparse):
    records = {"agent_activity": [], "messaging_interactions": []}
    for c in trace["countedIn"]:
        record = sparse(c.get("read", []))
        if c["resource"] == "agent_activity":
            record["time"] = rival.stamp(int(c["order"]))
        records[c["resource"]].append(whole(record))
    assert len(trace["countedIn"]) == int(trace["counted"]), (trace["row"], trace["column"], len(trace["countedIn"]), trace["counted"])
    return {"agent.status_segments": stay, "wfm.agent_interval": of_agent, "wfm.skill_interval": of_skill}[trace["report"].split("@")[0]](
        trace, run, records)


def whole(record):
    """What the restatements want of every message, also of those that nobody looked at."""
    for n, message in enumerate(record["messageRecords"] or []):
        for name, value in (("timeL", 0), ("messageId", f"unread {n}"), ("sentBy", "Agent"), ("audience", message["audience"])):
            message.setdefault(name, value)
    record["info"] = record["info"] or type(record)()
    return record


def stay(trace, _, records):
    began, *more, ended = records["agent_activity"]
    state = more[-1] if more else began
    at = [round(agents.datetime.fromisoformat(c["time"].replace("Z", "+00:00")).timestamp() * 1000) for c in (began, ended)]
    named = [s["becomes"] for s in trace.get("steps", []) if s["do"] == "lookup" and s["with"] == "reason_texts"]
    return {
        "status": {1: "offline", 2: "online", 3: "back_soon", 4: "away"}[state["statusSubType"]],
        "reason": agents.text(state["statusReasonText"]) or (named[0] if named else None),
        "started_at": began["time"], "ended_at": ended["time"], "duration_ms": at[1] - at[0], "local_day": began["time"][:10],
    }[trace["column"]]


def of_agent(trace, run, records):
    agent, begin = trace["row"].split(":")
    world = agents.World(dict(
        run, changes=records["agent_activity"], conversations=records["messaging_interactions"],
        users=[], agent_groups=[], skills=[], status_reasons=[], zone="UTC", account=None))
    end = int(begin) + QUARTER
    row = agents.interval_row(world, agent, int(begin), end, agents.Cell(world, agent, int(begin), end))
    return dict(zip(agents.INTERVAL, row))[trace["column"]]


def of_skill(trace, _, records):
    skill, begin = trace["row"].rsplit(":", 1)
    begin, end = rival.stamp(int(begin)), rival.stamp(int(begin) + QUARTER)
    inside = lambda at: at is not None and begin <= at < end  # texts of one form sort as times do
    pieces, segments, returned, sent = [], [], 0, 0
    for record in records["messaging_interactions"]:
        own = [dict(zip(skill_segments.HEADER, r)) for r in skill_segments.rows(record, {}, {}, {})]
        pieces += [p for p in own if (p["skill_id"] or "-1") == skill]
        all_of = [dict(zip(assignments.HEADER, r)) for r in assignments.rows(record, {}, {}, {})]
        for before, s in zip([None] + all_of, all_of):
            if (s["skill_id"] or "-1") == skill:
                segments.append(dict(s, first=before is None, bot_before=before is not None and before["agent_type"] == "bot"))
        story = Story(record)
        at_skill = lambda at: str(story.skills.at(at) or "-1") == skill
        returned += sum(t["reason"] in ("back2Q", "SuggestedAgentTimeout") and inside(rival.stamp(t["timeL"])) and at_skill(t["timeL"])
                        for t in story.transfers)
        sent += sum(story.sender(m) == "human" and inside(rival.stamp(m["timeL"])) and at_skill(m["timeL"]) for m in story.said)
    started = [p for p in pieces if inside(p["started_at"])]
    concluded = [p for p in pieces if inside(p["ended_at"])]
    assigned = [s for s in segments if inside(s["assigned_at"])]
    ended = [s for s in segments if inside(s["ended_at"])]
    waits = lambda of: half_up([s["queue_wait_ms"] for s in of if s["queue_wait_ms"] is not None])
    because = lambda *reasons: sum(p["end_reason"] in reasons for p in concluded)
    closed = because("closed_by_agent", "closed_by_consumer", "closed_by_system")
    true = lambda name: sum(p[name] == "true" for p in concluded)
    return {
        "offered": len(started) + returned, "offered_new": sum(p["start_reason"] == "new_conversation" for p in started),
        "assigned": len(assigned), "handled": sum(s["agent_type"] == "human" and s["messages_agent"] > 0 for s in ended),
        "concluded": len(concluded), "closed": closed, "transferred_out": len(concluded) - closed,
        "resolved_by_agent": because("closed_by_agent"), "resolved_by_consumer": because("closed_by_consumer"),
        "abandoned_total": true("is_abandoned"), "abandon_rate": true("is_abandoned") / len(concluded) if concluded else None,
        "interactive": true("is_interactive"), "nonresponsive_consumer": true("is_nonresponsive_consumer"),
        "wait_avg_ms": waits(assigned), "wait_new_avg_ms": waits(s for s in assigned if s["first"]),
        "wait_bot_transfer_avg_ms": waits(s for s in assigned if s["bot_before"]),
        "wait_max_ms": max((s["queue_wait_ms"] for s in assigned if s["queue_wait_ms"] is not None), default=None),
        "first_response_avg_ms": half_up([s["first_response_ms"] for s in ended if s["first_response_ms"] is not None]),
        "segment_time_ms": sum(s["duration_ms"] for s in ended), "segment_avg_ms": half_up([s["duration_ms"] for s in ended]),
        "messages_sent": sent,
    }[trace["column"]]
