"""Hand-made runs for the tests of the report writers: no socket, no pytest item, no plugin."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from handmade import Converse, Judge, Make

from eiospec.fixtures.requirements import MUST, SHOULD, Capability, Excluded, Level, Requirement, Source
from eiospec.fixtures.verdicts import Control, Detection, Judgement, Run, Verdict
from eiospec.fixtures.wire.exchange import (
    End,
    Exchange,
    Frame,
    Framing,
    HeaderLine,
    Headers,
    Opcode,
    Request,
    Response,
)

HOWTO = Source(
    "How to deal with cookies", "https://socket.io/how-to/deal-with-cookies", "Cookie based sticky session"
)
SID = "lv_VI97HAXpY6yYWAAAB"


def headers_of(octets: bytes) -> Headers:
    """The field lines of a message written down in a test."""
    lines: list[HeaderLine] = []
    for line in octets.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        lines.append(HeaderLine(name, value.strip(), line))
    return Headers(tuple(lines))


def make_exchange(
    id: str = "1",
    *,
    request: bytes = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n",
    response: bytes | None = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok",
    **changes: object,
) -> Exchange:
    """An exchange with these octets; the other fields may be named in `changes`."""
    method, _, rest = request.partition(b" ")
    asked = Request(
        method, rest.partition(b" ")[0], headers_of(request), request.partition(b"\r\n\r\n")[2], request
    )
    answered = None
    if response is not None:
        head, _, body = response.partition(b"\r\n\r\n")
        version, status, reason = head.split(b"\r\n")[0].split(b" ", 2)
        answered = Response(
            version, int(status), reason, headers_of(response), body, Framing.LENGTH, True, response
        )
    made = Exchange(
        id=id,
        probe="tour",
        label="handshake",
        url="http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling",
        connection=1,
        request=asked,
        response=answered,
        started=0.01,
        answered=0.012,
        ended=0.013,
        end=End.KEPT,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def make_judgement(
    id: str = "CK-002",
    verdict: Verdict = Verdict.PASS,
    *,
    level: Level = MUST,
    sentence: str = "The session cookie's value is the session id of the open packet in the same response.",
    source: Source = HOWTO,
    **fields: object,
) -> Judgement:
    """A judgement of one requirement; the other fields may be named in `fields`."""
    made = Judgement(
        requirement=Requirement(id, level, sentence, source, (Capability.SESSION_COOKIE,)),
        node=f"suites/cookies/test_presence.py::test_{id.lower().replace('-', '_')}",
        case="polling",
        verdict=verdict,
        evidence=("1",),
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def make_run(
    judgements: tuple[Judgement, ...] = (), exchanges: tuple[Exchange, ...] = (), **fields: object
) -> Run:
    """A run that conforms, unless `fields` say otherwise."""
    made = Run(
        tool_version="0.1",
        target="http://127.0.0.1:3000",
        started="2025-01-02T03:04:05Z",
        seconds=2.5,
        options={"level": "must"},
        detections=(Detection("session cookie", True, "io", "its value is the session id"),),
        controls=(Control("first", True, "an Engine.IO open packet came back", "1"),),
        judgements=judgements,
        excluded=(Excluded("CK-099", SHOULD, "Cookies are tasty.", "a matter of taste"),),
        exchanges=exchanges,
        exit_code=0,
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def failing_run() -> Run:
    """One of each: a failure on two cases, a warning, passes, not applicable, a WebSocket with frames."""
    handshake = make_exchange(
        "1",
        response=(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 96\r\n"
            b"Set-Cookie: io=other; Path=/; HttpOnly; SameSite=Lax\r\n\r\n"
            b'0{"sid":"' + SID.encode() + b'","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200}'
        ),
    )
    websocket = make_exchange(
        "2",
        request=(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        ),
        response=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        label="WebSocket handshake",
        end=End.TARGET,
        frames=(
            Frame(Opcode.TEXT, b'0{"sid":"' + SID.encode() + b'"}', True, 0.02),
            Frame(Opcode.TEXT, b"40/eiospec-1,", False, 0.021, masked=True),
            Frame(Opcode.CLOSE, b"\x03\xe8", True, 0.03),
        ),
    )
    failed: dict[str, Any] = {
        "expected": f"io={SID}",
        "observed": "io=other",
        "reproduce": (
            "pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002",
            "curl -i 'http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling'",
        ),
    }
    return make_run(
        (
            make_judgement("CK-002", Verdict.FAIL, **failed),
            make_judgement(
                "CK-002", Verdict.FAIL, **failed | {"case": "mount /cors", "evidence": ("1", "2")}
            ),
            make_judgement("CK-002", Verdict.PASS, case="websocket"),
            make_judgement(
                "CK-008",
                Verdict.WARN,
                level=SHOULD,
                sentence="A WebSocket-only handshake sets the session cookie, too.",
                observed="no Set-Cookie line in the 101 response",
                remarks=("no known server sends it",),
                evidence=("2",),
            ),
            make_judgement("HS-001", sentence="The response to a handshake has status 200."),
            make_judgement("HS-002", sentence="The body of a handshake response begins with an open packet."),
            make_judgement(
                "UP-001",
                Verdict.NOT_APPLICABLE,
                sentence="A probe is answered.",
                reason="the open packet lists no upgrade",
                evidence=(),
            ),
        ),
        (handshake, websocket),
        exit_code=1,
        ours=(SID,),
    )


@pytest.fixture
def judge() -> Judge:
    """Makes a judgement."""
    return make_judgement


@pytest.fixture
def converse() -> Converse:
    """Makes an exchange."""
    return make_exchange


@pytest.fixture
def make() -> Make:
    """Makes a run of judgements and exchanges."""
    return make_run


@pytest.fixture
def failing() -> Run:
    """A run in which something fails."""
    return failing_run()
