"""Messages that hostile peers send, as octets: a plausible handshake, and a gzip bomb."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zlib
from functools import cache

# RFC 6455 §1.3
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

BOMB_OCTETS = 1024**3
_BOMB_BLOCK = 1024**2


def response(body: bytes, *lines: bytes, status: bytes = b"200 OK", media: bytes = b"text/plain") -> bytes:
    """Return a well-formed HTTP/1.1 response with a Content-Length and extra field lines."""
    head = [
        b"HTTP/1.1 " + status,
        b"Content-Type: " + media + b"; charset=UTF-8",
        b"Content-Length: %d" % len(body),
        *lines,
    ]
    return b"\r\n".join([*head, b"", body])


def open_packet(sid: str = "hostile-0000000000001") -> bytes:
    """Return the payload of a correct handshake (EIO4 §Handshake)."""
    return b"0" + json.dumps(
        {
            "sid": sid,
            "upgrades": ["websocket"],
            "pingInterval": 25000,
            "pingTimeout": 20000,
            "maxPayload": 1000000,
        },
        separators=(",", ":"),
    ).encode("ascii")


def handshake(sid: str = "hostile-0000000000001", *lines: bytes) -> bytes:
    """Return a complete handshake response with its session cookie."""
    cookie = f"Set-Cookie: io={sid}; Path=/; HttpOnly; SameSite=Lax".encode("ascii")
    return response(open_packet(sid), cookie, *lines)


def new_handshake() -> bytes:
    """Return a handshake response with a new session id each time."""
    return handshake(secrets.token_urlsafe(15), b"Cache-Control: no-store")


def opens(request: bytes) -> bool:
    """Return whether a request asks for a session over long-polling."""
    line = request.split(b"\r\n")[0]
    right = line.startswith(b"GET ") and b"EIO=4" in line and b"transport=polling" in line
    return right and b"sid=" not in line


def field(request: bytes, name: bytes) -> bytes:
    """Return the value of the first field of that name, or an empty string."""
    for line in request.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name:
            return value.strip()
    return b""


def switching_protocols(request: bytes) -> bytes:
    """Return the 101 to an opening handshake (RFC 6455 §4.2.2)."""
    key = field(request, b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def text_frame(payload: bytes) -> bytes:
    """Return an unfragmented, unmasked text frame (RFC 6455 §5.2) of less than 64 KiB."""
    length = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + payload


@cache
def gzip_bomb() -> bytes:
    """Return one gzip member of about 1 MB that inflates to a gigabyte of zeros (RFC 1952).

    A full flush leaves the compressor without memory, so one compressed block can be repeated.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(_BOMB_BLOCK)
    block = deflate.compress(zeros) + deflate.flush(zlib.Z_FULL_FLUSH)
    times = BOMB_OCTETS // _BOMB_BLOCK
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(zeros, checksum)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    tail = checksum.to_bytes(4, "little") + (BOMB_OCTETS % 2**32).to_bytes(4, "little")
    return head + block * times + deflate.flush() + tail
