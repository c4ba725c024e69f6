"""Lifetimes of sessions without pongs count from the request that opened them."""

from __future__ import annotations

import pytest
from dialling import ASKING, dialer_to

from eiospec.wire.dialer import Dialer
from eiospec.wire.exchange import End, Exchange
from eiospec.wire.parse import parse_response
from eiospec.wire.stream import Tape

OPEN_PACKET = b'0{"sid":"abc","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}'
OPENED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(OPEN_PACKET), OPEN_PACKET)
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def answered(dialer: Dialer, target: str, octets: bytes, ago: float) -> Exchange:
    """An exchange that began so many seconds ago and has just been answered."""
    started = dialer.transcript.clock() - ago
    response = parse_response(octets)
    return dialer.record(ASKING, target, Tape(), response, connection=1, started=started, end=End.KEPT)


@pytest.mark.parametrize(("took", "outlived"), [(0.0, False), (0.6, True)])
def test_a_slow_handshake_shortens_the_lifetime(took: float, outlived: bool) -> None:
    dialer = dialer_to(1)
    answered(dialer, "/?EIO=4&transport=polling", OPENED, took)
    assert answered(dialer, "/?EIO=4&transport=polling&sid=abc", REFUSED, 0.0).outlived is outlived


def test_an_unknown_session_has_no_lifetime() -> None:
    assert answered(dialer_to(1), "/?EIO=4&transport=polling&sid=abc", REFUSED, 9.0).outlived is False
