"""Which sessions of a run are still open at its end."""

from __future__ import annotations

import pytest
from handmade import HANDSHAKE, OPEN, SID, SWITCHING, answer, exchange_of, text

from eiospec.probes.leftovers import left_open
from eiospec.wire.exchange import Exchange

OPENED = exchange_of(answer(OPEN))
OK = answer(b"ok")


def later(method: str, body: bytes = b"", *, sid: str = SID, fields: bytes = b"") -> bytes:
    """A request of the session."""
    line = f"{method} /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: h\r\n".encode()
    return line + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def upgraded(*sent: bytes) -> Exchange:
    """An upgrade of the session on which the client sent these packets."""
    request = later("GET", fields=b"Upgrade: websocket\r\nConnection: Upgrade\r\n")
    return exchange_of(SWITCHING, request=request, frames=tuple(text(one, by_target=False) for one in sent))


def test_a_handshake_opens_one() -> None:
    assert left_open([OPENED]) == {SID: OPENED}


@pytest.mark.parametrize(
    "end",
    [
        exchange_of(OK, request=later("POST", b"1")),
        exchange_of(OK, request=later("POST", b"1:1")),
        upgraded(b"2probe", b"5"),
    ],
)
def test_a_close_packet_or_a_finished_upgrade_ends_it(end: Exchange) -> None:
    assert left_open([OPENED, end]) == {}


@pytest.mark.parametrize(
    "other",
    [
        exchange_of(OK, request=later("POST", b"4hello")),
        exchange_of(answer(b"1"), request=later("GET")),
        exchange_of(OK, request=later("POST", b"1", sid="another")),
        upgraded(b"2probe"),
        exchange_of(None, request=HANDSHAKE),
    ],
)
def test_nothing_else_does(other: Exchange) -> None:
    assert left_open([OPENED, other]) == {SID: OPENED}
