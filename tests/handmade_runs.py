"""Hand-made runs for tests, without socket, pytest item or plugin."""

from __future__ import annotations

import dataclasses
from typing import Any

from handmade_sessions import Journal, sticky

from eiospec.observations.additions import additions
from eiospec.observations.survey import survey_of
from eiospec.requirements import MUST, SHOULD, Capability, Excluded, Level, Requirement, Source
from eiospec.verdicts import (
    Addition,
    Additions,
    BalancerSeen,
    Cell,
    Control,
    Detection,
    Difference,
    Judgement,
    Requested,
    Run,
    Verdict,
)
from eiospec.wire.exchange import (
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

HOSTILE = (
    "<script>alert(1)</script>",
    "</script></style></title></textarea><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x=\'',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]>&lt;&#0;",
    "\u202egnp.exe",
    "\x1b]0;title\x07\x1b[2J",
    "nul\x00 del\x7f",
    "\ud800 lone \udfff",
    "\x80\x9b\xff",
    "\u2028\ufeff\u200b",
)

HOWTO = Source(
    "How to deal with cookies", "https://socket.io/how-to/deal-with-cookies", "Cookie based sticky session"
)
SID = "lv_VI97HAXpY6yYWAAAB"


def headers_of(octets: bytes) -> Headers:
    """Return the field lines of a message."""
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
    """Make an exchange with these octets; `changes` are other fields."""
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
    """Make a judgement of one requirement; `fields` are other fields."""
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
    """Make a run that conforms, unless `fields` change that."""
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
        additions=additions(survey_of((handshake, websocket))),
    )


def make_addition(what: str, name: str, **fields: object) -> Addition:
    """Make a row of a survey: a cookie or field that one poll has and another has not."""
    requests = (
        Requested("no Cookie", False, 0, 1, ("2",)),
        Requested("other cookies", True, 1, 1, ("1",)),
    )
    made = Addition(
        what,
        name,
        "",
        "on some kinds of response only",
        "on 1 of 2 polls",
        ("Path=/",),
        0,
        (Cell("poll", "some", 1, 2, requests), Cell("POST", "not seen", 0, 0, ())),
        (Difference("On 1 of 2 polls.", ("1", "2")),),
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def hostile_run(text: str) -> Run:
    """A run with a text in every place that a target can choose."""
    octets = text.encode("latin-1", "replace")
    exchange = make_exchange(
        response=b"HTTP/1.1 200 " + octets + b"\r\nX: " + octets + b"\r\n\r\n" + octets,
        label=text,
        probe=text,
        url=text,
        end_detail=text,
        refusal=text,
        frames=(Frame(Opcode.TEXT, octets, True, 0.1),),
        after=octets,
    )
    assert exchange.response is not None
    response = dataclasses.replace(exchange.response, defects=(text,), surplus=octets, complete=False)
    fields: dict[str, Any] = {
        "case": text,
        "expected": text,
        "observed": text,
        "reason": text,
        "remarks": (text,),
        "reproduce": (text,),
        "source": Source(text, text, text),
        "sentence": text,
    }
    return make_run(
        (
            make_judgement("CK-001", Verdict.FAIL, **fields),
            make_judgement("CK-003", Verdict.NOT_APPLICABLE, **fields),
            make_judgement("CK-004", Verdict.INFO, **fields | {"expected": "", "observed": ""}),
            make_judgement("CK-004", Verdict.PASS, **fields | {"expected": "", "observed": ""}),
        ),
        (dataclasses.replace(exchange, response=response),),
        target=text,
        started=text,
        options={text: text},
        detections=(Detection(text, True, text, text),),
        controls=(Control(text, False, text, "1"),),
        additions=Additions(
            (
                make_addition(
                    "field", text, forms=(text,), differences=(Difference(f"“{text}”", ("1",)),), more_forms=2
                ),
            ),
            more=3,
            responses=2,
        ),
        exit_code=1,
    )


def telling_run(**fields: object) -> Run:
    """`failing_run` with eight sessions behind a balancer, two of which are lost."""
    journal = Journal()
    for number in range(8):
        sticky(journal, f"s{number}", f"app{number % 3}", lost_at=9 if number in (4, 7) else 0)
    first = failing_run()
    later = tuple(dataclasses.replace(one, id=str(10 + place)) for place, one in enumerate(journal.exchanges))
    lost = tuple(one.id for one in later if one.response is not None and one.response.status == 400)
    judgements = (
        *first.judgements,
        make_judgement("ST-001", Verdict.FAIL, evidence=lost, expected="200", observed="400 in 2 sessions"),
        make_judgement("ST-006", evidence=(later[0].id, later[1].id), sentence="The nodes agree."),
    )
    behind = BalancerSeen(
        "Two sessions of eight were lost: no cookie keeps them.", "x-node", "", ("app0", "app1")
    )
    made = dataclasses.replace(
        first, judgements=judgements, exchanges=(*first.exchanges, *later), balancer=behind
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]
