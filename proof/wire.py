"""Whether two runs saw different octets: sessions, dates and nonces apart.

A fault that does not show on the wire proves nothing. Exchanges are paired by probe and label; what changes
from run to run by nature is written as a placeholder first.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

CHANGING = (
    (re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    (re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}"), "<id>"),
    (re.compile(r"custom-\d+"), "<id>"),
    (re.compile(r"%[0-9A-F]{2}(?:%[0-9A-F]{2})+"), "<id>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "<nonce>"),
)
# A wait that is this much longer than the control's shows, too (seconds).
LONGER = 0.15


def plain(text: str) -> str:
    """Octets with everything that changes by nature replaced."""
    for pattern, placeholder in CHANGING:
        text = pattern.sub(placeholder, text)
    return text


def shape(exchange: dict[str, Any]) -> tuple[object, ...]:
    """What of an exchange has to be the same on the same server."""
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
    mine = Counter(shape(exchange) for exchange in report["exchanges"])
    theirs = Counter(shape(exchange) for exchange in control["exchanges"])
    return mine != theirs or _slower(report, control)


def _slower(report: dict[str, Any], control: dict[str, Any]) -> bool:
    def longest(made: dict[str, Any]) -> float:
        return max((exchange["ended"] - exchange["started"] for exchange in made["exchanges"]), default=0.0)

    return longest(report) - longest(control) > LONGER
