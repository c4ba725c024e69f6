"""An event loop whose network is memory and whose clock is its own.

`MemoryLoop` is an asyncio loop for a server and its clients in one thread. `create_server` and `create_connection`
join two `MemoryTransport`s instead of two sockets; TLS runs over them as over TCP. Time advances only while
every task waits, and then at once to the next timer: a wait of ten seconds costs nothing, and a busy machine
changes no measured time. Files, DNS and child processes are not supported.

A connection behaves as TCP on one host does, as far as asyncio shows it: octets arrive in order and may be joined or
split; a writer is paused when the reader has stopped; closing sends what is left and then the end; writing to a closed
connection, and closing with unread octets, resets it.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import selectors
import ssl as tls
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

# Octets that a reader which has stopped reading still takes in, as a socket's receive buffer does.
RECEIVE_BUFFER = 256 * 1024
# The most octets handed to a protocol at once.
READ_SIZE = 256 * 1024
# Octets that wait to be sent when a writer is paused and resumed.
HIGH_WATER, LOW_WATER = 64 * 1024, 16 * 1024
# Seconds that a turn of the loop takes: a task that polls the clock sees it advance.
TURN = 1e-5
# Seconds on its clock after which a loop gives up: a server can keep timers running for ever.
MOST_SECONDS = 600.0
FIRST_PORT = 40001
HOST = "127.0.0.1"


class Stuck(RuntimeError):
    """Every task waits for something that can no longer happen, or the loop has run for too long."""


class MemoryTransport(asyncio.Transport):
    """One end of a connection. `connect_ends` joins two."""

    # `loop.start_tls` requires this attribute of a transport.
    _start_tls_compatible = True

    def __init__(self, loop: asyncio.AbstractEventLoop, own: tuple[str, int], other: tuple[str, int]) -> None:
        super().__init__({"sockname": own, "peername": other})
        self._loop = loop
        self._peer: MemoryTransport | None = None
        self._protocol: asyncio.BaseProtocol | None = None
        self._inbox = bytearray()
        self._outbox = bytearray()
        self._delivering = False  # a delivery is scheduled
        self._reading = True
        self._writer_paused = False
        self._peer_ended = False  # no more octets will arrive
        self._peer_reset = False  # nor can any be sent
        self._end_delivered = False
        self._eof_written = False
        self._eof_sent = False
        self._closing = False
        self._lost = False

    def start(self, peer: MemoryTransport, protocol: asyncio.BaseProtocol) -> None:
        """Set the other end and the protocol; `connection_made` is called by the loop."""
        self._peer, self._protocol = peer, protocol

    # Sending

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send octets. Raises RuntimeError after `write_eof`; octets for a lost connection are dropped."""
        if self._eof_written:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._closing or self._lost or not data:
            return
        self._outbox += data
        self._push()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send octets that come in parts."""
        self.write(b"".join(list_of_data))

    def _push(self) -> None:
        """Move as many octets as the other end has room for, then the end of the stream if requested."""
        peer = self._peer
        if peer is None or self._lost:
            return
        if self._outbox:
            if peer._lost:
                self._reset()
                return
            room = RECEIVE_BUFFER - len(peer._inbox)
            if room > 0:
                peer._inbox += self._outbox[:room]
                del self._outbox[:room]
                peer._schedule()
        self._control_flow()
        if not self._outbox:
            if self._eof_written:
                self._send_end()
            if self._closing:
                self._loop.call_soon(self._lose, None)

    def _send_end(self) -> None:
        if self._eof_sent or self._peer is None:
            return
        self._eof_sent = True
        self._peer._peer_ended = True
        self._peer._schedule()

    def _control_flow(self) -> None:
        waiting = len(self._outbox)
        if waiting <= HIGH_WATER and not self._writer_paused:
            return
        if not isinstance(self._protocol, asyncio.Protocol | asyncio.BufferedProtocol):
            return
        if waiting > HIGH_WATER and not self._writer_paused:
            self._writer_paused = True
            self._protocol.pause_writing()
        elif waiting <= LOW_WATER and self._writer_paused:
            self._writer_paused = False
            self._protocol.resume_writing()

    def can_write_eof(self) -> bool:
        """Return True: a connection can be closed in one direction."""
        return True

    def write_eof(self) -> None:
        """Send the end after what was written; reading goes on."""
        if not self._eof_written and not self._closing:
            self._eof_written = True
            self._push()

    def get_write_buffer_size(self) -> int:
        """Return how many octets the other end had no room for."""
        return len(self._outbox)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return when the protocol is resumed and paused, in octets."""
        return LOW_WATER, HIGH_WATER

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Ignore the limits that `sslproto` sets."""

    # Receiving

    def pause_reading(self) -> None:
        """Deliver nothing until `resume_reading`."""
        self._reading = False

    def resume_reading(self) -> None:
        """Deliver the received octets."""
        self._reading = True
        self._schedule()

    def is_reading(self) -> bool:
        """Return whether octets are delivered."""
        return self._reading and not self._closing

    def _schedule(self) -> None:
        if not self._delivering and self._reading and not self._closing:
            self._delivering = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._delivering = False
        if not self._reading or self._closing or self._lost:
            return
        if self._inbox:
            data = bytes(self._inbox[:READ_SIZE])
            del self._inbox[:READ_SIZE]
            if self._peer is not None:
                self._peer._push()
            self._feed(data)
            if self._inbox or self._peer_ended or self._peer_reset:
                self._schedule()
        elif self._peer_reset:
            self._lose(ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))
        elif self._peer_ended and not self._end_delivered:
            self._end_delivered = True
            protocol = cast("asyncio.Protocol | asyncio.BufferedProtocol", self._protocol)
            if not protocol.eof_received():
                self.close()

    def _feed(self, data: bytes) -> None:
        protocol = self._protocol
        if isinstance(protocol, asyncio.BufferedProtocol):
            while data:
                with memoryview(protocol.get_buffer(len(data))) as buffer:
                    size = min(len(buffer), len(data))
                    buffer[:size] = data[:size]
                protocol.buffer_updated(size)
                data = data[size:]
        else:
            cast("asyncio.Protocol", protocol).data_received(data)

    # The end

    def close(self) -> None:
        """Send what is left, then the end; `connection_lost` follows."""
        if not self._closing and not self._lost:
            self._closing = True
            self._push()

    def abort(self) -> None:
        """Close at once. What the other end had no room for is dropped."""
        self._force_close(None)

    def _force_close(self, error: OSError | None) -> None:
        """Close at once because of an error: asyncio's TLS calls this."""
        if not self._lost:
            self._closing = True
            self._outbox.clear()
            self._loop.call_soon(self._lose, error)

    def _reset(self) -> None:
        """Report the end of the peer after the received octets."""
        self._outbox.clear()
        self._peer_reset = True
        if self._closing:
            self._loop.call_soon(self._lose, None)
        self._schedule()

    def _lose(self, error: OSError | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._outbox.clear()
        if self._peer is not None and self._protocol is not None:
            if self._inbox:
                self._peer._reset()
            else:
                self._send_end()
            self._protocol.connection_lost(error)

    def is_closing(self) -> bool:
        """Return whether the connection is closed, or about to be."""
        return self._closing

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol."""
        return cast("asyncio.BaseProtocol", self._protocol)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change the protocol."""
        self._protocol = protocol


def connect_ends(
    loop: asyncio.AbstractEventLoop, client: tuple[str, int], server: tuple[str, int]
) -> tuple[MemoryTransport, MemoryTransport]:
    """Return the client's and the server's end of a new connection, without protocols."""
    return MemoryTransport(loop, client, server), MemoryTransport(loop, server, client)


class _Name:
    """The socket of a listener: its address only."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    def getsockname(self) -> tuple[str, int]:
        """Return host and port."""
        return self._address


class Listener:
    """A port of a `MemoryLoop`."""

    def __init__(
        self,
        loop: MemoryLoop,
        port: int,
        factory: Callable[[], asyncio.BaseProtocol],
        context: tls.SSLContext | None,
    ) -> None:
        self._loop = loop
        self._port = port
        self.factory = factory
        self.context = context
        self.sockets = (_Name((HOST, port)),)

    def close(self) -> None:
        """Refuse connections from now on."""
        self._loop.listeners.pop(self._port, None)

    def is_serving(self) -> bool:
        """Return whether connections are accepted."""
        return self._port in self._loop.listeners

    async def wait_closed(self) -> None:
        """Return at once: a listener owns no connections."""


class _Clockwork(selectors.SelectSelector):
    """Never sleeps: instead of sleeping until the next timer, it sets its clock to it."""

    advance: Callable[[float | None], None]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.advance(timeout)
        return []


class MemoryLoop(asyncio.SelectorEventLoop):
    """See the module. Closing it drops every connection without calling their protocols."""

    def __init__(self) -> None:
        clockwork = _Clockwork()
        clockwork.advance = self._advance
        self._now = 0.0
        self._limit = MOST_SECONDS
        self.listeners: dict[int, Listener] = {}
        self._ports = itertools.count(FIRST_PORT)
        self._handshakes: set[asyncio.Task[None]] = set()
        super().__init__(clockwork)

    def time(self) -> float:
        """Return seconds since the loop was made."""
        return self._now

    def _advance(self, timeout: float | None) -> None:
        if timeout is None:
            raise Stuck("every task waits, and no timer is left to wake one")
        self._now += timeout or TURN
        if self._now > self._limit:
            raise Stuck(f"not finished after {self._limit:.0f} s on the loop's clock")

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """Call soon: this loop has one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Call the function now: this loop has one thread."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: int | None = None,
        *,
        ssl: tls.SSLContext | None = None,
        **_options: Any,
    ) -> Listener:
        """Listen on a port of this loop; 0 or None takes a free one."""
        del host
        port = port or next(self._ports)
        if port in self.listeners:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        listener = self.listeners[port] = Listener(self, port, protocol_factory, ssl)
        return listener

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: tls.SSLContext | None = None,
        server_hostname: str | None = None,
        **_options: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect to a listener of this loop; raises ConnectionRefusedError when there is none on the port."""
        del host
        listener = self.listeners.get(port or 0)
        if listener is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        ours, theirs = connect_ends(self, (HOST, next(self._ports)), (HOST, port or 0))
        client, server = protocol_factory(), listener.factory()
        ours.start(theirs, client)
        theirs.start(ours, server)
        if listener.context is None:
            self.call_soon(server.connection_made, theirs)
        else:
            task = self.create_task(self._accept_tls(theirs, server, listener.context))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)
        if ssl is None:
            client.connection_made(ours)
            return ours, client
        return await self._secure(ours, client, ssl, server_side=False, name=server_hostname), client

    async def _accept_tls(
        self, transport: MemoryTransport, protocol: asyncio.BaseProtocol, context: tls.SSLContext
    ) -> None:
        try:
            await self._secure(transport, protocol, context, server_side=True)
        except OSError:
            transport.abort()  # the client did not accept the certificate, or does not speak TLS

    async def _secure(
        self,
        transport: MemoryTransport,
        protocol: asyncio.BaseProtocol,
        context: tls.SSLContext,
        *,
        server_side: bool,
        name: str | None = None,
    ) -> asyncio.Transport:
        start: Awaitable[asyncio.Transport | None] = self.start_tls(
            transport, protocol, context, server_side=server_side, server_hostname=name or None
        )
        encrypted = await start
        if encrypted is None:
            raise ConnectionAbortedError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED))
        protocol.connection_made(encrypted)
        return encrypted
