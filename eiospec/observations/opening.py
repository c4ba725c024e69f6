"""What a client checks about a 101 before it believes it (RFC 6455 §4.1), and about each frame after it (§5).

Each function returns a sentence about what is wrong, or an empty string.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from eiospec.observations.answer import show
from eiospec.wire.exchange import Exchange, Frame, Headers, Opcode, Response

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MOST_CONTROL_OCTETS = 125
CONTROL = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)
Rule = Callable[[Exchange, Response], str]


def _values(response: Response, name: str) -> str:
    values = response.headers.values(name)
    return f"{name}: " + (" and ".join(show(value) for value in values) if values else "none")


def status_line(_: Exchange, response: Response) -> str:
    """HTTP/1.1, and no framing (RFC 6455 §4.1; RFC 9110 §8.6)."""
    if response.version != b"HTTP/1.1":
        return f"the status line begins with {show(response.version)}"
    for name in ("Content-Length", "Transfer-Encoding"):
        if response.headers.values(name):
            return f"a 101 has no body, and this one has {_values(response, name)}"
    return ""


def upgrade_field(_: Exchange, response: Response) -> str:
    """One protocol, in any letter case: clients compare the whole value (§4.1 step 2)."""
    right = response.headers.members("upgrade") == ("websocket",)
    return "" if right else f"{_values(response, 'Upgrade')}, and not websocket alone"


def connection_field(_: Exchange, response: Response) -> str:
    """The token among others, in any letter case (§4.1 step 3)."""
    right = "upgrade" in response.headers.members("connection")
    return "" if right else f"{_values(response, 'Connection')}, without the token Upgrade"


def expected_accept(exchange: Exchange) -> bytes:
    """Return the right Sec-WebSocket-Accept for the key of the request (§4.2.2)."""
    key = (exchange.request.headers.values("sec-websocket-key") or (b"",))[0]
    return base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())


def accept_value(exchange: Exchange, response: Response) -> str:
    """That of the request's key, in every line (§4.1 step 4)."""
    values, expected = response.headers.values("sec-websocket-accept"), expected_accept(exchange)
    wrong = not values or any(value != expected for value in values)
    return f"{_values(response, 'Sec-WebSocket-Accept')}, instead of {show(expected)}" if wrong else ""


def accept_once(_: Exchange, response: Response) -> str:
    """Not in several lines (§11.3.3); without one, `accept_value` is wrong."""
    several = len(response.headers.values("sec-websocket-accept")) > 1
    return f"{_values(response, 'Sec-WebSocket-Accept')}, more than one line" if several else ""


def subprotocol(exchange: Exchange, response: Response) -> str:
    """None, or one that was offered (§4.1 step 6)."""
    values = response.headers.values("sec-websocket-protocol")
    offered = [
        name.strip()
        for value in exchange.request.headers.values("sec-websocket-protocol")
        for name in value.split(b",")
    ]
    if not values or (len(values) == 1 and values[0] in offered):
        return ""
    return f"{_values(response, 'Sec-WebSocket-Protocol')}, and the client offered " + (
        show(b", ".join(offered)) if offered else "none"
    )


def extensions(exchange: Exchange, response: Response) -> str:
    """None that was not offered (§4.1 step 5)."""
    offered = {name.partition(";")[0].strip() for name in _members(exchange.request.headers)}
    chosen = {name.partition(";")[0].strip() for name in _members(response.headers)}
    if chosen <= offered:
        return ""
    return f"{_values(response, 'Sec-WebSocket-Extensions')}, and the client offered " + (
        ", ".join(sorted(offered)) or "none"
    )


def _members(headers: Headers) -> tuple[str, ...]:
    return headers.members("sec-websocket-extensions")


RULES: tuple[Rule, ...] = (
    status_line,
    upgrade_field,
    connection_field,
    accept_value,
    accept_once,
    subprotocol,
    extensions,
)


def breach(exchange: Exchange, rule: Rule) -> str:
    """Return what a 101 breaks of one rule; empty for another answer."""
    response = exchange.response
    return "" if response is None or response.status != 101 else rule(exchange, response)


def refused_by_clients(exchange: Exchange) -> str:
    """Return why a client fails the connection in spite of a 101; empty when it does not, or for another answer."""
    return next((why for rule in RULES if rule is not status_line and (why := breach(exchange, rule))), "")


def _illegal(frame: Frame) -> str:
    if frame.rsv:
        bits = ", ".join(f"RSV{bit}" for bit, mask in ((1, 4), (2, 2), (3, 1)) if frame.rsv & mask)
        return f"with {bits} set, although no extension was negotiated (§5.2)"
    if frame.masked:
        return "that is masked (§5.1)"
    if frame.opcode is Opcode.RESERVED:
        return "with a reserved opcode (§5.2)"
    if frame.opcode in CONTROL and not frame.fin:
        return "that is fragmented, which a control frame may not be (§5.4)"
    if frame.opcode in CONTROL and len(frame.payload) > MOST_CONTROL_OCTETS:
        return f"of {len(frame.payload)} octets, and a control frame has 125 at most (§5.5)"
    return ""


def illegal_frame(exchange: Exchange) -> str:
    """Return a sentence about the first frame of the target that a client fails the connection for (§5)."""
    if exchange.response is None or exchange.response.status != 101:
        return ""
    message = False
    for frame in exchange.received():
        why = _illegal(frame)
        if not why and frame.opcode not in CONTROL:
            continues = frame.opcode is Opcode.CONTINUATION
            if continues != message:
                why = "that continues no message" if continues else "that begins a message within another"
                why += " (§5.4)"
            message = not frame.fin
        if why:
            return f"a {frame.opcode} frame {why}: {show(frame.payload)}"
    return ""
