"""Each peer does on the wire what its name says: a test against a peer is worth no more than the peer."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hostile import octets
from hostile.background import HOST
from hostile.latency import latency_proxy
from hostile.peers import ANSI, MARKUP, PEERS, hostile

PATH = b"/socket.io/?EIO=4&transport=polling"
GET = b"GET " + PATH + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ENDLESS = [
    "endless_headers",
    "endless_header_line",
    "endless_body_chunked",
    "endless_body_until_close",
    "websocket_endless_frames",
]


@contextmanager
def connected(name: str, request: bytes = GET, interval: float = 0.001) -> Iterator[socket.socket]:
    """A connection to the peer on which the request has been sent."""
    with hostile(name, interval=interval) as port, socket.create_connection((HOST, port), 5) as connection:
        connection.sendall(request)
        yield connection


def read(connection: socket.socket, at_least: int) -> bytes:
    """That many octets, or fewer if the peer closes before."""
    received = b""
    while len(received) < at_least and (more := connection.recv(65536)):
        received += more
    return received


def answer(name: str, request: bytes = GET) -> bytes:
    """The octets that the peer sends until it pauses or closes."""
    with connected(name, request) as connection:
        received = connection.recv(65536)
        connection.settimeout(0.1)
        try:
            while more := connection.recv(65536):
                received += more
        except TimeoutError:
            pass
        return received


class TestConnections:
    def test_refuses(self) -> None:
        with hostile("refuses") as port, pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), 5)

    def test_accepts_and_says_nothing(self) -> None:
        with connected("accepts_and_says_nothing") as connection:
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)

    def test_accepts_and_resets(self) -> None:
        with hostile("accepts_and_resets") as port, pytest.raises(ConnectionResetError):
            socket.create_connection((HOST, port), 5).recv(1)

    def test_resets_mid_response(self) -> None:
        with connected("resets_mid_response") as connection, pytest.raises(ConnectionResetError):
            read(connection, 41)

    def test_closes_every_connection(self) -> None:
        assert answer("closes_every_connection") == b""

    def test_drips_a_byte_a_second(self) -> None:
        with connected("drips_a_byte_a_second", interval=0.2) as connection:
            began = time.monotonic()
            assert read(connection, 3) == b"HTT"
            assert time.monotonic() - began >= 0.3

    def test_speaks_first(self) -> None:
        assert answer("speaks_first", request=b"") == octets.handshake()

    def test_unknown_ca(self) -> None:
        with hostile("unknown_ca") as port, socket.create_connection((HOST, port), 5) as connection:
            with pytest.raises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(connection, server_hostname=HOST)

    def test_unknown_ca_behaves_for_whom_it_is_trusted(self) -> None:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        with hostile("unknown_ca") as port, socket.create_connection((HOST, port), 5) as connection:
            with trusting.wrap_socket(connection) as secure:
                secure.sendall(GET)
                assert read(secure, len(octets.handshake())) == octets.handshake()


class TestSize:
    @pytest.mark.parametrize("name", ENDLESS)
    def test_an_endless_peer_does_not_end(self, name: str) -> None:
        with connected(name, UPGRADE) as connection:
            assert len(read(connection, 5_000_000)) >= 5_000_000

    @pytest.mark.parametrize("name", ENDLESS)
    def test_an_endless_peer_is_left_immediately(self, name: str) -> None:
        with connected(name, UPGRADE):
            began = time.monotonic()
        assert time.monotonic() - began < 5

    def test_the_bomb_is_small_on_the_wire_and_a_gigabyte_inflated(self) -> None:
        bomb, inflated = octets.gzip_bomb(), 0
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while bomb:
            inflated += len(inflate.decompress(bomb, 2**24))
            bomb = inflate.unconsumed_tail
        assert (inflated, inflate.eof) == (octets.BOMB_OCTETS, True)

    def test_the_bomb_is_announced_as_gzip(self) -> None:
        with connected("gzip_bomb") as connection:
            head = read(connection, 1_000_000).partition(b"\r\n\r\n")[0]
        assert b"Content-Encoding: gzip" in head.split(b"\r\n")


class TestResponses:
    @pytest.mark.parametrize(
        ("name", "pattern"),
        [
            ("not_http", rb"SSH-2\.0-"),
            ("two_content_lengths", rb"(?s).*Content-Length: 1\d\d\r\n.*Content-Length: 5\r\n\r\n0{"),
            ("bare_lf", rb"HTTP/1\.1 200 OK\n[^\r]*\n\n0{"),
            ("nul_in_header", rb"(?s).*\r\nX-Hostile: a\x00b\r\n"),
            ("markup_everywhere", rb"(?s).*Set-Cookie: io=<script>.*X-Hostile: <script>.*\"sid\":\"<script>"),
            ("ansi_everywhere", rb"(?s).*Set-Cookie: io=\x1b\[2J.*X-Hostile: \x1b.*\"sid\":\"\\u001b"),
            ("redirects_to_itself", rb"(?s)HTTP/1\.1 302 .*Location: http://localhost" + re.escape(PATH)),
            ("web_server_200", rb"(?s)HTTP/1\.1 200 .*text/html.*<h1>It works"),
            ("web_server_404", rb"(?s)HTTP/1\.1 404 .*text/html"),
            ("always_200_empty", rb"(?s)HTTP/1\.1 200 OK\r\n.*Content-Length: 0\r\n\r\n$"),
            ("echoes_the_request", rb"(?s)HTTP/1\.1 200 .*\r\n\r\n" + re.escape(GET)),
        ],
    )
    def test_the_answer_is_what_the_name_says(self, name: str, pattern: bytes) -> None:
        assert re.match(pattern, answer(name))

    def test_closes_mid_body(self) -> None:
        with connected("closes_mid_body") as connection:
            assert read(connection, 10_000) == octets.handshake()[:-20]

    def test_copies_the_last_response(self) -> None:
        assert answer("copies_the_last_response", GET + UPGRADE) == 2 * octets.handshake()

    @pytest.mark.parametrize("text", [MARKUP, ANSI])
    def test_the_length_of_a_hostile_handshake_is_right(self, text: str) -> None:
        head, _, body = octets.handshake(text).partition(b"\r\n\r\n")
        assert int(octets.field(head, b"content-length")) == len(body)


class TestWebSockets:
    @pytest.mark.parametrize(
        ("name", "rest"),
        [
            ("websocket_then_garbage", b"\xff" * 64),
            ("websocket_then_http", b"HTTP/1.1 400 Bad Request\r\n"),
            ("websocket_endless_frames", octets.text_frame(octets.open_packet()) + b"\x81\x0240\x81\x0241"),
            ("websocket_huge_frame", b"\x81\x7f\x40\0\0\0\0\0\0\0"),
        ],
    )
    def test_the_handshakes_succeed_before_it_goes_wrong(self, name: str, rest: bytes) -> None:
        # The accept value is the RFC's own for its own key (RFC 6455 §1.3).
        opened = octets.handshake() + octets.switching_protocols(UPGRADE)
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in opened
        with connected(name, GET + UPGRADE) as connection:
            assert read(connection, len(opened + rest)).startswith(opened + rest)


class TestLatency:
    DELAY = 0.1
    SLACK = 2.0  # a loaded machine is no distance

    def test_the_round_trip_grows_by_twice_the_delay(self) -> None:
        with hostile("copies_the_last_response") as port, latency_proxy(port, self.DELAY) as proxy:
            with socket.create_connection((HOST, proxy), 5) as connection:
                began = time.monotonic()
                connection.sendall(GET)
                assert read(connection, len(octets.handshake())) == octets.handshake()
                assert 2 * self.DELAY <= time.monotonic() - began < 2 * self.DELAY + self.SLACK

    def test_messages_under_way_together_are_late_once(self) -> None:
        with hostile("drips_a_byte_a_second", interval=0) as port, latency_proxy(port, self.DELAY) as proxy:
            with socket.create_connection((HOST, proxy), 5) as connection:
                began = time.monotonic()
                connection.sendall(GET)
                assert read(connection, 10_000) == octets.handshake()
                # Once per message would be more than a hundred times the delay.
                assert time.monotonic() - began < 2 * self.DELAY + self.SLACK

    def test_a_close_passes_through(self) -> None:
        with hostile("closes_every_connection") as port, latency_proxy(port, 0) as proxy:
            with socket.create_connection((HOST, proxy), 5) as connection:
                connection.sendall(GET)
                assert connection.recv(1) == b""


def test_every_peer_leaves_when_the_block_is_left() -> None:
    before = set(threading.enumerate())
    for name in PEERS:
        with hostile(name) as port:
            socket.create_connection((HOST, port), 5).close()
        assert set(threading.enumerate()) <= before, name
