"""Run a TCP server in a thread with its own event loop, so that a test may block or run a loop itself.

The caller gives the handler of a connection. When the block ends, handlers that are still running are cancelled.

Connections are accepted by hand: asyncio's server fails when a client connects while it is closing (Python 3.13,
`Server._attach`), which is common here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# What a handler raises when the client has closed: the normal end of a hostile peer.
GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError)


class _Server:
    def __init__(self, listener: socket.socket, handler: Handler, tls: ssl.SSLContext | None) -> None:
        self._listener = listener
        self._handler = handler
        self._tls = tls
        self._stopped = asyncio.Event()
        self.serving = threading.Event()

    async def run(self) -> None:
        """Serve until `stop`; asyncio.run then cancels the handlers that are left."""
        self._loop = asyncio.get_running_loop()
        conversations: set[asyncio.Task[None]] = set()
        accepting = asyncio.create_task(self._accept(conversations))
        self.serving.set()
        await self._stopped.wait()
        accepting.cancel()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _accept(self, conversations: set[asyncio.Task[None]]) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            conversation = asyncio.create_task(self._converse(connection))
            conversations.add(conversation)  # the loop itself keeps weak references only
            conversation.add_done_callback(conversations.discard)

    async def _converse(self, connection: socket.socket) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        with suppress(*GONE):
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=self._tls
            )
            writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
            try:
                await self._handler(reader, writer)
            except asyncio.CancelledError:
                transport.abort()  # close() would wait until the client has read what is buffered
                raise
            finally:
                writer.close()


@contextmanager
def in_background(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve every connection with `handler` while the block runs; yield the port."""
    with socket.create_server((HOST, 0)) as listener:
        listener.setblocking(False)
        server = _Server(listener, handler, tls)
        thread = threading.Thread(target=lambda: asyncio.run(server.run()), name="hostile", daemon=True)
        thread.start()
        assert server.serving.wait(10), "the peer did not start"
        try:
            yield listener.getsockname()[1]
        finally:
            server.stop()
            thread.join(10)
            assert not thread.is_alive(), "the peer did not end"
