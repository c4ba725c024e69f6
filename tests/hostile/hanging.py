"""A peer that answers handshakes and nothing else; it needs only packages that the benchmark has."""

from __future__ import annotations

import asyncio

from hostile import octets


async def hangs_after_the_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer handshakes; leave every other request unanswered until the client closes."""
    while b"sid=" not in (request := await reader.readuntil(b"\r\n\r\n")) and b"Upgrade" not in request:
        writer.write(octets.handshake())
    while await reader.read(1024):
        pass
