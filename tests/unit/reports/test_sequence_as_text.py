"""A sequence as plain text and as Mermaid: complete, and escaped."""

from __future__ import annotations

import re

import pytest
from handmade import SID, Judge, Make
from handmade_sessions import Journal
from hypothesis import given
from hypothesis import strategies as st

from eiospec.reports.model import document
from eiospec.reports.sequence.as_text import entities
from eiospec.reports.sequence.rows import Routing
from eiospec.reports.sequence.selection import Diagram, diagrams
from eiospec.verdicts import Verdict

# What Mermaid's lexer takes apart: statement ends, comments, directives, entity codes, markup.
MESSAGE = re.compile(r"(?:[^#;%<>{}\n]|#\d+;|<br/>)*")
LINE = re.compile(
    r"sequenceDiagram|    (?:title [^:]*.*|participant (?:C|B|N\d) as .+"
    r"|(?:C|B|N\d)(?:->>|-->>|--x)(?:C|B|N\d): .+|Note over C,(?:B|N\d): .+)"
)


@pytest.fixture
def lost(make: Make, judge: Judge) -> Diagram:
    """A session that its node had lost."""
    journal = Journal()
    journal.handshake(f"io={SID}; Path=/; HttpOnly", "SERVERID=app01; Path=/", label="handshake")
    journal.post(f"io={SID}; SERVERID=app01", b"x-node: app01", label="post")
    refused = journal.refused(f"io={SID}; SERVERID=app01", b"x-node: app02", label="poll")
    judgement = judge(
        "ST-001", Verdict.FAIL, sentence="With a jar, every request succeeds.", evidence=(refused.id,)
    )
    run = make((judgement,), tuple(journal.exchanges), ours=(SID, "app01"))
    return diagrams(document(run), Routing("x-node", "SERVERID")).drawn[0]


def test_the_text_shows_the_whole_session(lost: Diagram) -> None:
    assert lost.text == (
        "Session lv_VI97HAXpY6yYWAAAB of http://127.0.0.1:3000/socket.io/\n"
        "\n"
        "  0 ms  Client ──▶ app01     GET polling  (handshake)\n"
        "+10 ms  Client ◀── app01     200  open packet, sid lv_VI97H…AAB\n"
        "                             Set-Cookie: io=lv_VI97HAXpY6yYWAAAB; Path=/; HttpOnly\n"
        "                             Set-Cookie: SERVERID=app01; Path=/\n"
        "+12 ms  Client ──▶ app01     POST polling  sid lv_VI97H…AAB · 40/eiospec-1,  (post)\n"
        "                             Cookie: io=lv_VI97HAXpY6yYWAAAB; SERVERID=app01\n"
        "+22 ms  Client ◀── app01     200  ok\n"
        "+24 ms  Client ──▶ app02     GET polling  sid lv_VI97H…AAB  (poll)\n"
        "                             Cookie: io=lv_VI97HAXpY6yYWAAAB; SERVERID=app01\n"
        "+34 ms  Client ◀── app02     ✕ 400 Session ID unknown\n"
        "                             ✕ ST-001: With a jar, every request succeeds.\n"
    )


def test_mermaid_shows_the_whole_session(lost: Diagram) -> None:
    assert lost.mermaid.splitlines()[:8] == [
        "sequenceDiagram",
        "    title Session lv_VI97HAXpY6yYWAAAB of http://127.0.0.1:3000/socket.io/",
        "    participant C as Client",
        "    participant B as Balancer",
        "    participant N1 as app01",
        "    participant N2 as app02",
        "    C->>B: GET polling  (handshake) (0 ms)",
        "    B->>N1: GET polling",
    ]
    assert lost.mermaid.splitlines()[-3:] == [
        "    N2--xB: 400 Session ID unknown",
        "    B--xC: 400 Session ID unknown (+34 ms)",
        "    Note over C,N2: ✕ 400 Session ID unknown<br/>✕ ST-001: With a jar, every request succeeds.",
    ]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a=b; Path=/", "a=b#59; Path=/"),
        ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
        ("<b>&#1;", "#60;b#62;#38;#35;1#59;"),
        ('{"sid":1}', "#123;#34;sid#34;:1#125;"),
        # Mermaid takes the last semicolon from a line with "style…:…#…;" before it reads entity codes.
        ("style:#", "#115;tyle:#35;"),
        ("classDef x:#", "#99;lassDef x:#35;"),
        ("sid x…z", "sid x…z"),
    ],
)
def test_mermaid_reads_what_was_written(text: str, escaped: str) -> None:
    assert entities(text) == escaped


@given(st.text(st.characters(max_codepoint=0x2FFF)))
def test_no_text_ends_a_message(text: str) -> None:
    assert MESSAGE.fullmatch(entities(text))


@pytest.mark.parametrize(
    "hostile",
    [
        "x; y->>z: owned",
        "\nparticipant X",
        "%%{init: {}}%%",
        "end",
        "<img src=x>",
        "#59;#quot;",
        "wrap:",
        "@{",
    ],
)
def test_a_target_cannot_write_a_line_of_mermaid(make: Make, hostile: str) -> None:
    journal, octets = Journal(), hostile.replace("\n", "\r\n\r\n").encode()
    journal.handshake(f"a={hostile}; Path={hostile}".replace("\n", " "), label=hostile)
    journal.poll("", b"x-node: " + octets.replace(b"\r\n", b""), label=hostile)
    journal.add(f"transport=polling&sid={SID}", b"HTTP/1.1 400 No\r\n\r\n" + octets, body=octets)
    made = document(make((), tuple(journal.exchanges), ours=(SID,)), mask=False)
    for line in diagrams(made, Routing("x-node")).drawn[0].mermaid.splitlines():
        assert LINE.fullmatch(line)
        assert MESSAGE.fullmatch(re.sub(r"(?:->>|-->>)", "", line))
