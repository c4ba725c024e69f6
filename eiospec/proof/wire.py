"""Whether two runs saw different octets: sessions, dates and nonces apart.

A fault that does not show on the wire proves nothing. Exchanges are paired by probe and label; what changes
from run to run by nature is written as a placeholder first.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import Any

CHANGING = {
    "date": re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
    # Random enough to be an id; field names are as long.
    "id": re.compile(r"(?<![A-Za-z0-9+/_-])(?![A-Za-z-]+:)[A-Za-z0-9+/_-]{16,}={0,2}|(?:%[0-9A-F]{2}){2,}"),
    "number": re.compile(r"custom-\d+"),
    "host": re.compile(r"127\.0\.0\.1:\d+"),
    "nonce": re.compile(r"\b[0-9a-f]{8}\b"),
}
SID = re.compile(r'"sid":"([^"]+)"')
# A wait that differs this much from the control's shows, too (seconds).
OTHER_WAIT = 0.1


class Placeholders:
    """What changes by nature, replaced; in one exchange the same value by the same placeholder."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        for kind, pattern in CHANGING.items():
            text = pattern.sub(partial(self._name, kind), text)
        return text

    def _name(self, kind: str, found: re.Match[str]) -> str:
        size = f" of {len(found[0])}" if kind == "id" else ""
        return self._names.setdefault(found[0], f"<{kind} {len(self._names)}{size}>")


def shape(exchange: dict[str, Any]) -> tuple[object, ...]:
    """What of an exchange has to be the same on the same server. A value that was asked with is known again."""
    plain = Placeholders()
    plain(exchange["request"]["octets"])
    response = exchange.get("response")
    octets = plain(response["octets"] + response["surplus"]) if response else None
    frames = tuple(
        (frame["opcode"], plain(frame["payload"]), frame["fin"], frame["rsv"], frame["masked"])
        for frame in exchange.get("frames", ())
        if frame["by_target"]
    )
    return (exchange["probe"], exchange["label"], octets, frames, plain(exchange.get("after") or ""))


def differs(report: dict[str, Any], control: dict[str, Any]) -> bool:
    """True when the octets, the number of exchanges, or the time they took tell the two runs apart."""
    if abs(longest(report) - longest(control)) > OTHER_WAIT or given_again(report) != given_again(control):
        return True
    mine, theirs = by_occasion(report), by_occasion(control)
    if counted(mine) != counted(theirs):
        return True
    # Occasion by occasion: the first difference decides, and shapes take long to draw.
    return any(
        Counter(map(shape, mine[occasion])) != Counter(map(shape, theirs[occasion])) for occasion in mine
    )


def by_occasion(made: dict[str, Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The exchanges of a run by probe and label."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for exchange in made["exchanges"]:
        found.setdefault((exchange["probe"], exchange["label"]), []).append(exchange)
    return found


def counted(occasions: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[tuple[str, str], int]:
    """How many exchanges each occasion had."""
    return {occasion: len(exchanges) for occasion, exchanges in occasions.items()}


def given_again(made: dict[str, Any]) -> int:
    """How many session ids of a run had been given before."""
    ids = [
        id
        for exchange in made["exchanges"]
        for id in SID.findall((exchange["response"] or {}).get("octets", ""))
    ]
    return len(ids) - len(set(ids))


def longest(made: dict[str, Any]) -> float:
    """Seconds of a run's longest exchange."""
    return max((exchange["ended"] - exchange["started"] for exchange in made["exchanges"]), default=0.0)
