"""A minimal client that behaves like a browser: a new connection for each request, and optionally a cookie jar."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reference.peer import Answer, Client, Peer

from balancers.expected import POLL, POST, UPGRADE

Step = tuple[int, bytes]


class SecureClient(Client):
    """A client over TLS that accepts any certificate."""

    def peer(self) -> Peer:
        peer = super().peer()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        peer.socket = context.wrap_socket(peer.socket)
        return peer


def whole(peer: Peer, answer: Answer) -> Answer:
    """Return the answer with its chunked body, which Node uses for errors."""
    if not answer.all("transfer-encoding"):
        return answer
    body = b""
    while True:
        while b"\r\n" not in peer.rest:
            assert peer.more(), "the body ends early"
        size, _, peer.rest = peer.rest.partition(b"\r\n")
        body += peer.take(int(size, 16))
        peer.take(2)
        if int(size, 16) == 0:
            return replace(answer, body=body)


@dataclass
class Visit:
    """One session: the answer to each step, and the nodes that answered."""

    client: Client
    has_jar: bool
    origin: str = ""
    probes: bool = True
    jar: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    set_by_handshake: tuple[str, ...] = ()

    def fields(self) -> list[str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return [
            *([f"Cookie: {cookies}"] if cookies else []),
            *([f"Origin: {self.origin}"] if self.origin else []),
        ]

    def take(self, step: str, answer: Answer) -> Answer:
        pairs = [cookie.partition(";")[0].partition("=") for cookie in answer.cookies]
        if self.has_jar:
            self.jar.update({name: value for name, _, value in pairs})
        self.steps[step] = (answer.status, answer.body)
        self.nodes += answer.all("x-node")
        if step == "handshake":
            self.set_by_handshake = tuple(name for name, _, _ in pairs)
        return answer

    def ask(self, step: str, method: str, sid: str = "", body: bytes | None = None) -> Answer:
        query = "EIO=4&transport=polling" + (f"&sid={sid}" if sid else "")
        with self.client.peer() as peer:
            peer.request(method, query, *self.fields(), body=body)
            return self.take(step, whole(peer, peer.answer()))

    def open(self) -> str:
        return str(self.ask("handshake", "GET").open["sid"])

    def run(self) -> Visit:
        sid = self.open()
        if self.ask(POST, "POST", sid, b"40").status == 200:
            self.ask(POLL, "GET", sid)
        self.upgrade(sid)
        return self

    def upgrade(self, sid: str) -> None:
        peer, answer = self.client.opening(f"EIO=4&transport=websocket&sid={sid}", *self.fields())
        with peer:
            self.take(UPGRADE, whole(peer, answer))
            if answer.status == 101 and self.probes:
                peer.frame(1, "2probe")
                assert peer.text() == "3probe"
                peer.frame(1, "5")
                peer.frame(1, "41")
                peer.frame(1, "1")

    @property
    def lost(self) -> Mapping[str, Step]:
        return {name: step for name, step in self.steps.items() if step[0] not in (101, 200)}


def visits(make: Callable[[], Visit], count: int) -> list[Visit]:
    return [make().run() for _ in range(count)]
