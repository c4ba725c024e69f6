"""The first ping on each transport."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eiospec.errors import Blocked, NotApplicable, Shortfall
from eiospec.observations.handshake import Handshake
from eiospec.wire.exchange import Exchange

# Seconds that a ping may be late.
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The first ping. `interval` is the advertised pingInterval in seconds, `ping` the packet.

    `after` is the time since we read the handshake, which may be late; `at_most` the time since we sent it.
    """

    transport: str
    interval: float
    exchange: Exchange
    ping: str | None = None
    after: float | None = None
    at_most: float | None = None


def interval_of(handshake: Handshake, max_wait: float) -> float:
    """Return the advertised pingInterval in seconds; raise NotApplicable when --max-wait is shorter."""
    try:
        value = handshake.open_packet["pingInterval"]
    except Shortfall as shortfall:
        raise Blocked(f"the open packet has no pingInterval (HS-003, HS-007): {shortfall.observed}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise Blocked(f"pingInterval is {value!r}, not a number of milliseconds")
    if value / 1000 + SLACK > max_wait:
        raise NotApplicable(
            f"the next ping is due in {value / 1000:g} s, --max-wait is {max_wait:g} s: "
            f"see it with --max-wait {value / 1000 + SLACK + 1:.0f}"
        )
    return float(value) / 1000
