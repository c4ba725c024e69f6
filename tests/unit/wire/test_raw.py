"""Raw octets, and the connections of all clients: names, refusals, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time

import pytest
import trustme
from dialling import ASKING, SOON, dialer_to, scripted
from hostile import octets
from hostile.background import HOST
from hostile.peers import hostile

from eiospec.fixtures.reference import BackgroundServer
from eiospec.wire import http, raw
from eiospec.wire.bounds import Bounds
from eiospec.wire.exchange import End, Exchange
from eiospec.wire.stream import Address, NotConnected, Stream

GET = raw.message("GET", "/socket.io/?EIO=4&transport=polling", [("Host", "a"), ("Host", "b"), ("X", "\x00")])
PATIENT = Bounds(patience=5)
HASTY = Bounds(patience=SOON)


async def send(
    port: int, request: bytes = GET, bounds: Bounds = PATIENT, *, to_eof: bool = False
) -> Exchange:
    return await raw.send(dialer_to(port, bounds=bounds), ASKING, "/", request, to_eof=to_eof)


@pytest.mark.asyncio
class TestRaw:
    async def test_octets_arrive_unchanged(self) -> None:
        with scripted(octets.response(b"")) as peer:
            seen = await send(peer.port)
        assert (seen.request.octets, peer.requests) == (GET, [GET])

    async def test_nothing_is_added(self) -> None:
        with scripted(octets.response(b"")) as peer:
            await send(peer.port, b"GET / HTTP/1.1\r\n\r\n")
        assert peer.requests == [b"GET / HTTP/1.1\r\n\r\n"]

    async def test_the_answer_to_head_ends_with_its_header(self) -> None:
        with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") as peer:
            seen = await send(peer.port, b"HEAD / HTTP/1.1\r\n\r\n")
        assert seen.response is not None
        assert (seen.response.complete, seen.end) == (True, End.CLIENT)

    async def test_with_to_eof_what_follows_the_response_is_surplus(self) -> None:
        with scripted(octets.response(b"ok") * 2, close=True) as peer:
            seen = await send(peer.port, to_eof=True)
        assert seen.response is not None
        assert (seen.response.surplus, seen.end) == (octets.response(b"ok"), End.TARGET)

    async def test_half_a_request_gets_no_response(self) -> None:
        with scripted(octets.response(b"")) as peer:
            seen = await send(peer.port, b"GET / HTTP/1.1\r\nHos", HASTY)
        assert (seen.response, seen.end, seen.request.octets) == (None, End.TIMEOUT, b"GET / HTTP/1.1\r\nHos")

    async def test_a_drip_ends_after_twice_the_patience(self) -> None:
        began = time.monotonic()
        with hostile("drips_a_byte_a_second", interval=SOON / 4) as port:
            seen = await send(port, bounds=HASTY)
        assert seen.end is End.TIMEOUT
        assert 2 * SOON <= time.monotonic() - began < 2 * SOON + 5

    @pytest.mark.parametrize("name", ["endless_headers", "endless_body_chunked", "endless_body_until_close"])
    async def test_a_flood_is_cut_at_the_limit(self, name: str) -> None:
        with hostile(name) as port:
            seen = await send(port)
        assert seen.end is End.LIMIT

    async def test_tiny_chunks_without_end_cost_little(self) -> None:
        flood = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 230_000
        # CPU seconds, as a busy machine takes longer; and a patience that does not end it before the limit does.
        began = time.process_time()
        with scripted(flood) as peer:
            seen = await send(peer.port, bounds=Bounds(patience=600, body_octets=2**20))
        assert seen.end is End.LIMIT
        assert time.process_time() - began < 20

    @pytest.mark.parametrize(
        ("name", "end"),
        [
            ("refuses", End.REFUSED),
            ("accepts_and_resets", End.RESET),
            ("closes_every_connection", End.TARGET),
        ],
    )
    async def test_the_end_names_who_closed_the_connection(self, name: str, end: End) -> None:
        with hostile(name) as port:
            seen = await send(port)
        assert (seen.end, seen.response) == (end, None)


@pytest.mark.asyncio
class TestNames:
    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64 + ".example"])
    async def test_a_name_that_does_not_resolve_is_recorded(self, host: str) -> None:
        seen = await raw.send(dialer_to(80, host=host, bounds=PATIENT), ASKING, "/", GET)
        assert seen.end is End.UNREACHABLE
        assert seen.end_detail.startswith(f"the name {host} does not resolve (")

    async def test_a_name_whose_addresses_all_refuse_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def two(*_: object, **__: object) -> list[tuple[object, ...]]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (HOST, port)), (*kind, ("127.0.0.2", port))]

        with hostile("refuses") as port:
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
            with pytest.raises(NotConnected) as caught:
                await Stream.connect(Address("localhost", port), 1, lambda: 0.0, 5)
        assert caught.value.end is End.REFUSED

    async def test_a_slow_connection_times_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def never(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(asyncio, "open_connection", never)
        seen = await send(1, bounds=HASTY)
        assert (seen.end, seen.end_detail) == (End.UNREACHABLE, "no connection within 0.3 s")


@pytest.mark.asyncio
class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def trusting(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    @staticmethod
    def serving(authority: trustme.CA, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    async def test_tls_is_recorded_decrypted(self, authority: trustme.CA, trusting: ssl.SSLContext) -> None:
        with BackgroundServer(ssl=self.serving(authority, HOST)) as server:
            dialer = dialer_to(server.port, tls=trusting)
            seen = await http.exchange(dialer, ASKING, "GET", "/socket.io/?EIO=4&transport=polling")
        assert seen.response is not None
        assert (seen.url[:8], seen.response.body[:2]) == ("https://", b"0{")

    async def test_an_unknown_certificate_authority_is_recorded(self) -> None:
        with hostile("unknown_ca") as port:
            seen = await raw.send(dialer_to(port, tls=ssl.create_default_context()), ASKING, "/", GET)
        assert (seen.end, seen.end_detail) == (End.TLS, "unable to get local issuer certificate")

    async def test_a_certificate_for_another_name_is_recorded(
        self, authority: trustme.CA, trusting: ssl.SSLContext
    ) -> None:
        with BackgroundServer(ssl=self.serving(authority, "chat.example")) as server:
            seen = await raw.send(dialer_to(server.port, tls=trusting), ASKING, "/", GET)
        assert seen.end is End.TLS
        assert "certificate is not valid for '127.0.0.1'" in seen.end_detail

    async def test_a_port_without_tls_is_recorded(self) -> None:
        with BackgroundServer() as server:
            seen = await raw.send(dialer_to(server.port, tls=ssl.create_default_context()), ASKING, "/", GET)
        assert (seen.end, seen.connected) == (End.TLS, False)

    @pytest.mark.parametrize("name", ["closes_every_connection", "accepts_and_resets"])
    async def test_a_peer_that_closes_during_the_tls_handshake_is_recorded(self, name: str) -> None:
        with hostile(name) as port:
            dialer = dialer_to(port, tls=ssl.create_default_context(), bounds=HASTY)
            seen = await raw.send(dialer, ASKING, "/", GET)
        assert not seen.connected
