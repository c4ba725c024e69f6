"""The peers, each a function of one connection; `hostile("its_name")` runs one and yields its port.

There are three families: peers that break the protocol, peers that answer like another kind of server, and liars,
whose answers would satisfy a careless check. A peer that misbehaves after the handshake first answers it correctly.

An endless peer streams until the client closes: the limits of the client are what is tested. To add a peer, write a
function with `@peer`.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trustme

from hostile import octets
from hostile.background import HOST, in_background

CHUNK = 64 * 1024
MARKUP = "<script>alert('eiospec')</script>"
COMMANDS = "::error::eiospec##[error]eiospec##vso[task.complete]"
ANSI = "\x1b[2J\x1b[31m\x1b]0;eiospec\x07"


@dataclass(frozen=True)
class Connection:
    """One connection of a peer; `interval` is its pace in seconds."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    interval: float

    async def request(self) -> bytes:
        """Return header block and body of the next request; raise IncompleteReadError when there is none."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head + await self.reader.readexactly(int(octets.field(head, b"content-length") or b"0"))

    async def requests(self) -> AsyncIterator[bytes]:
        """Yield every request until the client closes."""
        while True:
            yield await self.request()

    async def send(self, message: bytes) -> None:
        self.writer.write(message)
        await self.writer.drain()

    async def answer_all(self, message: bytes) -> None:
        """Answer every request with the same octets until the client closes."""
        async for _ in self.requests():
            await self.send(message)

    async def stream(self, head: bytes, endless: bytes) -> None:
        """Answer one request with `head` and then repeat `endless` until the client closes."""
        await self.request()
        await self.send(head)
        while True:
            await self.send(endless)

    async def switch_protocols(self) -> None:
        """Answer polling handshakes until the client asks for a WebSocket, and open it."""
        while not octets.field(request := await self.request(), b"upgrade"):
            await self.send(octets.handshake())
        await self.send(octets.switching_protocols(request))

    async def hold(self) -> None:
        """Send nothing until the client closes."""
        while await self.reader.read(CHUNK):
            pass

    def reset(self) -> None:
        """Close with RST instead of FIN: SO_LINGER with a time of zero."""
        connected: socket.socket = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Peer = Callable[[Connection], Awaitable[None]]
PEERS: dict[str, Peer] = {}


def peer(converse: Peer) -> Peer:
    PEERS[converse.__name__] = converse
    return converse


@contextmanager
def hostile(name: str, *, interval: float = 1.0) -> Iterator[int]:
    """Run the peer of that name on 127.0.0.1 while the block runs; yield its port.

    `refuses` is a reserved port that refuses connections, `unknown_ca` uses TLS; all others are in `PEERS`.
    """
    if name == "refuses":
        with socket.socket() as closed:
            closed.bind((HOST, 0))  # bound without listen(): reserved, and it refuses
            yield closed.getsockname()[1]
        return
    converse = PEERS[name]
    if name == "gzip_bomb":
        octets.gzip_bomb()  # computing it takes longer than a client waits on a busy machine

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(Connection(reader, writer, interval))

    with in_background(handler, _unknown_authority() if name == "unknown_ca" else None) as port:
        yield port


def _unknown_authority() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST, "localhost").configure_cert(context)
    return context


# Silence and the transport below HTTP


@peer
async def accepts_and_says_nothing(connection: Connection) -> None:
    await connection.hold()


@peer
async def accepts_and_resets(connection: Connection) -> None:
    connection.reset()


@peer
async def resets_mid_response(connection: Connection) -> None:
    await connection.request()
    await connection.send(octets.handshake()[:40])
    connection.reset()


@peer
async def drips_a_byte_a_second(connection: Connection) -> None:
    """Send a complete handshake, one octet per `interval`."""
    await connection.request()
    for octet in octets.handshake():
        await connection.send(bytes([octet]))
        await asyncio.sleep(connection.interval)


@peer
async def speaks_first(connection: Connection) -> None:
    """Send the response before the request."""
    await connection.send(octets.handshake())
    await connection.hold()


@peer
async def unknown_ca(connection: Connection) -> None:
    """Answer correctly behind a certificate that no machine trusts."""
    await connection.answer_all(octets.handshake())


# Responses that do not end, or end too early


@peer
async def endless_headers(connection: Connection) -> None:
    await connection.stream(b"HTTP/1.1 200 OK\r\n", b"X-Endless: " + b"x" * 8000 + b"\r\n")


@peer
async def endless_header_line(connection: Connection) -> None:
    await connection.stream(b"HTTP/1.1 200 OK\r\nX-Endless: ", b"x" * CHUNK)


@peer
async def endless_body_chunked(connection: Connection) -> None:
    chunk = b"%x\r\n" % CHUNK + b"x" * CHUNK + b"\r\n"
    await connection.stream(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk)


@peer
async def endless_body_until_close(connection: Connection) -> None:
    await connection.stream(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * CHUNK)


@peer
async def gzip_bomb(connection: Connection) -> None:
    """Send a megabyte that inflates to a gigabyte."""
    bomb = octets.response(octets.gzip_bomb(), b"Content-Encoding: gzip")
    await connection.answer_all(bomb)


@peer
async def closes_mid_body(connection: Connection) -> None:
    await connection.request()
    await connection.send(octets.handshake()[:-20])


# Responses that are not HTTP, or are broken HTTP


@peer
async def not_http(connection: Connection) -> None:
    await connection.send(b"SSH-2.0-eiospec_hostile\r\n")
    await connection.hold()


@peer
async def two_content_lengths(connection: Connection) -> None:
    """Send two Content-Lengths; the smaller would leave octets for the next response (RFC 9112 §6.3)."""
    await connection.answer_all(octets.handshake("hostile-0000000000001", b"Content-Length: 5"))


@peer
async def bare_lf(connection: Connection) -> None:
    await connection.answer_all(octets.handshake().replace(b"\r\n", b"\n"))


@peer
async def nul_in_header(connection: Connection) -> None:
    await connection.answer_all(octets.handshake("hostile-0000000000001", b"X-Hostile: a\x00b"))


@peer
async def markup_everywhere(connection: Connection) -> None:
    """Put markup into session id, cookie and headers, which a careless report would run."""
    await connection.answer_all(octets.handshake(MARKUP, b"X-Hostile: " + MARKUP.encode("ascii")))


@peer
async def ansi_everywhere(connection: Connection) -> None:
    """Put escape sequences into session id, cookie and headers, which a careless terminal would obey."""
    await connection.answer_all(octets.handshake(ANSI, b"X-Hostile: " + ANSI.encode("ascii")))


@peer
async def commands_everywhere(connection: Connection) -> None:
    """Put commands into session id, cookie and headers, which a runner that reads the log would obey."""
    await connection.answer_all(octets.handshake(COMMANDS, b"X-Hostile: " + COMMANDS.encode("ascii")))


# Other kinds of server


@peer
async def redirects_to_itself(connection: Connection) -> None:
    async for request in connection.requests():
        target = request.split(b" ", 2)[1]
        location = b"Location: http://" + octets.field(request, b"host") + target
        await connection.send(octets.response(b"", location, status=b"302 Found"))


@peer
async def web_server_200(connection: Connection) -> None:
    page = b"<!doctype html><title>Welcome</title><h1>It works</h1>"
    await connection.answer_all(octets.response(page, media=b"text/html"))


@peer
async def web_server_404(connection: Connection) -> None:
    page = b"<!doctype html><title>Not Found</title><h1>404</h1>"
    await connection.answer_all(octets.response(page, status=b"404 Not Found", media=b"text/html"))


# WebSockets that open and then go wrong


@peer
async def websocket_then_garbage(connection: Connection) -> None:
    """Send octets that are not a frame: reserved bits, a reserved opcode, a mask from the server."""
    await connection.switch_protocols()
    await connection.send(b"\xff" * 64)
    await connection.hold()


@peer
async def websocket_then_http(connection: Connection) -> None:
    """Send an HTTP error inside the open WebSocket, as engine.io 6.6 does."""
    await connection.switch_protocols()
    await connection.send(octets.response(b"Bad Request", status=b"400 Bad Request"))


@peer
async def websocket_endless_frames(connection: Connection) -> None:
    await connection.switch_protocols()
    await connection.send(octets.text_frame(octets.open_packet()))
    for number in itertools.count(step=1000):
        frames = (octets.text_frame(b"4%d" % (number + n)) for n in range(1000))
        await connection.send(b"".join(frames))


@peer
async def websocket_huge_frame(connection: Connection) -> None:
    """Announce a frame of 4 EiB and send its first octets."""
    await connection.switch_protocols()
    await connection.send(b"\x81\x7f" + (2**62).to_bytes(8, "big") + b"0{")
    await connection.hold()


# Liars


@peer
async def always_200_empty(connection: Connection) -> None:
    await connection.answer_all(octets.response(b""))


@peer
async def closes_every_connection(connection: Connection) -> None:
    """Close every connection after a request, which is what a negative check waits for."""
    await connection.request()


@peer
async def copies_the_last_response(connection: Connection) -> None:
    """Answer every request with the same correct handshake."""
    await connection.answer_all(octets.handshake())


@peer
async def knows_handshakes_else_200_empty(connection: Connection) -> None:
    async for request in connection.requests():
        await connection.send(octets.new_handshake() if octets.opens(request) else octets.response(b""))


@peer
async def knows_handshakes_else_closes(connection: Connection) -> None:
    async for request in connection.requests():
        if not octets.opens(request):
            return
        await connection.send(octets.new_handshake())


@peer
async def echoes_the_request(connection: Connection) -> None:
    async for request in connection.requests():
        await connection.send(octets.response(request))
