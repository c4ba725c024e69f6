"""The first ping on each transport."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eiospec.errors import Blocked, NotApplicable, Shortfall
from eiospec.observations.handshake import Handshake
from eiospec.wire.exchange import Exchange

# How much later than advertised a ping may come and still be on time (one-sided, seconds).
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`interval` is the advertised pingInterval in seconds; `ping` the ping packet.

    It came `after` so many seconds, and `at_most` so many: from when we read the handshake, which may be late, and
    from when we asked for it.
    """

    transport: str
    interval: float
    exchange: Exchange
    ping: str | None = None
    after: float | None = None
    at_most: float | None = None


def interval_of(handshake: Handshake, max_wait: float) -> float:
    """The advertised pingInterval in seconds; NotApplicable when waiting for it would take too long."""
    try:
        value = handshake.open_packet["pingInterval"]
    except Shortfall as shortfall:
        raise Blocked(f"the open packet has no pingInterval (HS-003, HS-007): {shortfall.observed}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise Blocked(f"pingInterval is {value!r}, no number of milliseconds")
    if value / 1000 + SLACK > max_wait:
        raise NotApplicable(
            f"the next ping is due in {value / 1000:g} s, --max-wait is {max_wait:g} s: "
            f"see it with --max-wait {value / 1000 + SLACK + 1:.0f}"
        )
    return float(value) / 1000
