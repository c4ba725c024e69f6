"""Starting and stopping, several engines, faults as subclasses, TLS, IPv6, the command."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import time

import pytest

from eiospec.fixtures.reference import BackgroundServer, Engine, Options, ReferenceServer, Request
from reference.peer import Client


def test_async_server() -> None:
    async def shake() -> int:
        async with ReferenceServer() as server:
            assert server.url == f"http://127.0.0.1:{server.port}/socket.io/"
            return (await asyncio.to_thread(Client(server.port).handshake)).status

    assert asyncio.run(shake()) == 200


def test_nothing_outlives_close(recwarn: pytest.WarningsRecorder) -> None:
    with BackgroundServer() as server:
        client = Client(server.port)
        sid = client.session()
        with client.polling(sid), client.websocket():
            began = time.monotonic()
            server.close()
            assert time.monotonic() - began < 1
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
    with pytest.raises(ConnectionRefusedError):
        client.peer()


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(OSError, match="in use"):
            BackgroundServer(port=taken.getsockname()[1]).__enter__()


def test_several_engines() -> None:
    mounts = [Options(path="/p/base/"), Options(path="/p/off/", cookie=None)]
    with BackgroundServer(mounts) as server:
        base, off = (Client(server.port, mount.path) for mount in mounts)
        sid = base.session()
        assert off.handshake().cookies == []
        assert off.poll(sid).json["code"] == 1


def test_ipv6() -> None:
    with BackgroundServer(host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert Client(server.port, host="::1").handshake().status == 200


def test_tls(tmp_path_factory: pytest.TempPathFactory) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    del tmp_path_factory
    with BackgroundServer(ssl=context) as server:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        with Client(server.port).peer() as peer:
            peer.socket = trusting.wrap_socket(peer.socket, server_hostname="127.0.0.1")
            assert peer.get("EIO=4&transport=polling", "Connection: close").open
            assert peer.ended()


def test_fault_is_a_few_lines() -> None:
    class SendsOneHandshakeOnly(Engine):
        def check_method(self, request: Request):  # type: ignore[no-untyped-def]
            if request.connection.served:
                self.die()
            return super().check_method(request)

    with BackgroundServer(engine=SendsOneHandshakeOnly) as server:
        client = Client(server.port)
        with client.peer() as peer:
            assert peer.get("EIO=4&transport=polling").status == 200
            peer.request("GET", "EIO=4&transport=polling")
            assert peer.ended()
        with pytest.raises(ConnectionRefusedError):
            client.peer()


def test_fault_can_hide_a_defect_from_the_parser() -> None:
    class IgnoresMissingHost(Engine):
        def amend_head(self, head: bytes) -> bytes:
            return head if b"\r\nhost:" in head.lower() else head[:-2] + b"Host: any\r\n\r\n"

    with BackgroundServer(engine=IgnoresMissingHost) as server:
        with Client(server.port).peer() as peer:
            peer.send(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n")
            assert peer.answer().status == 200


def test_error_in_the_engine_is_answered_500() -> None:
    class Broken(Engine):
        def check_origin(self, request: Request):  # type: ignore[no-untyped-def]
            raise AssertionError(f"a defect on {request.target}")

    with BackgroundServer(engine=Broken) as server:
        assert Client(server.port).handshake().status == 500


def test_command() -> None:
    command = [sys.executable, "-m", "eiospec.fixtures.reference", "--port", "0", "--no-cookie"]
    with subprocess.Popen([*command, "--ping-interval", "300"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = Client(int(url.split(":")[2].split("/")[0])).handshake()
        assert answer.open["pingInterval"] == 300
        assert answer.cookies == []
        process.terminate()
        assert process.wait(5) == 0


@pytest.mark.parametrize("arguments", [["--path", "x"], ["--max-payload", "0"]])
def test_command_with_invalid_options_exits_with_4(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "eiospec.fixtures.reference", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "must" in done.stderr
