"""What a client checks about a 101, and about the frames after it."""

from __future__ import annotations

import pytest
from handmade import SWITCHING, exchange_of

from eiospec.observations import opening
from eiospec.observations.opening import breach, illegal_frame, refused_by_clients
from eiospec.observations.sessions import Fate, fate_of_upgrade
from eiospec.wire.exchange import Exchange, Frame, Opcode

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def answered(*lines: str, status: str = "HTTP/1.1 101 Switching Protocols", offers: str = "") -> Exchange:
    request = f"GET /socket.io/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {KEY}\r\n{offers}\r\n"
    response = "\r\n".join([status, *lines, "", ""])
    return exchange_of(response.encode("latin-1"), request=request.encode())


def test_the_example_of_the_rfc_is_accepted() -> None:
    right = answered(
        "Upgrade: WebSocket", "Connection: keep-alive, upgrade", f"Sec-WebSocket-Accept: {ACCEPT}"
    )
    assert refused_by_clients(right) == ""
    assert all(breach(right, rule) == "" for rule in opening.RULES)


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (opening.upgrade_field, []),
        (opening.upgrade_field, ["Upgrade: websocket, h2c"]),
        (opening.upgrade_field, ["Upgrade: websocket", "Upgrade: websocket"]),
        (opening.connection_field, []),
        (opening.connection_field, ["Connection: keep-alive"]),
        (opening.connection_field, ["Connection: upgraded"]),
        (opening.accept_value, []),
        (opening.accept_value, [f"Sec-WebSocket-Accept: {ACCEPT}x"]),
        (opening.accept_value, [f"Sec-WebSocket-Accept: {ACCEPT.lower()}"]),
        (opening.accept_once, 2 * [f"Sec-WebSocket-Accept: {ACCEPT}"]),
        (opening.subprotocol, ["Sec-WebSocket-Protocol: chat"]),
        (opening.extensions, ["Sec-WebSocket-Extensions: permessage-deflate"]),
        (opening.status_line, ["Content-Length: 0"]),
        (opening.status_line, ["Transfer-Encoding: chunked"]),
    ],
)
def test_a_101_that_breaks_one_rule_is_found(rule: opening.Rule, lines: list[str]) -> None:
    assert breach(answered(*lines), rule) != ""


def test_http_1_0_is_found() -> None:
    assert "HTTP/1.0" in breach(answered(status="HTTP/1.0 101 Switching Protocols"), opening.status_line)


def test_what_was_offered_may_be_chosen() -> None:
    offers = (
        "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate; x=1\r\n"
    )
    lines = ["Sec-WebSocket-Protocol: superchat", "Sec-WebSocket-Extensions: permessage-deflate"]
    chosen = answered(*lines, offers=offers)
    assert breach(chosen, opening.subprotocol) == breach(chosen, opening.extensions) == ""
    both = answered("Sec-WebSocket-Protocol: chat, superchat", offers=offers)
    assert breach(both, opening.subprotocol) != ""


def test_a_refusal_breaks_no_rule_of_a_101() -> None:
    assert refused_by_clients(answered(status="HTTP/1.1 400 Bad Request")) == ""


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (Frame(Opcode.TEXT, b"x", True, 0.0, rsv=4), "RSV1"),
        (Frame(Opcode.TEXT, b"x", True, 0.0, rsv=3), "RSV2, RSV3"),
        (Frame(Opcode.TEXT, b"x", True, 0.0, masked=True), "masked"),
        (Frame(Opcode.RESERVED, b"x", True, 0.0), "reserved opcode"),
        (Frame(Opcode.PING, b"x", True, 0.0, fin=False), "fragmented"),
        (Frame(Opcode.PONG, 126 * b"x", True, 0.0), "of 126 octets"),
        (Frame(Opcode.CONTINUATION, b"x", True, 0.0), "continues no message"),
    ],
)
def test_an_illegal_frame_is_named(frame: Frame, words: str) -> None:
    assert words in illegal_frame(exchange_of(SWITCHING, frames=(frame,)))


def test_a_message_within_another_is_named() -> None:
    frames = (Frame(Opcode.TEXT, b"x", True, 0.0, fin=False), Frame(Opcode.TEXT, b"y", True, 0.0))
    assert "within another" in illegal_frame(exchange_of(SWITCHING, frames=frames))


def test_a_ping_between_fragments_is_legal() -> None:
    frames = (
        Frame(Opcode.TEXT, b"x", True, 0.0, fin=False),
        Frame(Opcode.PING, 125 * b"x", True, 0.0),
        Frame(Opcode.TEXT, b"ours", False, 0.0, masked=True),
        Frame(Opcode.CONTINUATION, b"y", True, 0.0),
    )
    assert illegal_frame(exchange_of(SWITCHING, frames=frames)) == ""


def test_upgrade_with_a_101_that_no_client_accepts_does_not_keep_its_session() -> None:
    bare = exchange_of(SWITCHING.replace(b"Kfh9", b"Xfh9"))
    assert fate_of_upgrade(bare, probed=True, answered=True, held_back=False) is Fate.NOT_UPGRADED
    right = exchange_of(SWITCHING)
    assert fate_of_upgrade(right, probed=True, answered=True, held_back=False) is Fate.KEPT
