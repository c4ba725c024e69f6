"""Recorded conversations with a peer of a test: dialers to loopback ports, and a peer that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

from hostile import octets
from hostile.background import GONE, HOST, in_background

from eiospec.wire.bounds import Bounds
from eiospec.wire.dialer import Dialer, Fields, Occasion, Transcript
from eiospec.wire.stream import Address

AGENT = "eiospec/test"
ASKING = Occasion("tour", "a question")
SOON = 0.3

Answering = bytes | Callable[[bytes], bytes]


def dialer_to(
    port: int,
    *,
    bounds: Bounds | None = None,
    extra: Fields = (),
    tls: SSLContext | None = None,
    host: str = HOST,
) -> Dialer:
    """Return a dialer to a port of this machine."""
    scheme = "http" if tls is None else "https"
    authority = f"{host}:{port}"
    return Dialer(
        Address(host, port, tls, host),
        f"{scheme}://{authority}",
        authority,
        Transcript(),
        bounds or Bounds(),
        AGENT,
        extra,
    )


@dataclass
class Script:
    """A peer that answers request by request; `requests` are what it received, as octets."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    behind: bytearray = field(default_factory=bytearray)


@contextmanager
def scripted(*answers: Answering | None, close: bool = False) -> Iterator[Script]:
    """Run a peer that gives these answers in order, on any connection.

    None closes the connection instead. After the last one it closes with `close`, otherwise it reads on into
    `behind`.
    """
    left = list(answers)
    script = Script()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script.connections += 1
        with suppress(*GONE):
            while left:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(octets.field(head, b"content-length") or b"0"))
                script.requests.append(head + body)
                answer = left.pop(0)
                if answer is None:
                    return
                writer.write(answer(head) if callable(answer) else answer)
                await writer.drain()
            while not close and (more := await reader.read(65536)):
                script.behind += more

    with in_background(handler) as script.port:
        yield script
