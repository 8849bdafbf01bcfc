"""What the restatements of the chat reports share: one engagement, read plainly."""
from rival import NOTHING, compact, stamp  # noqa: F401


def clean(value):
    return None if value is None or isinstance(value, str) and value in NOTHING else value


def whole(value):
    value = clean(value)
    return None if value is None else int(float(value))


def unless_minus_one(value):
    value = whole(value)
    return None if value == -1 else value


def truth(value):
    value = clean(value)
    return None if value is None else "true" if str(value).lower() in ("true", "1") else "false"


def decimal(value):
    value = clean(value)
    if value is None:
        return None
    number = float(value)
    return int(number) if number == int(number) else number


def key(*parts):
    return ":".join("-" if p is None else str(p) for p in parts)


def numbered(seen, text):
    seen[text] = seen.get(text, 0) + 1
    return text if seen[text] == 1 else f"{text}:{seen[text]}"


def in_order(lines):
    return sorted(lines, key=lambda line: (int(line["timeL"]), int(line.get("lineSeq") or -1 << 60)))


def talk(lines):
    return [line for line in in_order(lines) if clean(line.get("subType")) in (None, "REGULAR") and line.get("source") in ("agent", "visitor")]


def waits(lines):
    """The response time of each line that begins an agent turn after a visitor turn."""
    found, asked, before = {}, None, None
    for line in talk(lines):
        if line["source"] != before:
            if line["source"] == "visitor":
                asked = int(line["timeL"])
            elif asked is not None:
                found[id(line)] = int(line["timeL"]) - asked
        before = line["source"]
    return found
