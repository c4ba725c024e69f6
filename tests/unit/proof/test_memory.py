"""The loop whose network is memory: octets, ends, resets, pauses, TLS, and a clock that does not wait."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator

import pytest
import trustme

from eiospec.proof.memory import (
    HIGH_WATER,
    MOST_SECONDS,
    RECEIVE_BUFFER,
    TURN,
    MemoryLoop,
    MemoryTransport,
    Stuck,
)

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def loop() -> Iterator[MemoryLoop]:
    """A loop that is closed after the test."""
    made = MemoryLoop()
    yield made
    tasks = asyncio.all_tasks(made)
    for task in tasks:
        task.cancel()
    if tasks:
        made.run_until_complete(asyncio.wait(tasks))
    made.close()


async def connected() -> tuple[Pair, Pair]:
    """A client's and a server's end of one connection."""
    arrived: asyncio.Future[Pair] = asyncio.get_running_loop().create_future()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set_result((reader, writer))
        await asyncio.get_running_loop().create_future()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    client = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    return client, await arrived


def transport_of(writer: asyncio.StreamWriter) -> MemoryTransport:
    """Return the end of a connection below a writer."""
    assert isinstance(writer.transport, MemoryTransport)
    return writer.transport


class TestOctets:
    def test_arrive_in_order_however_they_are_written(self, loop: MemoryLoop) -> None:
        async def talk() -> bytes:
            (_, ours), (theirs, _) = await connected()
            for part in (b"GET / ", b"", b"HTTP/1.1\r\n"):
                ours.write(part)
            ours.writelines([b"Host", b": a"])
            ours.write_eof()
            return await theirs.read()

        assert loop.run_until_complete(talk()) == b"GET / HTTP/1.1\r\nHost: a"

    def test_arrive_in_parts_when_they_are_written_in_parts(self, loop: MemoryLoop) -> None:
        async def talk() -> list[bytes]:
            (_, ours), (theirs, _) = await connected()
            ours.write(b"one")
            first = await theirs.read(100)
            ours.write(b"two")
            return [first, await theirs.read(100)]

        assert loop.run_until_complete(talk()) == [b"one", b"two"]

    def test_many_pass_a_reader_that_keeps_reading(self, loop: MemoryLoop) -> None:
        octets = bytes(range(256)) * 16384

        async def talk() -> bytes:
            (_, ours), (theirs, _) = await connected()
            ours.write(octets)
            ours.close()
            return await theirs.read()

        assert loop.run_until_complete(talk()) == octets


class TestEnd:
    def test_closes_one_direction_only(self, loop: MemoryLoop) -> None:
        async def talk() -> tuple[bytes, bytes]:
            (mine, ours), (theirs, answering) = await connected()
            ours.write_eof()
            asked = await theirs.read()
            answering.write(b"answer")
            answering.close()
            return asked, await mine.read()

        assert loop.run_until_complete(talk()) == (b"", b"answer")

    def test_nothing_can_be_written_after_it(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            (_, ours), _ = await connected()
            ours.write_eof()
            ours.write(b"more")

        with pytest.raises(RuntimeError, match="after write_eof"):
            loop.run_until_complete(talk())

    def test_follows_what_was_written_before_close(self, loop: MemoryLoop) -> None:
        async def talk() -> tuple[bytes, bool]:
            (_, ours), (theirs, _) = await connected()
            ours.write(b"last words")
            ours.close()
            await ours.wait_closed()
            return await theirs.read(), theirs.at_eof()

        assert loop.run_until_complete(talk()) == (b"last words", True)

    def test_an_aborted_connection_ends_at_once(self, loop: MemoryLoop) -> None:
        async def talk() -> tuple[bytes, bool]:
            (mine, _), (_, theirs) = await connected()
            theirs.transport.abort()
            return await mine.read(), theirs.transport.is_closing()

        assert loop.run_until_complete(talk()) == (b"", True)

    def test_abort_drops_what_the_reader_had_no_room_for(self, loop: MemoryLoop) -> None:
        async def talk() -> int:
            (_, ours), (theirs, writer) = await connected()
            transport_of(writer).pause_reading()
            ours.write(b"x" * (RECEIVE_BUFFER + 1000))
            ours.transport.abort()
            await asyncio.sleep(1)
            transport_of(writer).resume_reading()
            return len(await theirs.read())

        assert loop.run_until_complete(talk()) == RECEIVE_BUFFER

    def test_writing_to_a_closed_connection_resets_it(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            (mine, ours), (_, theirs) = await connected()
            theirs.close()
            await theirs.wait_closed()
            ours.write(b"too late")
            await asyncio.sleep(1)
            await mine.read()

        with pytest.raises(ConnectionResetError):
            loop.run_until_complete(talk())

    def test_closing_with_unread_octets_resets_the_writer(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            (mine, ours), (_, theirs) = await connected()
            transport_of(theirs).pause_reading()
            ours.write(b"never read")
            theirs.close()
            await mine.read()

        with pytest.raises(ConnectionResetError):
            loop.run_until_complete(talk())


class TestPause:
    def test_a_paused_reader_gets_nothing_until_it_resumes(self, loop: MemoryLoop) -> None:
        async def talk() -> tuple[bool, bytes]:
            (_, ours), (theirs, writer) = await connected()
            transport_of(writer).pause_reading()
            ours.write(b"later")
            reading = asyncio.ensure_future(theirs.read(100))
            await asyncio.sleep(5)
            early = reading.done()
            transport_of(writer).resume_reading()
            return early, await reading

        assert loop.run_until_complete(talk()) == (False, b"later")

    def test_a_writer_waits_for_a_reader_that_does_not_read(self, loop: MemoryLoop) -> None:
        async def talk() -> tuple[bool, bool]:
            (_, ours), (theirs, writer) = await connected()
            transport_of(writer).pause_reading()
            ours.write(b"x" * (RECEIVE_BUFFER + HIGH_WATER + 1))
            draining = asyncio.ensure_future(ours.drain())
            await asyncio.sleep(5)
            early = draining.done()
            transport_of(writer).resume_reading()
            await theirs.readexactly(RECEIVE_BUFFER)
            await draining
            return early, ours.transport.get_write_buffer_size() == 0

        assert loop.run_until_complete(talk()) == (False, True)

    def test_a_writer_does_not_wait_while_the_buffers_have_room(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            (_, ours), (_, writer) = await connected()
            transport_of(writer).pause_reading()
            ours.write(b"x" * (RECEIVE_BUFFER + HIGH_WATER))
            await ours.drain()

        loop.run_until_complete(talk())
        assert loop.time() < 0.01


class TestPorts:
    def test_a_port_that_is_closed_refuses(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            server.close()
            await asyncio.open_connection("127.0.0.1", port)

        with pytest.raises(ConnectionRefusedError):
            loop.run_until_complete(talk())

    def test_a_port_is_taken_once(self, loop: MemoryLoop) -> None:
        async def talk() -> None:
            for _ in range(2):
                await asyncio.start_server(lambda *_: None, "127.0.0.1", 3000)

        with pytest.raises(OSError, match="in use"):
            loop.run_until_complete(talk())


class TestTls:
    @pytest.fixture
    def server_side(self) -> ssl.SSLContext:
        """A server's context, with a certificate for 127.0.0.1."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority = trustme.CA()
        self.authority.issue_cert("127.0.0.1").configure_cert(context)
        return context

    async def talk(self, server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> bytes:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_side)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_side, server_hostname="127.0.0.1"
        )
        writer.write(b"secret\n")
        return await reader.read()

    def test_octets_pass(self, loop: MemoryLoop, server_side: ssl.SSLContext) -> None:
        client_side = ssl.create_default_context()
        self.authority.configure_trust(client_side)
        assert loop.run_until_complete(self.talk(server_side, client_side)) == b"secret\n"

    def test_a_certificate_that_is_not_trusted_is_refused(
        self, loop: MemoryLoop, server_side: ssl.SSLContext
    ) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            loop.run_until_complete(self.talk(server_side, ssl.create_default_context()))
        loop.run_until_complete(asyncio.sleep(1))  # the server's handshake ends, too


class TestClock:
    def test_a_wait_takes_no_time(self, loop: MemoryLoop) -> None:
        begun = time.monotonic()
        loop.run_until_complete(asyncio.sleep(300))
        assert loop.time() == pytest.approx(300, abs=0.01)
        assert time.monotonic() - begun < 60

    def test_a_task_that_polls_it_sees_it_advance(self, loop: MemoryLoop) -> None:
        async def turns() -> None:
            for _ in range(100):
                await asyncio.sleep(0)

        loop.run_until_complete(turns())
        assert loop.time() >= 100 * TURN

    def test_a_wait_for_nothing_is_an_error(self, loop: MemoryLoop) -> None:
        with pytest.raises(Stuck, match="every task waits"):
            loop.run_until_complete(loop.create_future())

    def test_a_timer_that_restarts_itself_is_ended(self, loop: MemoryLoop) -> None:
        def tick() -> None:
            loop.call_later(25, tick)

        tick()
        with pytest.raises(Stuck, match=f"{MOST_SECONDS:.0f} s"):
            loop.run_until_complete(loop.create_future())

    def test_a_function_for_a_thread_is_called_at_once(self, loop: MemoryLoop) -> None:
        assert loop.run_until_complete(asyncio.to_thread(lambda: 42)) == 42
        with pytest.raises(ZeroDivisionError):
            loop.run_until_complete(asyncio.to_thread(lambda: 1 // 0))
