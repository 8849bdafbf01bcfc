"""Restates wfm.agent_interval, agent.daily and wfm.agent_skill_interval from their rules.

Slow and plain on purpose, and without the Go code: every agent's time is a list of spans, and
what is covered is found moment by moment between their edges.

usage: agents.py INPUT.json OUT.csv
"""
import csv
import json
import sys
from collections import defaultdict
from datetime import datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from assignments import ending, group_of, start_reason
from story import Story, clean, half_up, outcome

MINUTE = 60_000
STATUS = {2: "online", 3: "back_soon", 4: "away"}
USER_KIND = {"0": "system", "1": "human", "2": "bot"}


def text(value):
    return None if value is None or str(value) in ("", "undefined", "null", "NA") else str(value)


def plain(number):
    if number is None:
        return None
    whole = float(number)
    return int(whole) if whole == int(whole) else format(Decimal(repr(whole)), "f")


def ratio(a, b, times=1):
    return plain(times * a / b) if b else None


def overlap(spans, begin, end):
    return [(max(a, begin), min(b, end)) for a, b in spans if max(a, begin) < min(b, end)]


def covered(*sets):
    """Milliseconds that are in at least one span of every set."""
    edges = sorted({e for spans in sets for span in spans for e in span})
    return sum(b - a for a, b in zip(edges, edges[1:]) if all(any(s <= a and b <= e for s, e in spans) for spans in sets))


class World:
    def __init__(self, given):
        self.given, self.zone = given, ZoneInfo(given["zone"])
        self.begin, self.end = given["from"], given["to"]
        self.users = {str(u["id"]): u for u in given["users"]}
        self.groups = {str(g["id"]): g.get("name") for g in given["agent_groups"]}
        self.skills = {str(s["id"]): s["name"] for s in given["skills"]}
        self.reasons = {str(r["id"]): r["text"] for r in given["status_reasons"]}
        self.stays, self.gaps, self.sessions, self.named = defaultdict(list), defaultdict(list), defaultdict(list), {}
        self.segments, self.busy, self.said, self.handled = defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list)
        self.statuses()
        measured = given.get("handle_time")
        for s in measured or []:
            self.handled[str(s["agentId"])].append((s["endTimeL"], s["totalHandleTimeMillis"]))
        owner = {s["segmentId"]: str(s["agentId"]) for s in measured or []}
        for unit in given.get("handle_time_breakdown") or []:
            if unit["segmentId"] in owner:
                self.busy[owner[unit["segmentId"]]].append((unit["startTimestamp"], unit["endTimestamp"]))
        latest = {}
        for record in given["conversations"]:
            self.conversation(Story(record, self.skills), measured is not None, latest)
        for agent, (_, who) in latest.items():
            self.named.setdefault(agent, who)

    def statuses(self):
        own = defaultdict(list)
        for change in self.given["changes"]:
            at = datetime.fromisoformat(change["time"].replace("Z", "+00:00"))
            own[str(change["agentId"])].append((round(at.timestamp() * 1000), change))
        for agent, changes in own.items():
            if not self.counts(agent, None):
                continue
            for (at, change), after in zip(changes, changes[1:] + [None]):
                kind = change["statusType"]
                if kind in (3, 4) and self.begin <= at < self.end:
                    self.sessions[agent].append((at, kind))
                self.named[agent] = tuple(text(change[k]) for k in ("employeeId", "agentLoginName", "agentUserName", "agentGroupId"))
                state = change
                if kind == 3 and after and after[1]["sequenceNumber"] == 1:
                    state = after[1]
                if kind != 4 and state["statusSubType"] in STATUS:
                    until = after[0] if after else self.end
                    reason = text(state["statusReasonText"]) or self.reasons.get(str(state["statusReasonId"]))
                    self.stays[agent].append((at, until, STATUS[state["statusSubType"]], reason))
                if after and kind != 4 and after[1]["statusType"] != 3 and after[1]["sequenceNumber"] != max(change["sequenceNumber"] + 1, 1):
                    self.gaps[agent].append((at, after[0]))

    def counts(self, agent, kind):
        kind = kind or USER_KIND.get(str((self.users.get(agent) or {}).get("userTypeId")))
        return kind in (None, "human") or kind == "bot" and self.given.get("include_bots", False)

    def conversation(self, story, measured, latest):
        ratings = self.ratings(story)
        for i, mine in enumerate(story.interactions):
            begin, agent = mine["interactionTimeL"], clean(mine.get("assignedAgentId"))
            if agent is None or begin >= self.end or not self.counts(agent, story.kind(agent)):
                continue
            end, why, closing = ending(story, i)
            inside = story.within(begin, end, closing)
            own = [m for m in inside if story.writer(m) == agent]
            waits = [m["timeL"] - max(b["timeL"], begin) for m, b in story.turns() if b is not None and any(m is o for o in own)]
            started = start_reason(story, i)
            first = own[0]["timeL"] - begin if own and started not in ("takeover", "resume") else None
            facts = outcome(inside, lambda m: any(m is o for o in own), lambda m: story.sender(m) == "consumer", why)
            until = self.end if end is None else end
            self.segments[agent].append(dict(
                begin=begin, end=end, until=until, why=why, messages=len(own), waits=waits, first=first, started=started, facts=facts,
                skill=story.skills.at(begin), ratings=ratings))
            person = group_of(story, agent, begin)
            who = tuple(text(person.get(k)) for k in ("employeeId", "agentLoginName", "agentFullName", "agentGroupId"))
            if agent not in latest or begin >= latest[agent][0]:
                latest[agent] = (begin, who)
            if measured and end is not None and self.begin <= end < self.end:
                continue
            asking = None
            for m in story.said + [None]:
                at = until if m is None else m["timeL"]
                if m is not None and story.sender(m) == "consumer":
                    asking = at if asking is None else asking
                elif asking is not None:
                    if max(asking, begin) < min(at, until):
                        self.busy[agent].append((max(asking, begin), min(at, until)))
                    asking = None
        replies = [m for m, before in story.turns() if before is not None and story.sender(m) != "consumer"]
        for m in story.said:
            agent = story.writer(m)
            if agent is not None and self.counts(agent, story.kind(agent)):
                self.said[agent].append((m["timeL"], any(m is r for r in replies), story.info["conversationId"]))

    def ratings(self, story):
        given = {"csat": None, "nps": None, "fcr": None}
        for survey in story.record.get("conversationSurveys") or []:
            for answer in survey.get("surveyData") or []:
                kind, value = str(answer.get("questionType")).lower(), str(answer.get("answer")).lower()
                if str(answer.get("isValidAnswer")).lower() == "false" or answer.get("answerId") == "InvalidAnswer":
                    continue
                if kind == "fcr" and value in ("yes", "no", "1", "0", "true", "false"):
                    given["fcr"] = value in ("yes", "1", "true")
                if kind == "csat" and value in "12345" or kind == "nps" and value.isdigit() and int(value) <= 10:
                    given[kind] = int(value)
        for key in ("csatRate", "csat"):
            if story.info.get(key) not in (None, -1, "", "undefined"):
                given["csat"] = int(story.info[key])
        return given

    def local(self, at):
        return datetime.fromtimestamp(at / 1000, timezone.utc).astimezone(self.zone)

    def intervals(self, minutes):
        """Walks minute by minute: a mark is where the local clock shows a full interval."""
        marks = [self.begin]
        for at in range((self.begin // MINUTE + 1) * MINUTE, self.end, MINUTE):
            clock = self.local(at)
            full = clock.hour * 60 + clock.minute
            if minutes and full % minutes == 0 or not minutes and clock.date() != self.local(marks[-1]).date():
                marks.append(at)
        return list(zip(marks, marks[1:] + [self.end]))

    def stamp(self, at):
        if at is None:
            return None
        return self.local(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def keys(self, begin, end):
        clock = self.local(begin)
        return [self.stamp(begin), self.stamp(end), self.given["minutes"], clock.date().isoformat(), clock.strftime("%H:%M"), clock.fold]

    def who(self, agent):
        user = self.users.get(agent) or {}
        listed = (user.get("employeeId"), user.get("loginName"), user.get("fullName"), (user.get("memberOf") or {}).get("agentGroupId"))
        return [a if a is not None else text(b) for a, b in zip(self.named.get(agent, (None,) * 4), listed)]


class Cell:
    """What an agent did from begin to end."""

    def __init__(self, world, agent, begin, end):
        self.stays = [(max(a, begin), min(b, end), s, r) for a, b, s, r in world.stays[agent] if max(a, begin) < min(b, end)]
        self.events = [(at, kind) for at, kind in world.sessions[agent] if begin <= at < end]
        self.open = overlap([(s["begin"], s["until"]) for s in world.segments[agent]], begin, end)
        self.began = [s for s in world.segments[agent] if begin <= s["begin"] < end]
        self.ended = [s for s in world.segments[agent] if s["end"] is not None and begin <= s["end"] < end]
        self.said = [m for m in world.said[agent] if begin <= m[0] < end]
        self.busy = overlap(world.busy[agent], begin, end)
        self.handled = [ms for at, ms in world.handled[agent] if begin <= at < end]
        self.gap = any(a < end and b >= begin for a, b in world.gaps[agent])
        self.end = end

    def any(self):
        return bool(self.stays or self.events or self.open or self.began or self.ended or self.said or self.busy or self.handled or self.gap)

    def time(self, status=None):
        return sum(b - a for a, b, s, _ in self.stays if status in (None, s))

    def spans(self, status):
        return [(a, b) for a, b, s, _ in self.stays if s == status]

    def reasons(self):
        out = defaultdict(int)
        for a, b, status, reason in self.stays:
            if status == "away":
                out[reason or "none"] += b - a
        return json.dumps(dict(sorted(out.items())), separators=(",", ":"), ensure_ascii=False)

    def why(self, *reasons):
        return sum(s["why"] in reasons for s in self.ended)

    def closed(self):
        return self.why("closed_by_agent", "closed_by_consumer", "closed_by_system")

    def moved(self):
        return self.why("agent_transfer", "skill_transfer")

    def averages(self):
        return (half_up([s["first"] for s in self.ended if s["first"] is not None]),
                half_up([w for s in self.ended for w in s["waits"]]), half_up([s["end"] - s["begin"] for s in self.ended]))


INTERVAL = """_row_key interval_start interval_end interval_minutes local_date local_interval dst_fold account_id agent_id employee_id
agent_login agent_name group_id group_name login_ms online_ms back_soon_ms away_ms away_by_reason busy_ms assigned_ms concurrency_ms
concurrency_avg available_ms busy_while_online_ms busy_while_away_ms occupancy assigned_new concluded closed transferred_out back_to_queue
handled messages_sent responses first_response_avg_ms response_avg_ms segment_avg_ms aht_ms logins logouts chat_online_s chat_chatting_s
chat_max_concurrency_s state_at_end reason_at_end sequence_gap""".split()


def interval_row(world, agent, begin, end, c):
    busy, assigned = covered(c.busy), covered(c.open)
    concurrency, online = sum(b - a for a, b in c.open), covered(c.busy, c.spans("online"))
    last = [(s, r) for _, b, s, r in c.stays if b == end]
    state, reason = last[-1] if last else (None, None)
    employee, login, name, group = world.who(agent)
    return [f"{agent}:{begin}", *world.keys(begin, end), world.given["account"], agent, employee, login, name, group,
            text(world.groups.get(group)), c.time(), c.time("online"), c.time("back_soon"), c.time("away"), c.reasons(), busy, assigned,
            concurrency, ratio(concurrency, assigned), c.time("online") - online, online, covered(c.busy, c.spans("away")),
            ratio(busy, c.time("online")), len(c.began), c.closed() + c.moved(), c.closed(), c.moved(), c.why("back_to_queue"),
            sum(s["messages"] > 0 for s in c.ended), len(c.said), sum(m[1] for m in c.said), *c.averages(), half_up(c.handled),
            sum(k == 3 for _, k in c.events), sum(k == 4 for _, k in c.events), None, None, None, state, reason,
            "true" if c.gap else "false"]


DAILY = """_row_key account_id agent_id employee_id agent_name group_id group_name local_day login_ms online_ms back_soon_ms away_ms
away_by_reason first_login_at last_logout_at segments_assigned conversations_handled conversations_closed transfers_out back_to_queue
concluded transfer_rate close_rate messages_sent responses first_response_avg_ms response_avg_ms segment_avg_ms handle_time_ms aht_ms
csat_answers csat_pct nps_answers nps_score fcr_answers fcr_pct handled_per_login_hour""".split()


def daily_row(world, agent, begin, end, c):
    employee, _, name, group = world.who(agent)
    day = world.local(begin).date().isoformat()
    logins, logouts = [at for at, k in c.events if k == 3], [at for at, k in c.events if k == 4]
    closed, moved, talks = c.closed(), c.moved(), len({m[2] for m in c.said})
    last = [s["ratings"] for s in c.ended if s["why"].startswith("closed_by")]
    csat, nps, fcr = ([r[k] for r in last if r[k] is not None] for k in ("csat", "nps", "fcr"))
    return [f"{agent}:{day}", world.given["account"], agent, employee, name, group, text(world.groups.get(group)), day,
            c.time(), c.time("online"), c.time("back_soon"), c.time("away"), c.reasons(), world.stamp(min(logins, default=None)),
            world.stamp(max(logouts, default=None)), len(c.ended), talks, closed, moved, c.why("back_to_queue"), closed + moved,
            ratio(moved, closed + moved), ratio(closed, closed + moved), len(c.said), sum(m[1] for m in c.said), *c.averages(),
            sum(c.handled) if c.handled else None, half_up(c.handled), len(csat), ratio(sum(v >= 4 for v in csat), len(csat), 100),
            len(nps), ratio(sum(v >= 9 for v in nps) - sum(v <= 6 for v in nps), len(nps), 100), len(fcr), ratio(sum(fcr), len(fcr), 100),
            ratio(talks * 3_600_000, c.time())]


PAIRS = """_row_key interval_start interval_end interval_minutes local_date local_interval dst_fold account_id agent_id employee_id skill_id
skill_name segments_started segments_ended handled interactive abandoned nonresponsive_consumer nonresponsive_agent messages_avg
segment_avg_ms first_response_avg_ms first_response_new_avg_ms first_response_transfer_avg_ms response_avg_ms skill_time_ms
skill_time_share""".split()


def pair_rows(world, agent, intervals):
    skills = sorted({s["skill"] for s in world.segments[agent]})
    for skill in skills:
        for begin, end in intervals:
            mine = [s for s in world.segments[agent] if s["skill"] == skill]
            time = sum(b - a for a, b in overlap([(s["begin"], s["until"]) for s in mine], begin, end))
            every = sum(b - a for a, b in overlap([(s["begin"], s["until"]) for s in world.segments[agent]], begin, end))
            began = [s for s in mine if begin <= s["begin"] < end]
            ended = [s for s in mine if s["end"] is not None and begin <= s["end"] < end]
            if not (time or began or ended):
                continue
            first = lambda *why: half_up([s["first"] for s in ended if s["first"] is not None and (not why or s["started"] in why)])
            yield [f"{agent}:{skill}:{begin}", *world.keys(begin, end), world.given["account"], agent, world.who(agent)[0], skill,
                   text(world.skills.get(skill)), len(began), len(ended), sum(s["messages"] > 0 for s in ended),
                   *(sum(s["facts"][k] == "true" for s in ended) for k in range(4)), ratio(sum(s["messages"] for s in ended), len(ended)),
                   half_up([s["end"] - s["begin"] for s in ended]), first(), first("new_conversation"),
                   first("agent_transfer", "skill_transfer", "taken_from_queue"), half_up([w for s in ended for w in s["waits"]]),
                   time, ratio(time, every)]


def main(source, target):
    with open(source, encoding="utf-8") as f:
        given = json.load(f)
    world = World(given)
    agents = sorted(set(world.stays) | set(world.segments) | set(world.said) | set(world.handled) | set(world.sessions))
    with open(target, "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        if given["report"] == "wfm.agent_skill_interval":
            out.writerow(PAIRS)
            for agent in agents:
                out.writerows(pair_rows(world, agent, world.intervals(given["minutes"])))
            return
        header, row = (DAILY, daily_row) if given["report"] == "agent.daily" else (INTERVAL, interval_row)
        out.writerow(header)
        for agent in agents:
            for begin, end in world.intervals(given["minutes"]):
                cell = Cell(world, agent, begin, end)
                if given["report"] == "agent.daily":
                    cell.busy = []
                if cell.any():
                    out.writerow(row(world, agent, begin, end, cell))


if __name__ == "__main__":
    main(*sys.argv[1:])
