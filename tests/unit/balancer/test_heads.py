"""Heads keep their octets; only the value of a cookie is changed."""

from __future__ import annotations

import pytest

from eiospec.fixtures.balancer import Request, Response

REQUEST = b"GET /socket.io/?EIO=4&sid=a%2Bb&x HTTP/1.1\r\nHOST:  h \r\nX-a: \xff\r\nCookie: a=1;b=2 ; io=app01~x\r\n\r\n"


def request(*lines: str, start: str = "GET / HTTP/1.1") -> Request:
    return Request(start, lines)


def test_head_keeps_its_octets() -> None:
    assert Request.parse(REQUEST).octets == REQUEST


def test_a_request_names_its_session_and_its_cookies() -> None:
    read = Request.parse(REQUEST)
    assert (read.method, read.sid, read.cookie("io"), read.cookie("IO")) == ("GET", "a+b", "app01~x", None)


def test_cookie_is_removed_and_the_others_stay() -> None:
    changed = Request.parse(REQUEST).changing_cookie("b", lambda _: None)
    assert changed.octets == REQUEST.replace(b"b=2 ;", b"")


def test_field_with_only_this_cookie_is_removed() -> None:
    changed = request("Cookie: s=1", "cookie: a=1", "Host: h").changing_cookie("s", lambda _: None)
    assert changed.lines == ("cookie: a=1", "Host: h")


def test_a_cookie_is_changed_wherever_it_occurs() -> None:
    changed = request("Cookie: io=a; x=io=b", "COOKIE: io=c").changing_cookie("io", str.upper)
    assert changed.lines == ("Cookie: io=A; x=io=b", "COOKIE: io=C")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("set-cookie: io=x; Path=/; HttpOnly", "set-cookie: io=N~x; Path=/; HttpOnly"),
        ("Set-Cookie:io=x", "Set-Cookie:io=N~x"),
        ("Set-Cookie:  io = x ;Path=/;a=io=y", "Set-Cookie:  io = N~x ;Path=/;a=io=y"),
        ("Set-Cookie: io=a=b==; Path=/", "Set-Cookie: io=N~a=b==; Path=/"),
        ("Set-Cookie: ios=x; io=y", "Set-Cookie: ios=x; io=y"),
        ("Set-Cookie: IO=x", "Set-Cookie: IO=x"),
        ("Set-Cookie: nonsense", "Set-Cookie: nonsense"),
        ("X-Cookie: io=x", "X-Cookie: io=x"),
    ],
)
def test_only_the_value_of_the_cookie_is_changed(line: str, expected: str) -> None:
    response = Response("HTTP/1.1 200 OK", ("A: b", line))
    assert response.changing_cookie("io", lambda value: f"N~{value}").lines == ("A: b", expected)


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        ((), 0),
        (("content-length: 12",), 12),
        (("Transfer-Encoding: Chunked",), "chunked"),
        (("Content-Length: 1", "Content-Length: 1"), None),
        (("Content-Length: 1", "Transfer-Encoding: chunked"), None),
        (("Content-Length: +1",), None),
        (("Transfer-Encoding: gzip, chunked",), None),
        (("A: b", " folded"), None),
        (("A: b\nContent-Length: 3",), None),
        (("no colon",), None),
    ],
)
def test_ambiguous_framing_of_a_request_is_none(lines: tuple[str, ...], framing: object) -> None:
    assert request(*lines).framing == framing


@pytest.mark.parametrize("start", ["", "GET /", "GET  / HTTP/1.1", "G@T / HTTP/1.1", "GET / HTTP/2.0"])
def test_invalid_request_line_has_no_framing(start: str) -> None:
    assert request(start=start).framing is None


@pytest.mark.parametrize(
    ("start", "lines", "method", "framing"),
    [
        ("HTTP/1.1 200 OK", (), "GET", "to the end"),
        ("HTTP/1.1 200", ("Content-Length: 5",), "HEAD", 0),
        ("HTTP/1.1 204 No Content", (), "GET", 0),
        ("HTTP/1.1 101 Switching Protocols", (), "GET", 0),
        ("HTTP/1.0 200 OK", ("Transfer-Encoding: chunked",), "GET", "chunked"),
        ("HTTP/1.1 2000 OK", (), "GET", None),
    ],
)
def test_framing_of_a_response_depends_on_the_method(
    start: str, lines: tuple[str, ...], method: str, framing: object
) -> None:
    assert Response(start, lines).framing(method) == framing
