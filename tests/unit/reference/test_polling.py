"""The long-polling transport."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from reference.peer import Client

Serve = Callable[..., Client]


def test_packets_are_echoed_in_one_payload(echo: Client) -> None:
    sid = echo.session()
    posted = echo.post(sid, "4a\x1e4é€😀\x1ebAQIDBA==\x1e4")
    assert (posted.status, posted.body) == (200, b"ok")
    assert posted.one("cache-control") == "no-store"
    poll = echo.poll(sid)
    assert poll.body.decode() == "4a\x1e4é€😀\x1ebAQIDBA==\x1e4"
    assert poll.one("content-type") == "text/plain; charset=UTF-8"
    assert poll.cookies == posted.cookies == []


def test_pending_poll_is_answered_immediately(echo: Client) -> None:
    sid = echo.session()
    with echo.polling(sid) as pending:
        began = time.monotonic()
        echo.post(sid, "4hello")
        assert pending.answer().body == b"4hello"
        assert time.monotonic() - began < 0.5


def test_order_is_kept(echo: Client) -> None:
    sid = echo.session()
    for number in range(20):
        echo.post(sid, f"4{number}")
    assert echo.poll(sid).body.decode().split("\x1e") == [f"4{number}" for number in range(20)]


def test_overlapping_polls(echo: Client) -> None:
    sid = echo.session()
    with echo.polling(sid) as pending:
        assert echo.poll(sid).json["code"] == 3
        first = pending.answer()
        assert (first.status, first.body) == (200, b"1")
    assert echo.poll(sid).json["code"] == 1


def test_overlapping_posts(echo: Client) -> None:
    sid = echo.session()
    with echo.peer() as unfinished:
        unfinished.request("POST", f"EIO=4&transport=polling&sid={sid}", "Content-Length: 10")
        unfinished.send(b"4x")
        assert unfinished.silent(0.05)
        assert echo.post(sid, "4y").status == 400
        assert echo.poll(sid).status == 400
        unfinished.send(b"xxxxxxxx")
        assert unfinished.answer().status == 400


def test_aborted_poll_closes_the_session(echo: Client) -> None:
    sid = echo.session()
    with echo.polling(sid):
        pass
    assert echo.forgets(sid)
    assert echo.poll(sid).status == 400


@pytest.mark.parametrize("body", [b"abc", b"9", b"", b"4a\x1e", b"4\xff", b"b???"])
def test_undecodable_posts(echo: Client, body: bytes) -> None:
    sid = echo.session()
    assert echo.post(sid, body).status == 400
    assert echo.poll(sid).status == 400


def test_payload_limit(echo: Client) -> None:
    sid = echo.session()
    largest = "4" + "x" * 69_999
    assert echo.post(sid, largest).body == b"ok"
    assert echo.poll(sid).body == largest.encode()
    assert echo.post(sid, largest + "x").status == 413
    assert echo.poll(sid).status == 400


def test_payload_limit_applies_to_chunked_bodies(echo: Client) -> None:
    sid = echo.session()
    with echo.peer() as peer:
        peer.request("POST", f"EIO=4&transport=polling&sid={sid}", "Transfer-Encoding: chunked")
        peer.send(b"11171\r\n" + b"x" * 70_001 + b"\r\n")
        assert peer.answer().status == 413


def test_chunked_post(echo: Client) -> None:
    sid = echo.session()
    with echo.peer() as peer:
        peer.request("POST", f"EIO=4&transport=polling&sid={sid}", "Transfer-Encoding: chunked")
        peer.send(b"2\r\n4h\r\n3;x=y\r\n\xe2\x82")
        peer.send(b"\xac\r\n0\r\nTrailer: x\r\n\r\n")
        assert peer.answer().body == b"ok"
        peer.request("GET", f"EIO=4&transport=polling&sid={sid}")
        assert peer.answer().body.decode() == "4h€"


def test_close_packet(echo: Client) -> None:
    sid, other = echo.session(), echo.session()
    with echo.polling(sid) as pending:
        assert echo.post(sid, "1\x1e4late").body == b"ok"
        assert pending.answer().body == b"6"
    assert echo.post(sid, "4x").json["code"] == 1
    assert echo.post(other, "4x").status == 200


def test_heartbeat(serve: Serve) -> None:
    fast = serve(layer="echo", ping_interval=100, ping_timeout=150)
    sid = fast.session()
    for _ in range(3):
        began = time.monotonic()
        assert fast.poll(sid).body == b"2"
        assert 0.07 < time.monotonic() - began < 0.6
        fast.post(sid, "3")


def test_missing_pong_releases_the_poll(serve: Serve) -> None:
    fast = serve(layer="echo", ping_interval=100, ping_timeout=100)
    sid = fast.session()
    assert fast.poll(sid).body == b"2"
    assert fast.poll(sid).body == b"1"
    assert fast.poll(sid).status == 400


def test_client_ping_closes(echo: Client) -> None:
    sid = echo.session()
    assert echo.post(sid, "2").status == 200
    assert echo.poll(sid).status == 400


def test_unexpected_packets_are_ignored(echo: Client) -> None:
    sid = echo.session()
    assert echo.post(sid, "0{}\x1e5\x1e6\x1e3\x1e4x").status == 200
    assert echo.poll(sid).body == b"4x"


@pytest.mark.parametrize("cookie", ["io=garbage", 'io="x"', "AWSALB=1; foo=bar", "io=1; io=2"])
def test_session_is_found_by_the_parameter_not_by_the_cookie(echo: Client, cookie: str) -> None:
    sid = echo.session()
    assert echo.post(sid, "4x", f"Cookie: {cookie}", "cOOKIE: second=1").status == 200
    assert echo.poll(sid).body == b"4x"
