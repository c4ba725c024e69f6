"""A slower network: `latency_proxy` delays what passes between a client and a loopback server.

The delay is that of distance, not of bandwidth: octets sent together arrive together, and a stream of messages is
delayed once, not once per message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hostile.background import GONE, HOST, in_background

CHUNK = 64 * 1024


@contextmanager
def latency_proxy(port: int, delay: float) -> Iterator[int]:
    """Forward to 127.0.0.1:`port`, each direction `delay` seconds late: the round trip grows by twice that.

    Yield the proxy's port. Opening a connection is not delayed: the kernel answers it.
    """

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, port)
        try:
            await asyncio.gather(
                _forward(reader, server_writer, delay), _forward(server_reader, writer, delay)
            )
        finally:
            server_writer.close()

    with in_background(handler) as proxy_port:
        yield proxy_port


async def _forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
    """Copy one direction to its end, which is delayed as well; a reset counts as an end."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def receive() -> None:
        read = True
        while read:
            chunk = b""
            with suppress(*GONE):
                chunk = await source.read(CHUNK)
            under_way.put_nowait((loop.time() + delay, chunk))
            read = bool(chunk)

    receiving = asyncio.create_task(receive())
    try:
        # OSError: to end a connection that was reset meanwhile is ENOTCONN, which is no ConnectionError.
        with suppress(*GONE, OSError):
            while True:
                due, chunk = await under_way.get()
                await asyncio.sleep(due - loop.time())
                if not chunk:
                    break
                sink.write(chunk)
                await sink.drain()
            sink.write_eof()
    finally:
        receiving.cancel()
