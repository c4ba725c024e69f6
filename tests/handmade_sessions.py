"""Sessions for tests: a handshake, polls, posts, an upgrade, with or without a balancer.

A `Journal` makes exchanges one after another, with increasing times.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from handmade import ORIGIN, SID, answer

from eiospec.wire.exchange import End, Exchange, Frame, Opcode
from eiospec.wire.parse import parse_request, parse_response

PATH = "/socket.io/"
UNKNOWN = b'{"code":1,"message":"Session ID unknown"}'
SWITCHING = b"HTTP/1.1 101 Switching Protocols"
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def open_packet(sid: str = SID) -> bytes:
    """Return the open packet of a session."""
    return b'0{"sid":"%b","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200}' % sid.encode(
        "latin-1"
    )


@dataclass
class Journal:
    """Makes exchanges; each begins after the previous one, unless `began` is given."""

    exchanges: list[Exchange] = field(default_factory=list)
    clock: float = 0.1

    def add(
        self,
        query: str,
        response: bytes | None,
        *lines: str,
        method: str = "GET",
        path: str = PATH,
        body: bytes = b"",
        began: float | None = None,
        took: float = 0.01,
        frames: tuple[Frame, ...] = (),
        end: End = End.CLIENT,
        label: str = "",
        probe: str = "session",
    ) -> Exchange:
        """Make and add an exchange."""
        started = self.clock if began is None else began
        head = "\r\n".join([f"{method} {path}?{query} HTTP/1.1", "Host: 127.0.0.1:3000", *lines, "", ""])
        asked = parse_request(head.encode("latin-1") + body)
        made = Exchange(
            id=str(len(self.exchanges) + 1),
            probe=probe,
            label=label,
            url=f"{ORIGIN}{path}?{query}",
            connection=len(self.exchanges) + 1,
            request=asked,
            response=None if response is None else parse_response(response, closed=True),
            started=started,
            answered=None if response is None else started + took,
            ended=max([started + took, *(frame.at for frame in frames)]),
            end=end,
            frames=frames,
        )
        self.exchanges.append(made)
        self.clock = max(self.clock, made.ended) + 0.002
        return made

    def handshake(self, *set_cookies: str, sid: str = SID, cookies: str = "", **more: object) -> Exchange:
        """Add a polling handshake with these Set-Cookie lines in the response."""
        lines = [f"Set-Cookie: {line}".encode("latin-1") for line in set_cookies]
        sent = (f"Cookie: {cookies}",) if cookies else ()
        return self.add("EIO=4&transport=polling", answer(open_packet(sid), *lines), *sent, **more)  # type: ignore[arg-type]

    def poll(self, cookies: str = "", *lines: bytes, sid: str = SID, **more: object) -> Exchange:
        """Add a poll, answered with a ping."""
        sent = (f"Cookie: {cookies}",) if cookies else ()
        return self.add(f"EIO=4&transport=polling&sid={sid}", answer(b"2", *lines), *sent, **more)  # type: ignore[arg-type]

    def post(self, cookies: str = "", *lines: bytes, sid: str = SID, **more: object) -> Exchange:
        """Add a POST of a message."""
        sent = (f"Cookie: {cookies}",) if cookies else ()
        fields: dict[str, object] = {"method": "POST", "body": b"40/eiospec-1,", **more}
        return self.add(f"EIO=4&transport=polling&sid={sid}", answer(b"ok", *lines), *sent, **fields)  # type: ignore[arg-type]

    def refused(self, cookies: str = "", *lines: bytes, sid: str = SID, **more: object) -> Exchange:
        """Add a poll of a session that the node does not know."""
        sent = (f"Cookie: {cookies}",) if cookies else ()
        refusal = answer(UNKNOWN, b"Content-Type: application/json", *lines, status=b"400 Bad Request")
        return self.add(f"EIO=4&transport=polling&sid={sid}", refusal, *sent, **more)  # type: ignore[arg-type]

    def upgrade(self, cookies: str = "", *lines: bytes, sid: str = SID, **more: object) -> Exchange:
        """Add an upgrade: probe, answer, upgrade packet, a message."""
        began = self.clock
        frames = tuple(
            Frame(Opcode.TEXT, payload, by_target, began + at)
            for payload, by_target, at in (
                (b"2probe", False, 0.012),
                (b"3probe", True, 0.015),
                (b"5", False, 0.016),
                (b"4hello", True, 0.02),
            )
        )
        fields = (f"Cookie: {cookies}",) if cookies else ()
        switching = b"\r\n".join([SWITCHING, b"Upgrade: websocket", b"Connection: Upgrade", *lines, b"", b""])
        target = f"EIO=4&transport=websocket&sid={sid}"
        return self.add(target, switching, *UPGRADE, *fields, frames=frames, **more)  # type: ignore[arg-type]


def awsalb(text: str) -> str:
    """Return a cookie value as AWS ALB makes one: new on each response, base64, long."""
    return base64.b64encode(hashlib.sha512(text.encode()).digest() * 2).decode()


def sticky(journal: Journal, name: str, node: str, *, lost_at: int = 0) -> str:
    """Add twelve requests behind a balancer that rotates AWSALB and writes `node~sid`; `lost_at` 0 means never."""
    sid = f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:14]}"
    stuck, rotating = f"io={node}~{sid}", awsalb(sid)
    journal.handshake(
        f"{stuck}; Path=/; HttpOnly; SameSite=Lax",
        f"AWSALB={rotating}; Expires=Wed, 02 Dec 2026 22:00:00 GMT; Path=/",
        sid=sid,
        label="handshake",
        probe=f"sticky {name}",
    )
    for turn in range(1, 12):
        cookies, rotating = f"{stuck}; AWSALB={rotating}", awsalb(f"{sid}{turn}")
        lines = (f"Set-Cookie: AWSALB={rotating}; Path=/".encode(), b"x-node: " + node.encode())
        if turn == lost_at:
            journal.refused(cookies, lines[0], sid=sid, label=f"request {turn}", probe=f"sticky {name}")
        elif turn == 11:
            journal.upgrade(cookies, *lines, sid=sid, label="upgrade", probe=f"sticky {name}")
        else:
            say = journal.post if turn % 2 else journal.poll
            say(cookies, *lines, sid=sid, label=f"request {turn}", probe=f"sticky {name}")
    return sid
