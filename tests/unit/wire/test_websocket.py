"""The WebSocket client: opening handshake and frames of both directions, legal or not."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest
from dialling import ASKING, SOON, dialer_to, scripted
from hostile import octets
from hostile.peers import hostile
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode as LibraryOpcode

from eiospec.fixtures.reference import BackgroundServer, Options
from eiospec.wire import websocket
from eiospec.wire.bounds import Bounds
from eiospec.wire.exchange import End, Exchange, Opcode
from eiospec.wire.websocket import Socket

TARGET = "/socket.io/?EIO=4&transport=websocket"
PATIENT = Bounds(patience=5)
HASTY = Bounds(patience=SOON)


async def dial(port: int, bounds: Bounds = PATIENT, target: str = TARGET) -> Socket:
    found = await websocket.dial(dialer_to(port, bounds=bounds), ASKING, target)
    assert isinstance(found, Socket)
    return found


def opened(*frames: LibraryFrame) -> Callable[[bytes], bytes]:
    """The answer to an opening handshake, with frames in the same segment."""

    def answer(request: bytes) -> bytes:
        return octets.switching_protocols(request) + b"".join(frame.serialize(mask=False) for frame in frames)

    return answer


def text(payload: bytes) -> LibraryFrame:
    return LibraryFrame(LibraryOpcode.TEXT, payload)


async def held(port: int, talk: Callable[[Socket], Awaitable[object]], bounds: Bounds = PATIENT) -> Exchange:
    """The exchange of a WebSocket on which this was done."""
    socket = await dial(port, bounds)
    await talk(socket)
    return await socket.finish()


@pytest.mark.asyncio
class TestOpening:
    async def test_the_request_is_recorded_as_the_peer_got_it(self) -> None:
        with scripted(opened()) as peer:
            seen = await (await dial(peer.port)).finish()
        assert [seen.request.octets] == peer.requests

    async def test_its_fields_are_ours_then_those_of_the_handshake(self) -> None:
        with scripted(opened()) as peer:
            dialer = dialer_to(peer.port, extra=[("X-Own", "caf\xe9")])
            await websocket.dial(dialer, ASKING, TARGET, [("Origin", "http://a"), ("cookie", "a=1")])
        names = [line.partition(b":")[0] for line in peer.requests[0].split(b"\r\n")[1:-2]]
        assert names == [
            *(b"Host", b"User-Agent", b"X-Own", b"Upgrade", b"Connection"),
            *(b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Origin", b"cookie"),
        ]

    async def test_the_octets_of_a_field_are_latin_1(self) -> None:
        with scripted(opened()) as peer:
            await websocket.dial(dialer_to(peer.port), ASKING, "/é", [("X", "caf\xe9")])
        assert peer.requests[0].startswith(b"GET /\xe9 HTTP/1.1\r\n")
        assert b"X: caf\xe9\r\n" in peer.requests[0]

    @pytest.mark.parametrize("target", ["/%zz?sid={}", "/" + "x" * 9000])
    async def test_the_target_is_sent_verbatim(self, target: str) -> None:
        with scripted(opened()) as peer:
            await dial(peer.port, target=target)
        assert peer.requests[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())

    async def test_the_101_keeps_its_header_block(self) -> None:
        def answer(request: bytes) -> bytes:
            return octets.switching_protocols(request)[:-2] + b"set-COOKIE: io=1\r\nSet-Cookie: b=2\r\n\r\n"

        with scripted(answer) as peer:
            socket = await dial(peer.port)
        assert socket.response is not None
        assert [line.octets for line in socket.response.headers][-2:] == [
            b"set-COOKIE: io=1",
            b"Set-Cookie: b=2",
        ]

    async def test_a_refusal_is_read_with_its_body(self) -> None:
        with scripted(octets.response(b'{"code":1}', status=b"400 Bad Request")) as peer:
            socket = await dial(peer.port)
            seen = await socket.finish()
        assert seen.response is not None
        assert (socket.accepted, seen.response.status, seen.response.body) == (False, 400, b'{"code":1}')

    async def test_what_the_library_refuses_is_recorded_with_its_reason(self) -> None:
        with scripted(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") as peer:
            seen = await (await dial(peer.port)).finish()
        assert seen.response is not None
        assert (seen.response.status, seen.refusal) == (101, "missing Connection header")

    async def test_octets_behind_a_refusal_are_no_frames(self) -> None:
        with scripted(octets.response(b"", status=b"400 Bad Request") + b"\x81\x00") as peer:
            seen = await (await dial(peer.port)).finish()
        assert seen.response is not None
        assert (seen.frames, seen.response.surplus) == ((), b"\x81\x00")

    async def test_nothing_can_be_sent_where_the_library_refused(self) -> None:
        with scripted(octets.response(b"", status=b"400 Bad Request")) as peer:
            assert not await (await dial(peer.port)).send("2probe")

    @pytest.mark.parametrize("name", ["accepts_and_says_nothing", "not_http"])
    async def test_silence_is_a_time_out(self, name: str) -> None:
        with hostile(name) as port:
            seen = await (await dial(port, HASTY)).finish()
        assert (seen.response, seen.end) == (None, End.TIMEOUT)

    @pytest.mark.parametrize("name", ["endless_headers", "endless_body_chunked", "endless_body_until_close"])
    async def test_a_flood_is_left_at_its_limit(self, name: str) -> None:
        with hostile(name) as port:
            seen = await (await dial(port)).finish()
        assert seen.end is End.LIMIT

    async def test_tiny_chunks_without_end_cost_little(self) -> None:
        flood = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 230_000
        began = time.process_time()
        with scripted(flood) as peer:
            seen = await (await dial(peer.port, Bounds(patience=600, body_octets=2**20))).finish()
        assert seen.end is End.LIMIT
        assert time.process_time() - began < 20

    async def test_without_a_connection_there_is_only_an_exchange(self) -> None:
        with hostile("refuses") as port:
            seen = await websocket.dial(dialer_to(port), ASKING, TARGET)
        assert isinstance(seen, Exchange)
        assert (seen.end, seen.url) == (End.REFUSED, f"http://127.0.0.1:{port}{TARGET}")

    async def test_a_connection_lost_at_once_is_recorded(self) -> None:
        with hostile("closes_every_connection") as port:
            seen = await (await dial(port)).finish()
        assert (seen.end, seen.response) == (End.TARGET, None)


@pytest.mark.asyncio
class TestFrames:
    async def test_frames_of_both_directions_stand_in_order(self) -> None:
        async def talk(socket: Socket) -> None:
            await socket.until_text(lambda packet: packet.startswith("0"), 5)
            await socket.send("4hello")
            await socket.until_text("4hello".__eq__, 5)

        with BackgroundServer(Options(layer="echo")) as server:
            seen = await held(server.port, talk)
        assert [(frame.by_target, frame.payload[:2], frame.masked) for frame in seen.frames] == [
            (True, b"0{", False),
            (False, b"4h", True),
            (True, b"4h", False),
            (False, b"\x03\xe8", True),
        ]

    async def test_frames_in_the_segment_of_the_101_are_read(self) -> None:
        with scripted(opened(text(b"0{}"), text(b"2"))) as peer:
            assert (await dial(peer.port)).texts() == ("0{}", "2")

    async def test_our_frames_are_recorded_as_the_peer_got_them(self) -> None:
        with scripted(opened()) as peer:
            seen = await held(peer.port, lambda socket: socket.send("4a", "4b"))
            payloads = [frame.payload for frame in seen.frames]
        assert payloads == [b"4a", b"4b", b"\x03\xe8"]

    async def test_a_websocket_ping_is_answered_and_the_pong_recorded(self) -> None:
        with scripted(opened(LibraryFrame(LibraryOpcode.PING, b"eio"))) as peer:
            seen = await (await dial(peer.port)).finish()
        assert [(frame.opcode, frame.by_target) for frame in seen.frames] == [
            (Opcode.PING, True),
            (Opcode.PONG, False),
            (Opcode.CLOSE, False),
        ]

    async def test_an_engine_io_ping_is_not_answered(self) -> None:
        with scripted(opened(text(b"2"))) as peer:
            seen = await (await dial(peer.port)).finish()
        assert [frame.payload for frame in seen.frames if not frame.by_target] == [b"\x03\xe8"]

    async def test_a_close_frame_is_answered_and_ends_it(self) -> None:
        with scripted(opened(LibraryFrame(LibraryOpcode.CLOSE, b"\x03\xe8"))) as peer:
            socket = await dial(peer.port)
            assert socket.closed
            seen = await socket.finish()
        assert [frame.by_target for frame in seen.frames] == [True, False]

    async def test_a_binary_frame_keeps_its_octets(self) -> None:
        with scripted(opened(LibraryFrame(LibraryOpcode.BINARY, b"\x00\xff"))) as peer:
            seen = await (await dial(peer.port)).finish()
        assert [(frame.opcode, frame.payload) for frame in seen.received()] == [(Opcode.BINARY, b"\x00\xff")]

    async def test_an_illegal_frame_is_recorded_though_the_library_gives_up(self) -> None:
        with scripted(lambda request: octets.switching_protocols(request) + b"\xf1\x02hi") as peer:
            seen = await (await dial(peer.port)).finish()
        assert [(frame.rsv, frame.payload) for frame in seen.received()] == [(7, b"hi")]

    async def test_garbage_behind_a_101_is_kept(self) -> None:
        async def talk(socket: Socket) -> None:
            await socket.until_closed(SOON)

        with hostile("websocket_then_garbage") as port:
            seen = await held(port, talk)
        assert seen.after == b"\xff" * 64

    async def test_an_http_answer_behind_a_101_is_kept_and_no_frame(self) -> None:
        async def talk(socket: Socket) -> None:
            await socket.until_closed(SOON)

        with hostile("websocket_then_http") as port:
            seen = await held(port, talk)
        assert (seen.after[:12], seen.received()) == (b"HTTP/1.1 400", ())

    async def test_endless_frames_end_at_the_limit(self) -> None:
        with hostile("websocket_endless_frames") as port:
            socket = await dial(port, Bounds(patience=5, frames=50))
            assert not await socket.until_text("never".__eq__, 5)
            seen = await socket.finish()
        assert len(seen.received()) == 50

    async def test_a_huge_frame_is_only_incomplete(self) -> None:
        with hostile("websocket_huge_frame") as port:
            socket = await dial(port)
            assert not await socket.until_closed(SOON)
            seen = await socket.finish()
        assert (seen.received(), seen.after[:2]) == ((), b"\x81\x7f")

    async def test_many_frames_in_a_long_message_cost_little(self) -> None:
        def answer(request: bytes) -> bytes:
            return (
                octets.switching_protocols(request)
                + b"\x81\x00" * 999
                + b"\x82\x7f"
                + bytes(5)
                + b"\x30\x00\x00"
            )

        began = time.monotonic()
        with scripted(answer) as peer:
            socket = await dial(peer.port)
        assert len(socket.frames) == 999
        assert time.monotonic() - began < 5


@pytest.mark.asyncio
class TestWaiting:
    async def test_silence_is_bounded_and_is_no_end(self) -> None:
        with scripted(opened()) as peer:
            socket = await dial(peer.port)
            began = time.monotonic()
            assert not await socket.until_text("never".__eq__, SOON)
            assert SOON <= time.monotonic() - began < SOON + 5
            assert await socket.send("still open")

    async def test_a_drip_is_bounded_by_the_wait_as_a_whole(self) -> None:
        with scripted(opened()) as peer:
            socket = await dial(peer.port)
            began = time.monotonic()
            await socket.until(lambda _: False, SOON)
        assert time.monotonic() - began < SOON + 5

    async def test_what_was_already_seen_is_not_waited_for(self) -> None:
        with scripted(opened(text(b"0{}"))) as peer:
            assert await (await dial(peer.port)).until_text("0{}".__eq__, 0)

    async def test_a_close_of_the_connection_is_a_close(self) -> None:
        with scripted(opened(), close=True) as peer:
            socket = await dial(peer.port)
            assert await socket.until_closed(5)
            seen = await socket.finish()
        assert seen.end is End.TARGET

    async def test_finishing_twice_is_one_exchange(self) -> None:
        with scripted(opened()) as peer:
            socket = await dial(peer.port)
            assert await socket.finish() is await socket.finish()

    async def test_an_abort_says_no_goodbye(self) -> None:
        with scripted(opened()) as peer:
            seen = await (await dial(peer.port)).finish(abort=True)
        assert (seen.frames, seen.end) == ((), End.CLIENT)
