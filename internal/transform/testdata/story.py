"""What the restatements of reports about segments share: one conversation, read plainly."""
from rival import KIND, NOTHING, Skills, clean, first_by, in_main, pick, stamp  # noqa: F401

TO_QUEUE = ("Skill", "back2Q", "SuggestedAgentTimeout")
STARTS = {"Agent": "agent_transfer", "Skill": "skill_transfer", "back2Q": "taken_from_queue",
          "SuggestedAgentTimeout": "taken_from_queue", "TakeOver": "takeover"}
ENDS = dict(STARTS, back2Q="back_to_queue", SuggestedAgentTimeout="back_to_queue")
CLOSED = {"AGENT": "closed_by_agent", "CONSUMER": "closed_by_consumer"}


def moment(value):
    value = clean(value)
    return None if value is None or int(value) == -1 else int(value)


def truth(value):
    return None if value is None else "true" if value else "false"


def half_up(values):
    return (2 * sum(values) + len(values)) // (2 * len(values)) if values else None


def pair(a, b):
    return None if a is None or b is None else a - b


class Story:
    def __init__(self, record, names=None):
        self.record, self.info = record, record["info"]
        self.dialogs = first_by(record.get("dialogs") or [], "dialogId")
        self.agents = record.get("agentParticipants") or []
        self.agent_by_id = first_by(self.agents, "agentId")
        self.skills = Skills(record, names or {}, self.dialogs)
        self.start = moment(self.info.get("startTimeL"))
        end = moment(self.info.get("conversationEndTimeL"))
        self.end = moment(self.info.get("endTimeL")) if end is None else end
        self.closed = self.end is not None and self.info.get("status") != "OPEN"
        self.messages = sorted(record.get("messageRecords") or [], key=lambda m: (m["timeL"], int(m.get("seq") or 0), m["messageId"]))
        self.said = [m for m in self.main(self.messages)
                     if (clean(m.get("audience")) or "ALL") == "ALL" and self.sender(m) != "system"]
        self.transfers = sorted(self.main(record.get("transfers")), key=lambda t: t["timeL"])
        self.interactions = sorted(self.main(record.get("interactions")),
                                   key=lambda i: (i["interactiveSequence"], i["interactionTimeL"]))

    def main(self, items):
        return [i for i in items or [] if in_main(i.get("dialogId"), self.dialogs)]

    def kind(self, agent):
        found = self.agent_by_id.get(agent) if agent is not None else None
        return KIND.get(str(found.get("userType"))) if found else None

    def sender(self, message):
        if message["sentBy"].lower() == "consumer":
            return "consumer"
        return self.kind(clean(message.get("participantId"))) or "agent_unknown"

    def writer(self, message):
        """The agent who wrote the message, None for the consumer."""
        return None if self.sender(message) == "consumer" else clean(message.get("participantId"))

    def opening(self):
        return "resume" if self.said and self.sender(self.said[0]) != "consumer" else "new_conversation"

    def close_reason(self):
        return CLOSED.get(self.info.get("closeReason"), "closed_by_system")

    def next_assignment(self, at):
        later = [i for i in self.interactions if i["interactionTimeL"] >= at]
        return min(later, key=lambda i: i["interactionTimeL"]) if later else None

    def within(self, begin, end, closing):
        """Visible messages from begin on; those at the very end only if closing ends it."""
        return [m for m in self.said if m["timeL"] >= begin
                and (end is None or m["timeL"] < end or closing and m["timeL"] == end)]

    def turns(self):
        """(message, message that began the turn before or None) of every turn's first message."""
        out, before = [], None
        for message in self.said:
            side = self.sender(message) == "consumer"
            if not out or (self.sender(out[-1][0]) == "consumer") != side:
                out.append((message, out[-1][0] if out else None))
        return out


def outcome(messages, of_side, is_consumer, ending):
    """interactive, abandoned, nonresponsive consumer, nonresponsive agent (G10)."""
    if ending is None:
        return [None] * 4
    spoken = [i for i, m in enumerate(messages) if of_side(m)]
    replied = bool(spoken) and any(is_consumer(m) for m in messages[spoken[0]:])
    by_consumer = ending == "closed_by_consumer"
    return [truth(replied), truth(by_consumer and not spoken), truth(bool(spoken) and not replied),
            truth(not by_consumer and not spoken)]
