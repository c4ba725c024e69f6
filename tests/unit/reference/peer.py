"""A client on plain sockets, independent of eiospec.wire."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
UNKNOWN_SID = 1
# Seconds until a server has noticed a closed connection.
PATIENCE = 5
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
)


@dataclass(frozen=True)
class Answer:
    """A response as received."""

    status: int
    lines: tuple[tuple[str, str], ...]
    body: bytes
    head: bytes

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.lines if known.lower() == name.lower()]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    @property
    def cookies(self) -> list[str]:
        return self.all("set-cookie")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def open(self) -> Any:
        assert self.body.startswith(b"0{"), self.body
        return json.loads(self.body[1:])


class Peer:
    """One TCP connection."""

    def __init__(self, port: int, host: str = "127.0.0.1", path: str = "/socket.io/") -> None:
        self.port, self.path = port, path
        self.socket = socket.create_connection((host, port), timeout=5)
        self.rest = b""

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def more(self) -> bool:
        got = self.socket.recv(65536)
        self.rest += got
        return bool(got)

    def ended(self) -> bool:
        """Return True once the server has closed; raise after the timeout of the socket."""
        while self.more():
            pass
        return True

    def silent(self, seconds: float = 0.15) -> bool:
        """Return whether nothing arrives for a moment."""
        self.socket.settimeout(seconds)
        try:
            return not self.rest and not self.socket.recv(65536)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(5)

    def request(self, method: str, query: str, *fields: str, body: bytes | None = None) -> None:
        lines = [f"{method} {self.path}?{query} HTTP/1.1", "Host: localhost", *fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))

    def answer(self, *, head_only: bool = False) -> Answer:
        while b"\r\n\r\n" not in self.rest:
            assert self.more(), f"the connection ended: {self.rest!r}"
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status, *raw = head.decode("latin-1").split("\r\n")
        lines = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in raw))
        found = Answer(int(status.split(" ")[1]), lines, b"", head)
        length = 0 if head_only else int((found.all("content-length") or ["0"])[0])
        while len(self.rest) < length:
            assert self.more(), "the body is cut"
        body, self.rest = self.rest[:length], self.rest[length:]
        return Answer(found.status, lines, body, head)

    def get(self, query: str, *fields: str) -> Answer:
        self.request("GET", query, *fields)
        return self.answer()

    def frame(self, opcode: int, payload: bytes | str = b"", *, first: int = 0x80, mask: bool = True) -> None:
        octets = payload.encode() if isinstance(payload, str) else payload
        size = len(octets)
        head = bytes([first | opcode])
        flag = 0x80 if mask else 0
        if size < 126:
            head += bytes([flag | size])
        elif size < 65536:
            head += bytes([flag | 126]) + struct.pack("!H", size)
        else:
            head += bytes([flag | 127]) + struct.pack("!Q", size)
        if mask:
            key = os.urandom(4)
            head += key
            octets = bytes(octet ^ key[at % 4] for at, octet in enumerate(octets))
        self.send(head + octets)

    def take(self, count: int) -> bytes:
        while len(self.rest) < count:
            assert self.more(), "the connection ended"
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def receive(self) -> tuple[int, bytes]:
        first, second = self.take(2)
        assert first & 0xF0 == 0x80, "FIN and no reserved bit"
        assert not second & 0x80, "a server does not mask"
        size = second
        if second == 126:
            (size,) = struct.unpack("!H", self.take(2))
        elif second == 127:
            (size,) = struct.unpack("!Q", self.take(8))
        return first & 0x0F, self.take(size)

    def text(self) -> str:
        opcode, payload = self.receive()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    def close_code(self) -> int:
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0] if payload else 0


class Client:
    """Sends requests on new connections to one engine."""

    def __init__(self, port: int, path: str = "/socket.io/", host: str = "127.0.0.1") -> None:
        self.port, self.path, self.host = port, path, host

    def peer(self) -> Peer:
        return Peer(self.port, self.host, self.path)

    def ask(self, method: str, query: str, *fields: str, body: bytes | None = None) -> Answer:
        with self.peer() as peer:
            peer.request(method, query, *fields, body=body)
            return peer.answer(head_only=method == "HEAD")

    def handshake(self, *fields: str) -> Answer:
        return self.ask("GET", "EIO=4&transport=polling", *fields)

    def session(self, *fields: str) -> str:
        sid = self.handshake(*fields).open["sid"]
        assert isinstance(sid, str)
        return sid

    def poll(self, sid: str, *fields: str) -> Answer:
        return self.ask("GET", f"EIO=4&transport=polling&sid={sid}", *fields)

    def post(self, sid: str, body: bytes | str, *fields: str) -> Answer:
        octets = body.encode() if isinstance(body, str) else body
        return self.ask("POST", f"EIO=4&transport=polling&sid={sid}", *fields, body=octets)

    def forgets(self, sid: str) -> bool:
        """Wait until the server no longer knows the session; return False after PATIENCE."""
        last = time.monotonic() + PATIENCE
        while time.monotonic() < last:
            answer = self.post(sid, "6")
            if answer.status == 400 and answer.json["code"] == UNKNOWN_SID:
                return True
        return False

    @contextmanager
    def polling(self, sid: str) -> Iterator[Peer]:
        """Open a pending poll."""
        with self.peer() as peer:
            peer.request("GET", f"EIO=4&transport=polling&sid={sid}")
            assert peer.silent(0.05)
            yield peer

    def opening(self, query: str = "EIO=4&transport=websocket", *fields: str) -> tuple[Peer, Answer]:
        peer = self.peer()
        peer.request("GET", query, *UPGRADE, *fields)
        return peer, peer.answer()

    @contextmanager
    def websocket(self, *fields: str) -> Iterator[Peer]:
        """Open a WebSocket-only session and read its open packet."""
        peer, answer = self.opening("EIO=4&transport=websocket", *fields)
        with peer:
            assert answer.status == 101, answer
            assert peer.text().startswith("0{")
            yield peer

    @contextmanager
    def candidate(self, sid: str, *fields: str) -> Iterator[Peer]:
        """Open the WebSocket of an upgrade."""
        peer, answer = self.opening(f"EIO=4&transport=websocket&sid={sid}", *fields)
        with peer:
            assert answer.status == 101, answer
            yield peer
