"""Forwarding: connections, bodies, the tunnel, and disconnects of either side."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import trustme
from hostile.background import in_background
from reference.peer import UPGRADE, Client, Peer

from eiospec.fixtures.balancer import (
    MODES,
    BackgroundBalancer,
    Balancer,
    Cluster,
    Insert,
    Node,
    RoundRobin,
)
from eiospec.fixtures.reference import BackgroundServer, Options

POLLING = "EIO=4&transport=polling"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def before(speak: Speak, policy: type[Balancer] = RoundRobin) -> Iterator[Peer]:
    """Connect to a balancer in front of a node with this behaviour."""
    with in_background(speak) as port:
        with BackgroundBalancer(policy([Node("app01", "127.0.0.1", port)])) as balancer:
            with Peer(balancer.port) as peer:
                yield peer


def saying(octets: bytes) -> Speak:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(octets)
        await writer.drain()

    return speak


def test_response_is_forwarded_octet_for_octet() -> None:
    octets = b"HTTP/1.1 200 Fine\r\nsEt-cOOkie:  a=\xff\r\nX: 1\r\nx: 2\r\nContent-Length: 2\r\n\r\nok"
    with before(saying(octets)) as peer:
        peer.request("GET", POLLING)
        assert peer.answer().head + b"\r\n\r\nok" == octets


def test_a_connection_carries_several_requests_to_several_nodes() -> None:
    with Cluster(RoundRobin) as cluster, Peer(cluster.port) as peer:
        assert [peer.get(POLLING).one("x-node") for _ in range(4)] == ["app01", "app02", "app03", "app01"]


def test_connection_closes_when_the_client_asks_for_it() -> None:
    with Cluster(RoundRobin) as cluster, Peer(cluster.port) as peer:
        peer.get(POLLING, "Connection: close")
        assert peer.ended()


def test_chunked_body_is_forwarded_with_trailers_in_both_directions() -> None:
    body = b"3;ext=1\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got = await reader.readexactly(len(body))
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + got)

    with before(echo) as peer:
        peer.request("POST", POLLING, "Transfer-Encoding: chunked")
        peer.send(body)
        assert peer.answer().status == 200
        while len(peer.rest) < len(body):
            assert peer.more()
        assert peer.rest == body
        peer.rest = b""
        peer.request("GET", POLLING)
        assert peer.silent()


def test_interim_response_is_forwarded_before_the_body() -> None:
    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await reader.readexactly(2) == b"40"
        writer.write(OK)

    with before(patient, Insert) as peer:
        peer.request("POST", POLLING, "Expect: 100-continue", "Content-Length: 2")
        assert peer.answer().head == b"HTTP/1.1 100 Continue"
        peer.send(b"40")
        assert peer.answer().cookies == ["serverid=app01; path=/"]


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\nHost: h\n\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
    ],
    ids=["TLS", "bare LF", "obs-fold", "two framings", "too long"],
)
def test_invalid_request_is_refused_by_the_node(octets: bytes) -> None:
    with BackgroundServer(Options()) as node:
        with BackgroundBalancer(RoundRobin([Node("app01", "127.0.0.1", node.port)])) as balancer:
            answers = []
            for port in (node.port, balancer.port):
                with Peer(port) as peer:
                    peer.send(octets)
                    answers.append(peer.answer().status)
                    assert peer.ended()
    assert answers[0] == answers[1] >= 400


@pytest.mark.parametrize("octets", [b"nonsense", b"HTTP/1.1 200 OK\nA: b\n\n", b"HTTP/1.1 999999 \r\n\r\n"])
def test_invalid_response_is_forwarded_unchanged(octets: bytes) -> None:
    with before(saying(octets)) as peer:
        peer.request("GET", POLLING)
        assert peer.ended()
        assert peer.rest == octets


def test_incomplete_body_is_incomplete_for_the_client() -> None:
    with before(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")) as peer:
        peer.request("GET", POLLING)
        assert peer.ended()
        assert peer.rest.endswith(b"abc")


def test_unreachable_node_is_answered_502() -> None:
    with BackgroundServer(Options()) as server:
        port = server.port
    with BackgroundBalancer(RoundRobin([Node("app01", "127.0.0.1", port)])) as balancer:
        assert Client(balancer.port).ask("GET", POLLING).status == 502


def test_node_that_disconnects_is_answered_502() -> None:
    with before(saying(b"")) as peer:
        assert peer.get(POLLING).status == 502


def test_silent_node_is_answered_504() -> None:
    class Impatient(RoundRobin):
        timeout = 0.05

    with Cluster(Impatient, names=("app01",)) as cluster:
        client = Client(cluster.port)
        assert client.poll(client.session()).status == 504


# Disconnects


def test_node_notices_a_client_that_aborts_a_pending_poll() -> None:
    left = threading.Event()

    async def poll(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.readuntil(b"\r\n\r\n")
        if await reader.read() == b"":
            left.set()

    with before(poll) as peer:
        peer.request("GET", POLLING)
        assert not left.wait(0.05)
        peer.socket.close()
        assert left.wait(5)


def test_client_can_half_close_after_its_request() -> None:
    with before(saying(OK)) as peer:
        peer.request("GET", POLLING)
        peer.socket.shutdown(socket.SHUT_WR)
        assert peer.answer().status == 200


def test_websocket_works_through_the_tunnel_and_ends_on_both_sides() -> None:
    with Cluster(Insert) as cluster:
        client = Client(cluster.port)
        opened = client.handshake()
        jar = "; ".join(cookie.partition(";")[0] for cookie in opened.cookies)
        with client.candidate(opened.open["sid"], f"Cookie: {jar}") as peer:
            peer.frame(1, "2probe")
            assert peer.text() == "3probe"
            peer.frame(8, b"\x03\xe8")
            assert peer.close_code() == 1000
            assert peer.ended()


def test_octets_directly_after_a_101_are_not_lost() -> None:
    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\nhello ")
        writer.write(await reader.readexactly(4))

    with before(eager) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nnode")
        assert peer.answer().status == 101
        assert peer.ended()
        assert peer.rest == b"hello node"


def test_aborted_websocket_is_aborted_on_the_side_of_the_node() -> None:
    left = threading.Event()

    async def websocket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        await reader.read()
        left.set()

    with before(websocket) as peer:
        peer.request("GET", "EIO=4&transport=websocket", *UPGRADE)
        assert peer.answer().status == 101
        peer.socket.close()
        assert left.wait(5)


# Starting and stopping


@pytest.mark.parametrize("mode", MODES.values())
def test_a_cluster_answers_and_names_its_nodes(mode: type[Balancer]) -> None:
    with Cluster(mode) as cluster:
        found = {Client(cluster.port).handshake().one("x-node") for _ in range(3)}
    assert found <= {"app01", "app02", "app03"}
    assert len(found) == (1 if mode is MODES["address"] else 3)


@pytest.mark.filterwarnings("error")
def test_cluster_stopped_during_requests_leaves_nothing_open() -> None:
    for _ in range(5):
        with Cluster(Insert) as cluster:
            client = Client(cluster.port)
            with client.peer() as silent, client.peer() as pending:
                silent.send(b"GET")
                pending.request("GET", f"{POLLING}&sid={client.session()}")
                cluster.close()
    gc.collect()


def test_cluster_keeps_hooks_and_mounts() -> None:
    first = Options(headers=lambda fields, _: fields.append(("x-own", "1")))
    with Cluster(RoundRobin, [first, Options(path="/other/")]) as cluster:
        answer = Client(cluster.port).handshake()
        assert (answer.one("x-own"), answer.one("x-node")) == ("1", "app01")
        assert Client(cluster.port, "/other/").handshake().one("x-node") == "app02"


def test_balancer_over_https() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Cluster(Insert, ssl=context) as cluster:
        assert cluster.url == f"https://127.0.0.1:{cluster.port}/socket.io/"
        peer = Peer(cluster.port)
        with trusting.wrap_socket(peer.socket, server_hostname="127.0.0.1") as peer.socket:
            assert peer.get(POLLING).status == 200


def test_port_in_use_raises_oserror() -> None:
    with Cluster(RoundRobin) as cluster:
        with pytest.raises(OSError, match="in use"):
            BackgroundBalancer(RoundRobin([Node("app01", "127.0.0.1", 1)]), port=cluster.port).__enter__()


def command(*arguments: str) -> subprocess.Popen[str]:
    module = [sys.executable, "-m", "eiospec.fixtures.balancer"]
    return subprocess.Popen([*module, *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_command_runs_a_balancer_until_a_signal() -> None:
    with BackgroundServer(Options()) as first, BackgroundServer(Options()) as second:
        with command("--port", "0", "--cookie", "srv", first.origin, second.origin) as process:
            assert process.stdout is not None
            port = urlsplit(process.stdout.readline().strip()).port or 0
            found = [Client(port).handshake().cookies[-1] for _ in range(2)]
            process.terminate()
    assert found == ["srv=app01; path=/", "srv=app02; path=/"]
    assert process.returncode == 0


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("--mode", "alb", "--cookie", "x", "http://127.0.0.1:1")]
)
def test_command_with_invalid_options_exits_with_4(arguments: tuple[str, ...]) -> None:
    with command(*arguments) as process:
        assert process.wait(10) == 4
