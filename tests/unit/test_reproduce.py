"""The lines that show it again, run through a real shell and a real curl."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from dialling import Script, scripted
from handmade import answer, exchange_of
from hostile import octets

from eiospec.fixtures.reference import BackgroundServer, Options
from eiospec.reports.reproduce import MOST_BODY, UNKNOWN, curl, reproduce
from eiospec.wire.exchange import Exchange
from eiospec.wire.parse import parse_request
from eiospec.wire.raw import message

POLLING = "/socket.io/?EIO=4&transport=polling"
STALE = "stale-session-id-0001"

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on the PATH")

Shown = Callable[..., Exchange]


def shown(port: int, request: bytes) -> Exchange:
    """An exchange with the server on that port."""
    made = exchange_of(answer(), request=request)
    url = f"http://127.0.0.1:{port}{made.request.target.decode('latin-1')}"
    return Exchange(**{name: getattr(made, name) for name in made.__slots__} | {"url": url})


def run(*lines: str) -> str:
    """The output of a shell for these lines."""
    done = subprocess.run(["sh", "-c", "\n".join(lines)], capture_output=True, timeout=30, check=False)
    return done.stdout.decode("latin-1")


def get(target: str = POLLING, *fields: tuple[str, str]) -> bytes:
    return message("GET", target, fields)


@pytest.fixture(scope="module")
def server() -> Iterator[BackgroundServer]:
    with BackgroundServer(Options(layer="echo")) as server:
        yield server


@needs_curl
class TestAgainstTheServer:
    def test_a_handshake_is_reproduced(self, server: BackgroundServer) -> None:
        said = run(*curl(shown(server.port, get())))
        assert "HTTP/1.1 200" in said
        assert '0{"sid":"' in said

    def test_a_session_is_opened_for_a_request_that_names_one(self, server: BackgroundServer) -> None:
        request = message("POST", f"{POLLING}&sid={STALE}", [("Content-Type", "text/plain")], b"4hello")
        assert run(*curl(shown(server.port, request))).endswith("\r\n\r\nok")

    def test_the_live_session_is_in_the_cookie_too(self, server: BackgroundServer) -> None:
        request = message("POST", f"{POLLING}&sid={STALE}", [("Cookie", f"a=1; io={STALE}")], b"4hello")
        lines = curl(shown(server.port, request))
        assert STALE not in "".join(lines)
        assert run(*lines).endswith("\r\n\r\nok")

    def test_an_unknown_session_stays_unknown(self, server: BackgroundServer) -> None:
        said = run(*curl(shown(server.port, get(f"{POLLING}&sid={UNKNOWN}"))))
        assert '{"code":1,' in said

    def test_an_opening_handshake_is_answered_101(self, server: BackgroundServer) -> None:
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
        request = get(
            "/socket.io/?EIO=4&transport=websocket",
            *fields,
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        )
        assert "HTTP/1.1 101" in run(*curl(shown(server.port, request)))


@needs_curl
class TestOctets:
    """The server receives the request of the exchange."""

    @pytest.fixture
    def peer(self) -> Iterator[Script]:
        with scripted(octets.response(b"")) as peer:
            yield peer

    @staticmethod
    def sent(peer: Script, request: bytes) -> bytes:
        """The request that curl sends for this one, without the lines it adds to every request."""
        run(*curl(shown(peer.port, request)))
        own = (b"Host: 127", b"User-Agent: curl", b"Accept: */*")
        head, _, body = peer.requests[0].partition(b"\r\n\r\n")
        return (
            b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(own))
            + b"\r\n\r\n"
            + body
        )

    @pytest.mark.parametrize(
        "request_",
        [
            get(),
            get("/%zz?EIO=4"),
            get("/a/../b/./c?x"),
            get("/?x=[1-3]{a,b}"),
            get("/?x='\"$(id)`id`;&|<>*!~"),
            get(POLLING, ("Origin", "")),
            get(POLLING, ("Cookie", "a='1'; b=$HOME; c=`id`"), ("cookie", "d=\\")),
            get(POLLING, ("Accept-Encoding", "gzip"), ("X-B", "1"), ("X-A", "@/etc/hostname")),
            message("OPTIONS", POLLING, [("Origin", "http://a")]),
            message("POST", POLLING, [("Content-Type", "text/plain"), ("Content-Length", "2")], b"4a"),
            message("POST", POLLING, [("Content-Length", "0")]),
            message("POST", POLLING, [("Content-Length", "15")], b"@/etc/hostname\n"),
            message("POST", POLLING, [("Content-Length", "6")], b"4\xff\x00%s\x1e"),
            message("PUT", POLLING, [("Content-Type", "text/plain"), ("Content-Length", "2")], b"4a"),
        ],
    )
    def test_they_are_the_same(self, peer: Script, request_: bytes) -> None:
        again, asked = parse_request(self.sent(peer, request_)), parse_request(request_)
        assert (again.method, again.target, again.body) == (asked.method, asked.target, asked.body)
        # curl orders its own Content-Length behind the others.
        assert sorted(line.octets for line in again.headers) == sorted(
            line.octets.replace(b"Origin: ", b"Origin:") if line.value == b"" else line.octets
            for line in asked.headers
        )

    def test_a_head_is_asked_without_waiting_for_a_body(self, peer: Script) -> None:
        assert self.sent(peer, message("HEAD", POLLING, [])).startswith(b"HEAD ")

    def test_another_host_is_named(self, peer: Script) -> None:
        assert b"\r\nHost: evil.example\r\n" in self.sent(peer, get(POLLING, ("Host", "evil.example")))


class TestUnsendable:
    @pytest.mark.parametrize(
        "request_",
        [
            b"",
            get(POLLING, ("X", "a\x00b")),
            get(POLLING, ("X", "caf\xe9")),
            get("/\xe9"),
            message("POST", POLLING, [], b"x" * (MOST_BODY + 1)),
        ],
    )
    def test_what_no_shell_word_carries_has_no_line(self, request_: bytes) -> None:
        assert curl(exchange_of(answer(), request=request_)) == ()


class TestLines:
    def test_the_line_of_the_suite_is_first(self) -> None:
        lines = reproduce("CK-002", "http://a/x y/", [exchange_of(answer())])
        assert lines[0] == "pytest --target 'http://a/x y/' --case CK-002"

    def test_the_first_exchange_that_can_be_sent_follows(self) -> None:
        unsendable = exchange_of(answer(), request=get("/\xe9"))
        lines = reproduce("CK-002", "http://a/", [unsendable, exchange_of(answer()), exchange_of(answer())])
        assert [line[:4] for line in lines] == ["pyte", "curl"]

    def test_without_evidence_there_is_only_the_line_of_the_suite(self) -> None:
        assert reproduce("CK-002", "http://a/", []) == ("pytest --target http://a/ --case CK-002",)

    def test_options_that_the_verdict_depends_on_are_repeated(self) -> None:
        options = {"--cookie": "io; Path=/", "--ca": "a.pem", "--insecure": "yes", "--level": "should"}
        session = message("GET", f"{POLLING}&sid={STALE}", ())
        again, taken, asked = reproduce(
            "CK-002", "https://a/", [exchange_of(answer(), request=session)], options
        )
        assert again == "pytest --target https://a/ --cookie 'io; Path=/' --ca a.pem --insecure --case CK-002"
        assert all(" --cacert a.pem --insecure " in line for line in (taken, asked))

    def test_each_declared_hook_is_repeated(self) -> None:
        options = {"--hook": "howto\nheaders: X-A: 1"}
        (line, *_) = reproduce("HH-001", "http://a/", [], options)
        assert line == "pytest --target http://a/ --hook howto --hook 'headers: X-A: 1' --case HH-001"

    def test_our_own_name_and_the_host_are_left_to_curl(self) -> None:
        request = get(POLLING, ("Host", "127.0.0.1:3000"), ("User-Agent", "eiospec/0.1 (tour)"))
        assert curl(exchange_of(answer(), request=request)) == (
            f"curl -i --http1.1 --max-time 3 'http://127.0.0.1:3000{POLLING}'",
        )
