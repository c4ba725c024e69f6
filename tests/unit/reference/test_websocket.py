"""The WebSocket transport and the upgrade to it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from reference.peer import ACCEPT, BINARY, CLOSE, KEY, PING, PONG, TEXT, UPGRADE, Client

Serve = Callable[..., Client]
QUERY = "EIO=4&transport=websocket"


def test_opening_handshake(client: Client) -> None:
    peer, answer = client.opening()
    with peer:
        assert answer.head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert answer.one("upgrade") == "websocket"
        assert answer.one("connection") == "Upgrade"
        assert answer.one("sec-websocket-accept") == ACCEPT
        for absent in (
            "content-length",
            "transfer-encoding",
            "sec-websocket-extensions",
            "sec-websocket-protocol",
        ):
            assert answer.all(absent) == []
        packet = peer.text()
        sid = re.search(r'"sid":"([^"]+)"', packet)
        assert sid is not None
        assert '"upgrades":[]' in packet
        assert answer.cookies == [f"io={sid[1]}; Path=/; HttpOnly; SameSite=Lax"]


def test_first_offered_subprotocol_is_selected(client: Client) -> None:
    peer, answer = client.opening(QUERY, "Sec-WebSocket-Protocol: chat, superchat")
    peer.socket.close()
    assert answer.one("sec-websocket-protocol") == "chat"


def test_tokens_are_case_insensitive_members_of_lists(client: Client) -> None:
    lines = ("Upgrade: WebSocket", "Connection: keep-alive, upgrade", *UPGRADE[2:])
    assert client.ask("GET", QUERY, *lines).status == 101


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((*UPGRADE[:3], "Sec-WebSocket-Version: 12"), 426),
        (UPGRADE[:3], 426),
        ((*UPGRADE[:2], UPGRADE[3]), 400),
        ((*UPGRADE[:2], UPGRADE[3], "Sec-WebSocket-Key: short"), 400),
        ((*UPGRADE, f"Sec-WebSocket-Key: {KEY}"), 400),
    ],
)
def test_bad_opening_handshakes(client: Client, lines: tuple[str, ...], status: int) -> None:
    answer = client.ask("GET", QUERY, *lines)
    assert answer.status == status
    assert "close" in answer.one("connection")
    assert answer.all("sec-websocket-version") == (["13"] if status == 426 else [])


def test_refusal_of_another_version_names_version_13(client: Client) -> None:
    answer = client.ask("GET", QUERY, *UPGRADE[:3], "Sec-WebSocket-Version: 8")
    assert (answer.one("upgrade"), answer.one("connection")) == ("websocket", "Upgrade, close")


def test_only_get_is_upgraded(client: Client) -> None:
    assert client.ask("POST", QUERY, *UPGRADE, body=b"").status == 400


@pytest.mark.parametrize(
    "query", ["EIO=4&transport=polling", QUERY + "&sid=unknown", "EIO=3&transport=websocket"]
)
def test_refused_upgrades(client: Client, query: str) -> None:
    with client.peer() as peer:
        peer.request("GET", query, *UPGRADE)
        answer = peer.answer()
        assert answer.status == 400
        assert answer.one("date")
        assert peer.ended()
        assert peer.rest == b""


@pytest.mark.parametrize("size", [1, 124, 125, 126, 65534, 65535, 69999])
def test_echo_of_any_length(echo: Client, size: int) -> None:
    with echo.websocket() as peer:
        peer.frame(TEXT, "4" + "x" * size)
        assert peer.text() == "4" + "x" * size
        peer.frame(BINARY, b"\x01" * size)
        assert peer.receive() == (BINARY, b"\x01" * size)


def test_fragments_with_a_ping_between(echo: Client) -> None:
    with echo.websocket() as peer:
        peer.frame(TEXT, "4he", first=0)
        peer.frame(PING, b"abc")
        assert peer.receive() == (PONG, b"abc")
        peer.frame(PONG, b"unsolicited")
        peer.frame(0, "llo")
        assert peer.text() == "4hello"


@pytest.mark.parametrize(
    ("opcode", "payload", "first", "mask", "code"),
    [
        (TEXT, b"4x", 0x80, False, 1002),
        (TEXT, b"4x", 0xA0, True, 1002),
        (3, b"", 0x80, True, 1002),
        (PING, b"x" * 126, 0x80, True, 1002),
        (PING, b"x", 0, True, 1002),
        (0, b"x", 0x80, True, 1002),
        (TEXT, b"4\xff", 0x80, True, 1007),
        (TEXT, b"4" + b"x" * 70_000, 0x80, True, 1009),
        (CLOSE, b"x", 0x80, True, 1002),
        (CLOSE, b"\x03\xed", 0x80, True, 1002),
    ],
)
def test_frames_that_fail_the_connection(
    echo: Client, opcode: int, payload: bytes, first: int, mask: bool, code: int
) -> None:
    with echo.websocket() as peer:
        peer.frame(opcode, payload, first=first, mask=mask)
        assert peer.close_code() == code
        assert peer.ended()


@pytest.mark.parametrize("packet", ["abc", "9", "", "bAQID", "1", "2"])
def test_packets_that_close(echo: Client, packet: str) -> None:
    with echo.websocket() as peer:
        peer.frame(TEXT, packet)
        assert peer.close_code() == 1000
        peer.frame(CLOSE, b"\x03\xe8")
        assert peer.ended()


def test_close_frame_is_echoed(echo: Client) -> None:
    with echo.websocket() as peer:
        peer.frame(CLOSE, b"\x03\xe8bye")
        assert peer.receive() == (CLOSE, b"\x03\xe8bye")
        assert peer.ended()


@pytest.mark.parametrize("abruptly", [True, False])
def test_session_ends_with_its_websocket(echo: Client, abruptly: bool) -> None:
    peer, _ = echo.opening()
    sid = re.search(r'"sid":"([^"]+)"', peer.text())
    assert sid is not None
    if not abruptly:
        peer.frame(CLOSE)
        assert peer.close_code() == 0
    peer.socket.close()
    assert echo.forgets(sid[1])


def test_early_data_is_not_lost(echo: Client) -> None:
    with echo.peer() as peer:
        head = "\r\n".join([f"GET /socket.io/?{QUERY} HTTP/1.1", "Host: x", *UPGRADE, "", ""])
        peer.send(head.encode() + b"\x81\x82\x00\x00\x00\x004x")
        assert peer.answer().status == 101
        assert peer.text().startswith("0{")
        assert peer.text() == "4x"


def test_heartbeat(serve: Serve) -> None:
    fast = serve(layer="echo", ping_interval=100, ping_timeout=100)
    with fast.websocket() as peer:
        for _ in range(3):
            assert peer.text() == "2"
            peer.frame(TEXT, "3")
        assert peer.text() == "2"
        began = time.monotonic()
        assert peer.close_code() == 1000
        assert 0.08 < time.monotonic() - began < 0.5


def test_upgrade(echo: Client) -> None:
    sid = echo.session()
    echo.post(sid, "41")
    with echo.candidate(sid) as peer:
        assert echo.poll(sid).body == b"41"
        with echo.polling(sid) as pending:
            peer.frame(TEXT, "2probe")
            assert peer.text() == "3probe"
            assert pending.answer().body == b"6"
        assert echo.poll(sid).body == b"6"
        assert echo.post(sid, "42").body == b"ok"
        peer.frame(TEXT, "5")
        peer.frame(TEXT, "43")
        assert [peer.text(), peer.text()] == ["42", "43"]
        assert echo.poll(sid).json["code"] == 3
        assert echo.post(sid, "4x").status == 400
        with echo.candidate(sid) as second:
            assert second.close_code() == 1000
        peer.frame(TEXT, "44")
        assert peer.text() == "44"


def test_upgrade_sets_no_session_cookie(client: Client) -> None:
    sid = client.session()
    peer, answer = client.opening(f"{QUERY}&sid={sid}", "Cookie: io=other")
    peer.socket.close()
    assert answer.cookies == []


def test_second_candidate_is_closed(echo: Client) -> None:
    sid = echo.session()
    with echo.candidate(sid) as first:
        first.frame(TEXT, "2probe")
        assert first.text() == "3probe"
        with echo.candidate(sid) as second:
            assert second.close_code() == 1000
        first.frame(TEXT, "5")
        first.frame(TEXT, "4x")
        assert first.text() == "4x"


@pytest.mark.parametrize("packet", ["2probex", "40", "5", "abc"])
def test_polling_continues_after_a_wrong_probe(echo: Client, packet: str) -> None:
    sid = echo.session()
    with echo.candidate(sid) as peer:
        peer.frame(TEXT, packet)
        assert peer.close_code() == 1000
    assert echo.post(sid, "4x").status == 200
    assert echo.poll(sid).body == b"4x"


def test_polling_continues_after_a_lost_candidate(echo: Client) -> None:
    sid = echo.session()
    with echo.candidate(sid) as peer:
        peer.frame(TEXT, "2probe")
        assert peer.text() == "3probe"
    echo.post(sid, "4x")
    # Until the server notices the loss, it answers polls with a noop.
    bodies = iter(lambda: echo.poll(sid).body, b"6")
    assert next(bodies) == b"4x"
    with echo.polling(sid) as pending:
        echo.post(sid, "4y")
        assert pending.answer().body == b"4y"


def test_upgrade_timeout(serve: Serve) -> None:
    impatient = serve(layer="echo", upgrade_timeout=100)
    sid = impatient.session()
    with impatient.candidate(sid) as peer:
        assert peer.close_code() == 1000
    assert impatient.post(sid, "4x").status == 200


def test_upgrades_can_be_disabled(serve: Serve) -> None:
    polling = serve(allow_upgrades=False)
    answer = polling.handshake()
    assert answer.open["upgrades"] == []
    assert polling.ask("GET", f"{QUERY}&sid={answer.open['sid']}", *UPGRADE).status == 400


def test_heartbeat_continues_after_the_upgrade(serve: Serve) -> None:
    fast = serve(layer="echo", ping_interval=150, ping_timeout=2000)
    sid = fast.session()
    with fast.candidate(sid) as peer:
        peer.frame(TEXT, "2probe")
        assert peer.text() == "3probe"
        peer.frame(TEXT, "5")
        assert peer.text() == "2"
