"""Hand-made exchanges of clients for surveys: each kind of response, with what an application adds to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from handmade import OPEN, SID, SWITCHING, answer, exchange_of, text

from eiospec.observations.survey import Kind
from eiospec.wire.exchange import Exchange

# The lines that an application adds to a response, by its kind and the request's Cookie and Origin.
Adds = Callable[[Kind, str, str], tuple[bytes, ...]]

ASKED = {
    Kind.HANDSHAKE: (b"GET", b"EIO=4&transport=polling"),
    Kind.POLL: (b"GET", b"EIO=4&transport=polling&sid=" + SID.encode()),
    Kind.POST: (b"POST", b"EIO=4&transport=polling&sid=" + SID.encode()),
    Kind.UPGRADE: (b"GET", b"EIO=4&transport=websocket&sid=" + SID.encode()),
    Kind.WEBSOCKET: (b"GET", b"EIO=4&transport=websocket"),
    Kind.ERROR: (b"GET", b"EIO=4&transport=abc"),
    Kind.PREFLIGHT: (b"OPTIONS", b"EIO=4&transport=polling"),
}
SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
PREFLIGHT = b"Access-Control-Request-Method: POST\r\n"
COOKIES = ("", "eiospec=1", "eiospec=1; uid=1234")
ORIGINS = ("", "http://a.example")


def sent(
    id: str, kind: Kind, adds: Adds, cookie: str = "", origin: str = "", probe: str = "survey"
) -> Exchange:
    """Return an exchange of this kind; `cookie` and `origin` are fields of the request."""
    method, query = ASKED[kind]
    lines = b"".join(
        line
        for line, wanted in (
            (SOCKET, kind in (Kind.UPGRADE, Kind.WEBSOCKET)),
            (PREFLIGHT, kind is Kind.PREFLIGHT),
            (f"Cookie: {cookie}\r\n".encode("latin-1"), cookie),
            (f"Origin: {origin}\r\n".encode("latin-1"), origin),
        )
        if wanted
    )
    request = method + b" /socket.io/?" + query + b" HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n" + lines + b"\r\n"
    added = adds(kind, cookie, origin)
    if kind in (Kind.UPGRADE, Kind.WEBSOCKET):
        head, _, rest = SWITCHING.partition(b"\r\n\r\n")
        response = b"\r\n".join([head, *added, b"", rest])
    else:
        body = OPEN if kind is Kind.HANDSHAKE else b"ok"
        status = b"400 Bad Request" if kind is Kind.ERROR else b"200 OK"
        response = answer(body, *added, status=status)
    made = exchange_of(
        response,
        request=request,
        id=id,
        label=f"{kind}, {cookie}, {origin}",
        frames=(text(OPEN),) if kind is Kind.WEBSOCKET else (),
    )
    return dataclasses.replace(made, probe=probe)


def tour(adds: Adds, kinds: tuple[Kind, ...] = tuple(Kind)) -> list[Exchange]:
    """Return every kind of response for each Cookie and Origin; a preflight has an Origin and no Cookie."""
    made: list[Exchange] = []
    for kind in kinds:
        for cookie in COOKIES if kind is not Kind.PREFLIGHT else ("",):
            for origin in ORIGINS if kind is not Kind.PREFLIGHT else ORIGINS[1:]:
                made.append(sent(str(len(made) + 1), kind, adds, cookie, origin))
    return made
