"""The heartbeat, when it is due within --max-wait."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked
from eiospec.observations.heartbeat import SLACK, Heartbeat
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import EIO4, EIO4_SUITE

EARLIEST = 0.8


def on_time(heartbeat: Heartbeat) -> str:
    """on time · too early · too late · never."""
    if heartbeat.after is None or heartbeat.at_most is None:
        return "never"
    if heartbeat.at_most < EARLIEST * heartbeat.interval:
        return f"too early, after {heartbeat.at_most * 1000:.0f} ms of {heartbeat.interval * 1000:.0f} ms"
    if heartbeat.after > heartbeat.interval + SLACK:
        return f"too late, after {heartbeat.after * 1000:.0f} ms of {heartbeat.interval * 1000:.0f} ms"
    return "on time"


@requirement(
    "HB-001",
    MUST,
    "The server sends a ping on a WebSocket session at the advertised pingInterval.",
    source=EIO4.at("Heartbeat"),
    needs=(Capability.WEBSOCKET, Capability.HEARTBEAT_IN_TIME),
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_ping_on_websocket(heartbeat: Heartbeat) -> None:
    assert on_time(heartbeat) == "on time"


@requirement(
    "HB-002",
    MUST,
    "The server sends a ping on a polling session at the advertised pingInterval, in a poll.",
    source=EIO4.at("Heartbeat"),
    needs=(Capability.POLLING, Capability.HEARTBEAT_IN_TIME),
)
@pytest.mark.parametrize("transport", ["polling"])
def test_ping_on_polling(heartbeat: Heartbeat) -> None:
    assert on_time(heartbeat) == "on time"


@requirement(
    "HB-003",
    SHOULD,
    "The ping packet has no payload outside an upgrade.",
    source=EIO4_SUITE.at("heartbeat"),
    needs=Capability.HEARTBEAT_IN_TIME,
)
def test_ping_is_bare(heartbeat: Heartbeat) -> None:
    if heartbeat.ping is None:
        raise Blocked("no ping arrived (HB-001, HB-002)")
    assert heartbeat.ping == "2"
