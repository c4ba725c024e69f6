"""The HTTP client records every octet, and nothing a peer does raises."""

from __future__ import annotations

import asyncio
import time

import pytest
from dialling import AGENT, ASKING, SOON, dialer_to, scripted
from hostile import octets
from hostile.background import in_background
from hostile.peers import hostile

from eiospec.fixtures.reference import BackgroundServer
from eiospec.wire import http
from eiospec.wire.bounds import Bounds
from eiospec.wire.exchange import End, Exchange, Framing
from eiospec.wire.parse import parse_request

HELLO = octets.response(b"hello")
TARGET = "/socket.io/?EIO=4&transport=polling"
PATIENT = Bounds(patience=5)
HASTY = Bounds(patience=SOON)


async def get(port: int, target: str = TARGET, bounds: Bounds = PATIENT) -> Exchange:
    return await http.exchange(dialer_to(port, bounds=bounds), ASKING, "GET", target)


@pytest.mark.asyncio
class TestRequest:
    async def test_its_octets_are_recorded_as_the_peer_got_them(self) -> None:
        with scripted(HELLO) as peer:
            seen = await get(peer.port)
        assert [seen.request.octets] == peer.requests

    async def test_a_plain_get_has_two_fields(self) -> None:
        with scripted(HELLO) as peer:
            await get(peer.port)
        assert peer.requests == [
            f"GET {TARGET} HTTP/1.1\r\nHost: 127.0.0.1:{peer.port}\r\nUser-Agent: {AGENT} (tour)\r\n\r\n".encode()
        ]

    async def test_the_user_agent_can_be_left_out(self) -> None:
        with scripted(HELLO) as peer:
            seen = await http.exchange(dialer_to(peer.port), ASKING, "GET", TARGET, agent=False)
        assert [line.name for line in seen.request.headers] == [b"Host"]

    @pytest.mark.parametrize(
        "target", ["/%zz", '/?sid=%E2%98%83&x=[{|}]^`"<>', "/" + "x" * 9000, "*", "//a//"]
    )
    async def test_the_target_is_sent_verbatim(self, target: str) -> None:
        with scripted(HELLO) as peer:
            await get(peer.port, target)
        assert parse_request(peer.requests[0]).target == target.encode("latin-1")

    async def test_fields_keep_order_case_and_number(self) -> None:
        fields = [("X-B", "1"), ("cookie", "a=1"), ("Cookie", "b=2"), ("X-A", "caf\xe9")]
        with scripted(HELLO) as peer:
            await http.exchange(dialer_to(peer.port), ASKING, "GET", TARGET, fields)
        lines = peer.requests[0].decode("latin-1").split("\r\n")
        assert lines[3:7] == [f"{name}: {value}" for name, value in fields]

    async def test_the_users_fields_precede_those_of_the_request(self) -> None:
        with scripted(HELLO) as peer:
            dialer = dialer_to(peer.port, extra=[("Authorization", "Bearer caf\xe9")])
            seen = await http.exchange(dialer, ASKING, "GET", TARGET, [("Cookie", "a=1")])
        assert [line.octets for line in seen.request.headers][2:] == [
            b"Authorization: Bearer caf\xe9",
            b"Cookie: a=1",
        ]

    async def test_a_host_of_the_user_replaces_ours(self) -> None:
        with scripted(HELLO) as peer:
            dialer = dialer_to(peer.port, extra=[("host", "chat.example")])
            seen = await http.exchange(dialer, ASKING, "GET", TARGET)
        assert seen.request.headers.values("Host") == (b"chat.example",)

    @pytest.mark.parametrize(
        ("body", "length"), [(b"", b"0"), (b"4\xff\x1e", b"3"), (b"x" * 200_000, b"200000")]
    )
    async def test_a_post_carries_its_body_and_its_length(self, body: bytes, length: bytes) -> None:
        with scripted(HELLO) as peer:
            await http.exchange(dialer_to(peer.port), ASKING, "POST", TARGET, body=body)
        assert peer.requests[0].endswith(b"Content-Length: " + length + b"\r\n\r\n" + body)

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "BREW"])
    async def test_any_method_is_sent(self, method: str) -> None:
        with scripted(octets.response(b"")) as peer:
            seen = await http.exchange(dialer_to(peer.port), ASKING, method, TARGET)
        assert seen.request.method == method.encode()

    @pytest.mark.parametrize("fields", [[("X", "a\r\nb: c")], [("X y", "a")], [("Host", "second")]])
    async def test_a_request_that_httpx_does_not_send_raises(self, fields: list[tuple[str, str]]) -> None:
        with scripted(HELLO) as peer, pytest.raises(ValueError, match="httpx does not send"):
            await http.exchange(dialer_to(peer.port), ASKING, "GET", TARGET, fields)


@pytest.mark.asyncio
class TestResponse:
    async def test_its_octets_are_recorded_as_the_peer_sent_them(self) -> None:
        sent = b"HTTP/1.1 200 Fine\r\nsET-cOOKIE:a=1\r\nSet-Cookie: b=2 \r\nX:\r\nContent-Length: 2\r\n\r\nok"
        with scripted(sent) as peer:
            seen = await get(peer.port)
        assert seen.response is not None
        assert (seen.response.octets, seen.response.defects) == (sent, ())
        assert [line.octets for line in seen.response.headers][:3] == [
            b"sET-cOOKIE:a=1",
            b"Set-Cookie: b=2 ",
            b"X:",
        ]

    async def test_the_answer_to_head_has_no_body(self) -> None:
        with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n") as peer:
            seen = await http.exchange(dialer_to(peer.port), ASKING, "HEAD", TARGET)
        assert seen.response is not None
        assert (seen.response.framing, seen.response.complete) == (Framing.NONE, True)

    async def test_trailers_and_chunks_are_taken_apart(self) -> None:
        with scripted(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
        ) as peer:
            seen = await get(peer.port)
        assert seen.response is not None
        assert (seen.response.body, seen.response.trailers.values("X-Sum")) == (b"ok", (b"1",))

    async def test_a_body_up_to_the_close_is_complete(self) -> None:
        with scripted(b"HTTP/1.1 200 OK\r\n\r\nhello", close=True) as peer:
            seen = await get(peer.port)
        assert seen.response is not None
        assert (seen.response.body, seen.response.complete, seen.end) == (b"hello", True, End.TARGET)

    async def test_a_response_that_httpx_refuses_is_read_completely(self) -> None:
        """The header is refused before the body has arrived; the record has the body nevertheless."""
        sent = octets.handshake("hostile-0000000000001", b"X: a\x00b")
        cut = sent.index(b"\r\n\r\n") + 4

        async def in_two_parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sent[:cut])
            await writer.drain()
            await asyncio.sleep(0.1)  # the second part is late, as from a slow network
            writer.write(sent[cut:])
            await reader.read()

        with in_background(in_two_parts) as port:
            seen = await get(port)
        assert seen.response is not None
        assert (seen.response.body, seen.refusal[:19]) == (octets.open_packet(), "illegal header line")

    @pytest.mark.parametrize(
        "line",
        [
            b"Location: http://[bad",
            b"Location: \xff://\xfe",
            b"Location: http://xn--/",
            b"Set-Cookie: \xff=\xfe; Expires=\xfd; Domain=;;;",
            b"Content-Encoding: gzip",
            b"Content-Type: text/plain; charset=no-such",
        ],
    )
    async def test_no_response_field_has_an_effect(self, line: bytes) -> None:
        with scripted(octets.response(b"hello", line, status=b"302 Found")) as peer:
            seen = await get(peer.port)
        assert seen.response is not None
        assert (seen.response.status, seen.response.body, len(peer.requests)) == (302, b"hello", 1)

    async def test_cookies_are_not_sent_back(self) -> None:
        cookie = octets.response(b"", b"Set-Cookie: id=1; Path=/")
        with scripted(cookie, cookie) as peer:
            async with http.Line(dialer_to(peer.port)) as line:
                await line.exchange(ASKING, "GET", TARGET)
                second = await line.exchange(ASKING, "GET", TARGET)
        assert second.request.headers.text("cookie") is None

    async def test_a_response_that_came_before_the_request_is_read(self) -> None:
        with hostile("speaks_first") as port:
            seen = await get(port)
        assert seen.response is not None
        assert seen.response.octets == octets.handshake()

    async def test_times_are_in_order(self) -> None:
        with scripted(HELLO) as peer:
            seen = await get(peer.port)
        assert seen.answered is not None
        assert 0 <= seen.started <= seen.answered <= seen.ended


@pytest.mark.asyncio
class TestLine:
    async def test_a_kept_connection_is_reused(self) -> None:
        with scripted(HELLO, HELLO) as peer:
            async with http.Line(dialer_to(peer.port)) as line:
                first, second = [await line.exchange(ASKING, "GET", TARGET) for _ in range(2)]
        assert (first.connection, second.connection, peer.connections) == (1, 1, 1)

    async def test_each_exchange_has_its_own_octets(self) -> None:
        with scripted(HELLO, octets.response(b"again")) as peer:
            async with http.Line(dialer_to(peer.port)) as line:
                seen = [await line.exchange(ASKING, "GET", path) for path in ("/1", "/2")]
        assert [exchange.request.octets for exchange in seen] == peer.requests
        assert [exchange.response and exchange.response.body for exchange in seen] == [b"hello", b"again"]

    async def test_a_connection_the_target_announced_to_close_is_replaced(self) -> None:
        with scripted(octets.response(b"", b"Connection: close"), HELLO) as peer:
            async with http.Line(dialer_to(peer.port)) as line:
                first, second = [await line.exchange(ASKING, "GET", TARGET) for _ in range(2)]
        assert (first.end, second.connection, peer.connections) == (End.CLIENT, 2, 2)

    async def test_a_connection_the_target_just_closed_is_replaced(self) -> None:
        with scripted(HELLO, None, HELLO) as peer:
            async with http.Line(dialer_to(peer.port)) as line:
                await line.exchange(ASKING, "POST", TARGET)
                lost = await line.exchange(ASKING, "POST", TARGET)
                found = await line.exchange(ASKING, "POST", TARGET)
        assert (lost.end, lost.response, found.connection) == (End.TARGET, None, 2)

    async def test_a_get_on_a_connection_just_closed_is_retried_and_both_are_recorded(self) -> None:
        with scripted(HELLO, None, HELLO) as peer:
            dialer = dialer_to(peer.port)
            async with http.Line(dialer) as line:
                await line.exchange(ASKING, "GET", TARGET)
                found = await line.exchange(ASKING, "GET", TARGET)
        assert [(seen.connection, seen.response is None) for seen in dialer.transcript.exchanges] == [
            *((1, False), (1, True), (2, False)),
        ]
        assert found is dialer.transcript.exchanges[-1]

    async def test_a_request_on_a_fresh_connection_is_not_retried(self) -> None:
        with scripted(None, HELLO) as peer:
            seen = await get(peer.port)
        assert (seen.end, peer.connections) == (End.TARGET, 1)

    async def test_a_close_while_idle_is_noticed_before_the_next_request(self) -> None:
        with scripted(HELLO, close=True) as peer, scripted(HELLO) as other:
            async with http.Line(dialer_to(peer.port)) as line:
                first = await line.exchange(ASKING, "GET", TARGET)
                stream = line._transport.stream
                assert stream is not None
                async with asyncio.timeout(5):
                    while not stream.hung_up:  # noqa: ASYNC110 - there is no event for a FIN
                        await asyncio.sleep(0)
                line._dialer.address = dialer_to(other.port).address
                second = await line.exchange(ASKING, "GET", TARGET)
        assert (first.connection, second.connection) == (1, 2)
        assert second.response is not None

    async def test_a_fresh_connection_is_taken_without_a_line(self) -> None:
        with scripted(HELLO, HELLO) as peer:
            dialer = dialer_to(peer.port)
            seen = [await http.exchange(dialer, ASKING, "GET", TARGET) for _ in range(2)]
        assert [exchange.connection for exchange in seen] == [1, 2]

    async def test_the_transcript_keeps_all_in_order(self) -> None:
        with scripted(HELLO, HELLO) as peer:
            dialer = dialer_to(peer.port)
            seen = [await http.exchange(dialer, ASKING, "GET", TARGET) for _ in range(2)]
        assert dialer.transcript.exchanges == seen
        assert [exchange.id for exchange in seen] == ["1", "2"]


@pytest.mark.asyncio
class TestBounds:
    @pytest.mark.parametrize("name", ["accepts_and_says_nothing", "not_http"])
    async def test_silence_is_recorded_as_a_timeout(self, name: str) -> None:
        with hostile(name) as port:
            seen = await get(port, bounds=HASTY)
        assert (seen.response, seen.end, seen.end_detail) == (None, End.TIMEOUT, "nothing came for 0.3 s")

    async def test_a_target_that_drips_is_cut_off_after_twice_the_patience(self) -> None:
        began = time.monotonic()
        with hostile("drips_a_byte_a_second", interval=SOON / 4) as port:
            seen = await get(port, bounds=HASTY)
        assert (seen.end, seen.end_detail) == (End.TIMEOUT, "the exchange was still unfinished")
        assert 2 * SOON <= time.monotonic() - began < 2 * SOON + 5

    async def test_a_target_that_never_reads_times_out_and_is_recorded(self) -> None:
        async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.Event().wait()

        with in_background(deaf) as port:
            dialer = dialer_to(port, bounds=HASTY)
            seen = await http.exchange(dialer, ASKING, "POST", TARGET, body=b"x" * 50_000_000)
        assert (seen.response, seen.end) == (None, End.TIMEOUT)

    @pytest.mark.parametrize(
        ("name", "detail"),
        [
            ("endless_headers", "more than 262144 octets of header block"),
            ("endless_header_line", "more than 262144 octets of header block"),
            ("endless_body_chunked", "more than 4456448 octets"),
            ("endless_body_until_close", "more than 4456448 octets"),
        ],
    )
    async def test_a_flood_is_cut_at_the_limit(self, name: str, detail: str) -> None:
        with hostile(name) as port:
            seen = await get(port)
        assert seen.response is not None
        assert (seen.end, seen.end_detail, seen.response.complete) == (End.LIMIT, detail, False)

    async def test_a_compressed_bomb_is_not_inflated(self) -> None:
        octets.gzip_bomb()
        with hostile("gzip_bomb") as port:
            seen = await get(port)
        assert seen.response is not None
        assert seen.response.body == octets.gzip_bomb()


@pytest.mark.asyncio
class TestLosses:
    @pytest.mark.parametrize(
        ("name", "end"),
        [
            ("refuses", End.REFUSED),
            ("accepts_and_resets", End.RESET),
            ("resets_mid_response", End.RESET),
            ("closes_every_connection", End.TARGET),
            ("closes_mid_body", End.TARGET),
        ],
    )
    async def test_the_end_names_who_closed_the_connection(self, name: str, end: End) -> None:
        with hostile(name) as port:
            seen = await get(port)
        assert seen.end is end

    async def test_a_body_cut_short_is_recorded_incomplete(self) -> None:
        with hostile("closes_mid_body") as port:
            seen = await get(port)
        assert seen.response is not None
        assert (seen.response.octets, seen.response.complete) == (octets.handshake()[:-20], False)

    async def test_a_refused_connection_is_not_connected(self) -> None:
        with hostile("refuses") as port:
            seen = await get(port)
        assert (seen.connected, seen.connection, seen.request.octets) == (False, 0, b"")


@pytest.mark.asyncio
async def test_the_reference_server_opens_a_session() -> None:
    with BackgroundServer() as server:
        seen = await get(server.port)
    assert seen.response is not None
    assert (seen.response.status, seen.response.body[:2], seen.response.defects) == (200, b"0{", ())
