"""Sessions through a balancer for tests, made of one step per request."""

from __future__ import annotations

from collections.abc import Sequence

from handmade import HANDSHAKE, OPEN, SID, SWITCHING, answer, exchange_of

from eiospec.observations.handshake import Handshake
from eiospec.observations.sessions import (
    POLL,
    POST,
    UPGRADE,
    Fate,
    Journey,
    Sessions,
    Step,
    fate_of,
)
from eiospec.target.profile import Sticky
from eiospec.wire.exchange import End, Exchange

UNKNOWN = answer(b'{"code":1,"message":"Session ID unknown"}', status=b"400 Bad Request")
LATER = HANDSHAKE.replace(b" HTTP/1.1", b"&sid=" + SID.encode() + b" HTTP/1.1", 1)


def answered(*lines: bytes, node: str = "", response: bytes | None = None) -> Exchange:
    """Make a request of the session, answered `ok` unless a response is given."""
    named = (*lines, b"x-node: " + node.encode()) if node else lines
    return exchange_of(answer(b"ok", *named) if response is None else response, request=LATER)


def step(kind: str, response: bytes | None = None, *lines: bytes, node: str = "") -> Step:
    """Make a poll or POST, which keeps the session unless its response shows otherwise."""
    exchange = answered(*lines, node=node, response=response)
    return Step(kind, exchange, fate_of(exchange))


def silent(kind: str) -> Step:
    """Make a request without a response."""
    exchange = exchange_of(None, request=LATER, end=End.TIMEOUT)
    return Step(kind, exchange, fate_of(exchange))


def upgrade(fate: Fate = Fate.KEPT, response: bytes = SWITCHING) -> Step:
    """Make an upgrade with its fate."""
    return Step(UPGRADE, exchange_of(response, request=LATER), fate)


def journey(
    *steps: Step, cookies: Sequence[bytes] = (b"io=" + SID.encode(),), node: str = "app01", answers: int = 1
) -> Journey:
    """Make a session whose handshake sets these cookies."""
    lines = (*(b"Set-Cookie: " + cookie for cookie in cookies), b"x-node: " + node.encode())
    handshake = Handshake("polling", exchange_of(answer(OPEN, *lines)))
    return Journey(handshake, steps, answers if all(step.kept for step in steps) else 0)


def kept(**given: object) -> Journey:
    """Make a session that was kept."""
    return journey(step(POST), step(POLL), upgrade(), **given)  # type: ignore[arg-type]


def lost(**given: object) -> Journey:
    """Make a session whose first POST reached another node."""
    return journey(step(POST, UNKNOWN), **given)  # type: ignore[arg-type]


def sessions(*jarred: Journey, mode: str = "auto", cookie: str | None = None, **given: object) -> Sessions:
    """Make the observation of these sessions."""
    return Sessions(Sticky(mode, cookie), jarred, **given)  # type: ignore[arg-type]
