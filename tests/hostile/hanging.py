"""A peer that begins well and then says nothing more; it needs nothing that the benchmark's environment lacks."""

from __future__ import annotations

import asyncio

from hostile import octets


async def hangs_after_the_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Handshakes are answered; everything else waits until the client has had enough."""
    while b"sid=" not in (request := await reader.readuntil(b"\r\n\r\n")) and b"Upgrade" not in request:
        writer.write(octets.handshake())
    while await reader.read(1024):
        pass
