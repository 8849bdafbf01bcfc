"""What the restatements of reports about single sections share."""


class Keys:
    """Row keys of one record: those that repeat are numbered."""

    def __init__(self, conversation):
        self.conversation, self.seen = conversation, {}

    def of(self, *parts):
        key = ":".join("-" if p is None else str(p) for p in (self.conversation, *parts))
        self.seen[key] = self.seen.get(key, 0) + 1
        return key if self.seen[key] == 1 else f"{key}:{self.seen[key]}"


def shortest(number):
    """A number as a plain decimal without needless digits."""
    if number is None:
        return None
    number = float(number)
    return int(number) if number == int(number) else number
