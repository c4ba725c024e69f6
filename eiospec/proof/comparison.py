"""Whether two runs saw different octets, apart from sessions, dates and nonces.

A fault that does not show on the wire proves nothing. Exchanges are compared by occasion, which is probe and label;
values that change from run to run are replaced by placeholders first.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import partial

from eiospec.observations.opening import accept_value, breach
from eiospec.wire.exchange import Exchange

CHANGING = {
    "date": re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
    # Random enough to be an id; field names are as long.
    "id": re.compile(r"(?<![A-Za-z0-9+/_-])(?![A-Za-z-]+:)[A-Za-z0-9+/_-]{16,}={0,2}|(?:%[0-9A-F]{2}){2,}"),
    "number": re.compile(r"custom-\d+"),
    "host": re.compile(r"127\.0\.0\.1:\d+"),
    "nonce": re.compile(r"\b[0-9a-f]{8}\b"),
}
SID = re.compile(rb'"sid":"([^"]+)"')
# Seconds by which the longest exchange of an occasion must differ to count.
OTHER_WAIT = 0.1

Occasion = tuple[str, str]


class Placeholders:
    """Replace values that change; within one exchange a value keeps its placeholder."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, octets: bytes) -> str:
        text = octets.decode("latin-1")
        for kind, pattern in CHANGING.items():
            text = pattern.sub(partial(self._name, kind), text)
        return text

    def _name(self, kind: str, found: re.Match[str]) -> str:
        size = f" of {len(found[0])}" if kind == "id" else ""
        return self._names.setdefault(found[0], f"<{kind} {len(self._names)}{size}>")


def shape(exchange: Exchange) -> tuple[object, ...]:
    """Return what the same server always answers: octets and frames with placeholders."""
    plain = Placeholders()
    plain(exchange.request.octets)  # a value that is sent and returned keeps its placeholder
    response = exchange.response
    octets = plain(response.octets + response.surplus) if response else None
    frames = tuple(
        (frame.opcode, plain(frame.payload), frame.fin, frame.rsv, frame.masked)
        for frame in exchange.received()
    )
    # Every 101 has another Sec-WebSocket-Accept, which is right or wrong.
    wrong_accept = bool(breach(exchange, accept_value))
    return (octets, frames, plain(exchange.after), wrong_accept)


class ComparedRun:
    """The exchanges of a run, ready to be compared with those of many others."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._all = tuple(exchanges)
        self._by_occasion: dict[Occasion, list[Exchange]] = defaultdict(list)
        for exchange in self._all:
            self._by_occasion[exchange.probe, exchange.label].append(exchange)
        self._shapes: dict[Occasion, Counter[tuple[object, ...]]] = {}

    def differs_from(self, other: ComparedRun) -> bool:
        """Return whether octets, the number of exchanges, or the longest wait of an occasion differ."""
        if self._repeated() != other._repeated() or self._counted() != other._counted():
            return True
        waits, others = self._longest(), other._longest()
        if any(abs(waits[occasion] - others[occasion]) > OTHER_WAIT for occasion in waits):
            return True
        # One occasion after the other: the first difference decides.
        return any(self._shapes_of(occasion) != other._shapes_of(occasion) for occasion in self._by_occasion)

    def _shapes_of(self, occasion: Occasion) -> Counter[tuple[object, ...]]:
        if occasion not in self._shapes:
            self._shapes[occasion] = Counter(map(shape, self._by_occasion[occasion]))
        return self._shapes[occasion]

    def _counted(self) -> dict[Occasion, int]:
        return {occasion: len(exchanges) for occasion, exchanges in self._by_occasion.items()}

    def _repeated(self) -> int:
        """Return how many session ids were given before."""
        ids = [id for one in self._all if one.response for id in SID.findall(one.response.octets)]
        return len(ids) - len(set(ids))

    def _longest(self) -> dict[Occasion, float]:
        """Return the seconds of the longest exchange of each occasion."""
        return {
            occasion: max(exchange.ended - exchange.started for exchange in exchanges)
            for occasion, exchanges in self._by_occasion.items()
        }
