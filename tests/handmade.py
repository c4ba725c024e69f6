"""Hand-made exchanges for tests, and types of fixtures that make values."""

from __future__ import annotations

from collections.abc import Callable

from eiospec.verdicts import Judgement, Run
from eiospec.wire.exchange import End, Exchange, Frame, Opcode
from eiospec.wire.parse import parse_request, parse_response

Make = Callable[..., Run]
Judge = Callable[..., Judgement]
Converse = Callable[..., Exchange]

ORIGIN = "http://127.0.0.1:3000"
POLLING = "/socket.io/?EIO=4&transport=polling"
HANDSHAKE = f"GET {POLLING} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n".encode()
SID = "lv_VI97HAXpY6yYWAAAB"
OPEN = b'0{"sid":"' + SID.encode() + b'","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
# Sec-WebSocket-Accept is that of a request without a key, such as HANDSHAKE.
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=\r\n\r\n"
)


def answer(body: bytes = b"", *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a response with a Content-Length and these field lines."""
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"Content-Length: %d" % len(body), b"", body])


def exchange_of(
    response: bytes | None,
    *,
    request: bytes | None = None,
    id: str = "1",
    label: str = "handshake",
    end: End = End.CLIENT,
    end_detail: str = "",
    frames: tuple[Frame, ...] = (),
    after: bytes = b"",
) -> Exchange:
    """Make an exchange whose response has these octets; None for no response."""
    asked = parse_request(HANDSHAKE if request is None else request)
    return Exchange(
        id=id,
        probe="tour",
        label=label,
        url=ORIGIN + asked.target.decode("latin-1"),
        connection=1,
        request=asked,
        response=None if response is None else parse_response(response, closed=True),
        started=0.01,
        answered=None if response is None else 0.02,
        ended=0.03,
        end=end,
        end_detail=end_detail,
        frames=frames,
        after=after,
    )


def text(payload: bytes, *, by_target: bool = True) -> Frame:
    """A text frame."""
    return Frame(Opcode.TEXT, payload, by_target, 0.02)
