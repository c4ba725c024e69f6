"""A session as rows: order, cookies, nodes, and where it broke."""

from __future__ import annotations

from typing import Any

import pytest
from handmade import SID, Judge, Make, answer
from handmade_sessions import Journal, open_packet, sticky

from eiospec.reports.model import Document, document
from eiospec.reports.sequence.rows import (
    COOKIES_SHOWN,
    DIRECT,
    EXCHANGES_SHOWN,
    FRAMES_SHOWN,
    Kind,
    Routing,
    Row,
    Sequence,
    sequence,
)
from eiospec.reports.sequence.selection import citations
from eiospec.reports.sequence.sessions import sessions
from eiospec.reports.text import cut_middle, offset
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.exchange import End, Frame, Opcode

IO = f"io={SID}"
BALANCED = Routing(node_header="X-Node", node_cookie="SERVERID")


@pytest.fixture
def journal() -> Journal:
    """An empty journal."""
    return Journal()


@pytest.fixture
def written(make: Make) -> Any:
    """Makes the document of a journal."""

    def documented(journal: Journal, *judgements: Judgement, ours: tuple[str, ...] = (SID,)) -> Document:
        return document(make(judgements, tuple(journal.exchanges), ours=ours))

    return documented


@pytest.fixture
def drawn(written: Any) -> Any:
    """Makes the sequence of a journal's first session."""

    def draw(
        journal: Journal, *judgements: Judgement, routing: Routing = DIRECT, ours: tuple[str, ...] = (SID,)
    ) -> Sequence:
        made = written(journal, *judgements, ours=ours)
        return sequence(sessions(made["exchanges"])[0], citations(made), routing)

    return draw


def heads(rows: tuple[Row, ...]) -> list[str]:
    return [row.head for row in rows]


class TestTheRows:
    def test_are_in_the_order_of_time(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.poll(began=0.2, took=0.1)
        journal.clock = 0.22
        journal.upgrade()
        assert heads(drawn(journal).rows) == [
            "GET polling",
            "200",
            "GET polling",
            "GET websocket",
            "101 Switching Protocols",
            "2probe",
            "3probe",
            "5",
            "4hello",
            "200",
        ]

    def test_say_what_a_late_answer_answers(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.poll(began=0.2, took=0.1)
        journal.post(began=0.21)
        assert [row.tail for row in drawn(journal).rows[2:]] == [
            "sid lv_VI97H…AAB",
            "sid lv_VI97H…AAB · 40/eiospec-1,",
            "ok",
            "to GET polling · 2",
        ]

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("EIO=4&transport=polling", ""),
            ("EIO=4&transport=polling&t=f00", ""),
            ("EIO=3&transport=polling", "EIO=3"),
            ("transport=polling", "no EIO"),
            ("EIO=4&transport=polling&hook=howto&count=7", "hook=howto&count=7"),
        ],
    )
    def test_say_what_else_was_asked(self, journal: Journal, drawn: Any, query: str, text: str) -> None:
        journal.add(query, answer(open_packet()))
        assert drawn(journal).rows[0].tail == text

    def test_begin_at_nothing(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.poll()
        assert [offset(row.at) for row in drawn(journal).rows] == ["0 ms", "+10 ms", "+12 ms", "+22 ms"]

    def test_run_between_client_and_server(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        found = drawn(journal)
        assert found.lanes == ("Client", "Server")
        assert [(row.outward, row.lane) for row in found.rows] == [(True, "Server"), (False, "Server")]

    def test_begin_with_the_preflight(self, journal: Journal, drawn: Any) -> None:
        asked = ("Origin: https://app.example", "Access-Control-Request-Method: GET")
        journal.add("transport=polling", answer(status=b"204 No Content"), *asked, method="OPTIONS")
        journal.add("transport=polling", answer(open_packet()), asked[0])
        assert heads(drawn(journal).rows)[:2] == ["OPTIONS polling", "204 No Content"]

    def test_know_an_upgrade(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        assert not drawn(journal).upgraded
        journal.upgrade()
        assert drawn(journal).upgraded

    def test_tell_of_a_socket_that_was_cut(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.upgrade(end=End.RESET)
        last = drawn(journal).rows[-1]
        assert (last.kind, last.head) == (Kind.CLOSED, "reset by the target")

    def test_name_the_packets(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.upgrade()
        assert [row.tail for row in drawn(journal).rows if row.kind is Kind.FRAME] == [
            "probe",
            "probe answered",
            "upgrade",
            "message",
        ]


class TestCookies:
    def test_are_those_sent_and_those_set(self, journal: Journal, drawn: Any) -> None:
        journal.handshake(f"{IO}; Path=/; HttpOnly")
        journal.poll(f"{IO}; eiospec=1")
        _, handshake, poll, _ = drawn(journal, ours=(SID, "1")).rows
        assert [(one.name, one.value, one.attributes) for one in handshake.cookies] == [
            ("io", SID, "Path=/; HttpOnly")
        ]
        assert [(one.name, one.value) for one in poll.cookies] == [("io", SID), ("eiospec", "1")]

    def test_keep_their_tone_and_the_session_cookie_has_the_first(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("AWSALB=x; Path=/", f"{IO}; Path=/")
        journal.poll(f"AWSALB=x; {IO}")
        tones = [(one.name, one.tone) for row in drawn(journal).rows for one in row.cookies]
        assert tones == [("AWSALB", 1), ("io", 0), ("AWSALB", 1), ("io", 0)]

    def test_know_the_session_cookie_when_it_is_encoded(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("other=1", f"io={''.join(f'%{ord(one):02X}' for one in SID)}")
        assert [one.tone for one in drawn(journal).rows[1].cookies] == [1, 0]

    def test_are_masked_as_everywhere(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("token=verysecret; Path=/")
        journal.poll("token=verysecret")
        values = [one.value for row in drawn(journal).rows for one in row.cookies]
        assert values[0].startswith("masked:")
        assert values[0] == values[1]

    def test_are_bounded(self, journal: Journal, drawn: Any) -> None:
        journal.handshake(*(f"c{number}=x" for number in range(40)))
        row = drawn(journal).rows[1]
        assert (len(row.cookies), row.left_out) == (COOKIES_SHOWN, 40 - COOKIES_SHOWN)

    @pytest.mark.parametrize("line", ["", ";", "=", "=x", "x", "x=", "; Path=/", "a=b=c"])
    def test_of_any_shape_are_drawn(self, journal: Journal, drawn: Any, line: str) -> None:
        journal.handshake(line)
        journal.poll(line)
        assert len(drawn(journal).rows) == 4


class TestANode:
    def test_is_named_by_its_header(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.poll("", b"x-node: app02")
        found = drawn(journal, routing=BALANCED)
        assert found.lanes == ("Client", "Balancer", "app02")
        assert [row.lane for row in found.rows] == ["Balancer", "Balancer", "app02", "app02"]

    def test_is_named_by_a_cookie_of_the_balancer(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("SERVERID=app01; Path=/")
        assert drawn(journal, routing=BALANCED, ours=(SID, "app01")).lanes == ("Client", "Balancer", "app01")

    def test_is_named_by_the_prefix_of_the_session_cookie(self, journal: Journal, drawn: Any) -> None:
        sid = sticky(journal, "s", "app03")
        assert drawn(journal, ours=(sid,)).lanes == ("Client", "Balancer", "app03")

    def test_is_not_blamed_for_a_cookie_that_named_it(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("SERVERID=app01; Path=/")
        journal.refused("SERVERID=app01")
        rows = drawn(journal, routing=BALANCED, ours=(SID, "app01")).rows
        assert [row.lane for row in rows] == ["app01", "app01", "Balancer", "Balancer"]

    def test_that_answers_out_of_turn_has_its_own_lane(self, journal: Journal, drawn: Any) -> None:
        journal.handshake("SERVERID=app01; Path=/")
        journal.refused("SERVERID=app01", b"X-NODE: app02")
        found = drawn(journal, routing=BALANCED, ours=(SID, "app01"))
        assert found.lanes == ("Client", "Balancer", "app01", "app02")

    def test_is_unknown_without_a_word_of_it(self, journal: Journal, drawn: Any) -> None:
        journal.handshake(f"{IO}; Path=/")
        journal.poll(IO, b"x-node: app01")
        assert drawn(journal).lanes == ("Client", "Server")
        assert drawn(journal, routing=Routing(balanced=True)).lanes == ("Client", "Balancer")

    def test_is_one_of_a_few(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        for number in range(9):
            journal.poll("", f"x-node: n{number}".encode())
        lanes = drawn(journal, routing=BALANCED).lanes
        assert lanes == ("Client", "Balancer", "n0", "n1", "n2", "n3", "other nodes")


class TestABreak:
    def test_is_an_error_answer_in_its_own_words(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        journal.refused()
        assert heads(drawn(journal).breaks) == ["400 Session ID unknown"]

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b"<html>nginx</html>", "502 Bad Gateway"),
            (b"no server is up", "502 no server is up"),
            (b"", "502 Bad Gateway"),
            (b'{"message":"\\u202e\x1b"}', "502 \\u202e\\x1b"),
        ],
    )
    def test_without_a_message_has_its_reason(
        self, journal: Journal, drawn: Any, body: bytes, text: str
    ) -> None:
        journal.handshake()
        journal.add(f"transport=polling&sid={SID}", answer(body, status=b"502 Bad Gateway"))
        assert heads(drawn(journal).breaks) == [text]

    @pytest.mark.parametrize(
        ("end", "broken"), [(End.RESET, True), (End.TARGET, True), (End.CLIENT, False), (End.TIMEOUT, False)]
    )
    def test_is_no_answer_unless_we_stopped_listening(
        self, journal: Journal, drawn: Any, end: End, broken: bool
    ) -> None:
        journal.handshake()
        journal.add(f"transport=polling&sid={SID}", None, end=end)
        last = drawn(journal).rows[-1]
        assert (last.kind, last.broke) == (Kind.SILENCE, broken)
        assert last.head == f"no answer: {end.value}"

    @pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INFO])
    def test_is_not_what_a_requirement_expected(
        self, journal: Journal, drawn: Any, judge: Judge, verdict: Verdict
    ) -> None:
        journal.handshake()
        refused = journal.refused()
        row = drawn(journal, judge("ERR-001", verdict, evidence=(refused.id,))).rows[-1]
        assert (row.error, row.broke) == (True, False)

    def test_carries_the_findings_that_rest_on_it(self, journal: Journal, drawn: Any, judge: Judge) -> None:
        every = journal.handshake(), journal.poll(), journal.refused(), journal.poll()
        evidence = tuple(exchange.id for exchange in every)
        rows = drawn(journal, judge("ST-001", Verdict.FAIL, evidence=evidence)).rows
        assert [row.findings for row in rows if row.findings] == [(("ST-001", "fail"),)]
        assert next(row.head for row in rows if row.findings) == "400 Session ID unknown"

    def test_may_be_seen_only_in_a_good_answer(self, journal: Journal, drawn: Any, judge: Judge) -> None:
        journal.handshake()
        journal.poll()
        rows = drawn(journal, judge("CK-001", Verdict.FAIL, evidence=("1",))).rows
        assert [row.findings for row in rows] == [(), (("CK-001", "fail"),), (), ()]


class TestALongSession:
    def test_is_cut_and_counted(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        for _ in range(50):
            journal.poll()
        found = drawn(journal)
        assert found.rows[-1].head == f"{51 - EXCHANGES_SHOWN} more exchanges"
        assert len(found.exchanges) == 51

    def test_is_drawn_where_it_broke(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        for _ in range(50):
            journal.poll()
        journal.refused()
        journal.poll()
        found = drawn(journal)
        assert heads(found.breaks) == ["400 Session ID unknown"]
        assert len({row.exchange for row in found.rows if row.exchange}) == EXCHANGES_SHOWN
        assert [row.head for row in found.rows if row.kind is Kind.GAP] == ["35 more exchanges"]

    def test_shows_its_first_frames(self, journal: Journal, drawn: Any) -> None:
        journal.handshake()
        frames = tuple(Frame(Opcode.TEXT, b"2", True, 0.2 + number / 100) for number in range(500))
        journal.add(
            f"EIO=4&transport=websocket&sid={SID}",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "Upgrade: websocket",
            frames=frames,
        )
        rows = drawn(journal).rows
        assert [row.kind for row in rows].count(Kind.FRAME) == FRAMES_SHOWN
        assert rows[-1].head == f"{500 - FRAMES_SHOWN} more frames"


HOSTILE = "\x1b[2J\x00\x85\r\r<svg onload=x>\xff" + "a" * 9000


class TestAHostileTarget:
    def test_writes_nothing_long_and_nothing_obeyed(self, journal: Journal, drawn: Any) -> None:
        sid = "x<b>\x1b[2J\x9b" + "y" * 900
        octets = HOSTILE.replace("\r", " ").encode("latin-1")
        set_cookie = b"Set-Cookie: " + octets + b"=" + octets + b"; Path=" + octets
        journal.add("EIO=4&transport=polling", answer(open_packet(sid), set_cookie, b"x-node: " + octets))
        journal.add(
            f"transport=polling&sid={sid.replace(chr(27), '%1b').replace(chr(155), '%9b')}",
            answer(octets, set_cookie, status=b"400 " + octets),
            label="\u202e" + HOSTILE,
        )
        found = drawn(journal, routing=BALANCED, ours=(sid,))
        words = [found.sid, found.path, *found.lanes]
        for row in found.rows:
            words += [row.head, row.tail, row.label, row.lane]
            words += [part for one in row.cookies for part in (one.name, one.value, one.attributes)]
        assert len(found.exchanges) == 2
        assert all(word.isprintable() for word in words)
        assert max(map(len, words)) <= 100


@pytest.mark.parametrize(
    ("text", "limit", "short"), [("abcdef", 6, "abcdef"), ("abcdefghijkl", 7, "abcd…kl"), ("", 3, "")]
)
def test_a_shortened_text_keeps_both_ends(text: str, limit: int, short: str) -> None:
    assert cut_middle(text, limit) == short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0095, "+9.5 ms"), (0.01234, "+12 ms"), (0.9994, "+999 ms"), (1.25, "+1.25 s")],
)
def test_offsets_are_for_people(seconds: float, text: str) -> None:
    assert offset(seconds) == text
