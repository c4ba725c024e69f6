"""HTTP/1.1 according to RFC 9110 and RFC 9112, and hostile octets."""

from __future__ import annotations

import pytest

from reference.peer import UPGRADE, Client

TARGET = b"/socket.io/?EIO=4&transport=polling"
GET = b"GET " + TARGET + b" HTTP/1.1\r\nHost: x\r\n"


def raw(client: Client, octets: bytes) -> int:
    with client.peer() as peer:
        peer.send(octets)
        return peer.answer().status


def test_two_handshakes_on_one_connection(client: Client) -> None:
    with client.peer() as peer:
        first, second = peer.get("EIO=4&transport=polling"), peer.get("EIO=4&transport=polling")
    assert first.open["sid"] != second.open["sid"]
    assert second.cookies[0].startswith(f"io={second.open['sid']};")


def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    with client.peer() as peer:
        peer.send(GET + b"\r\n" + b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" + GET + b"\r\n")
        assert [peer.answer().status for _ in range(3)] == [200, 404, 200]


def test_half_closed_request_is_answered(client: Client) -> None:
    with client.peer() as peer:
        peer.send(GET + b"\r\n")
        peer.socket.shutdown(1)
        assert peer.answer().open


def test_http_1_0(client: Client) -> None:
    with client.peer() as peer:
        peer.send(b"GET " + TARGET + b" HTTP/1.0\r\n\r\n")
        answer = peer.answer()
        assert answer.open
        assert answer.all("transfer-encoding") == []
        assert peer.ended()


def test_absolute_form(client: Client) -> None:
    assert raw(client, b"GET http://x" + TARGET + b" HTTP/1.1\r\nHost: x\r\n\r\n") == 200


def test_head_has_no_body_and_the_connection_stays_open(client: Client) -> None:
    with client.peer() as peer:
        peer.send(GET.replace(b"GET", b"HEAD") + b"\r\n")
        assert peer.answer(head_only=True).status == 400
        assert peer.get("EIO=4&transport=polling").open


@pytest.mark.parametrize(
    "octets",
    [
        b"GET " + TARGET + b" HTTP/1.1\r\n\r\n",
        GET + b"Host: y\r\n\r\n",
        b"GET " + TARGET + b" HTTP/1.1\r\nHost: a b\r\n\r\n",
        GET + b"Cookie: a=1;\r\n b=2\r\n\r\n",
        GET + b"Cookie: a=1\nInjected: 1\r\n\r\n",
        GET + b"Cookie: a=1\rInjected: 1\r\n\r\n",
        GET + b"Cookie: a=\x00\r\n\r\n",
        GET + b"no colon\r\n\r\n",
        GET.replace(b"GET", b"POST") + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        GET.replace(b"GET", b"POST") + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nxxx",
        GET.replace(b"GET", b"POST") + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nxx",
        GET.replace(b"GET", b"POST") + b"Content-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET\n\n",
    ],
)
def test_malformed_requests_end_the_connection(client: Client, octets: bytes) -> None:
    with client.peer() as peer:
        peer.send(octets)
        answer = peer.answer()
        assert answer.status == 400
        assert answer.one("connection") == "close"
        assert answer.one("date")
        assert peer.ended()
    assert client.handshake().open


def test_upgrade_without_host(client: Client) -> None:
    lines = "\r\n".join(("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", *UPGRADE, "", ""))
    assert raw(client, lines.encode()) == 400


@pytest.mark.parametrize("size", [4096, 8192])
def test_long_cookie(client: Client, size: int) -> None:
    assert client.handshake("Cookie: a=" + "x" * size).status == 200


def test_excessive_cookie(client: Client) -> None:
    assert client.handshake("Cookie: a=" + "x" * 65536).status == 431
    assert client.handshake().status == 200


ODD = [
    ";;;===;;",
    "=",
    ";",
    "a",
    "a=",
    " a = b ",
    'a="unterminated',
    "a=%zz",
    "a=%",
    "__proto__=1; x=2",
    "a=\xe9",
]


@pytest.mark.parametrize("cookie", [*ODD, "; ".join(f"c{n}=1" for n in range(300)), "a=\x01"])
def test_odd_cookies(client: Client, cookie: str) -> None:
    assert client.handshake("Cookie: " + cookie).status == 200
    with client.websocket("Cookie: " + cookie):
        pass


def test_expect_continue(echo: Client) -> None:
    sid = echo.session()
    with echo.peer() as peer:
        query = f"EIO=4&transport=polling&sid={sid}"
        peer.request("POST", query, "Expect: 100-continue", "Content-Length: 2")
        assert peer.answer().status == 100
        peer.send(b"4x")
        assert peer.answer().body == b"ok"


def test_unwanted_body_does_not_become_a_request(client: Client) -> None:
    with client.peer() as peer:
        peer.request("POST", "EIO=4&transport=polling", body=GET + b"\r\n")
        assert peer.answer().json["code"] == 2
        assert peer.get("EIO=4").json["code"] == 0


def test_unwanted_large_body_closes(client: Client) -> None:
    with client.peer() as peer:
        peer.request("POST", "EIO=4&transport=polling", body=b"x" * 100_000)
        assert peer.answer().one("connection") == "close"
        assert peer.ended()
