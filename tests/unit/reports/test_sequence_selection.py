"""Selection of the sessions that are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from handmade import SID, Judge, Make
from handmade_sessions import Journal, open_packet, sticky

from eiospec.reports.model import document
from eiospec.reports.sequence.selection import (
    LOST_COOKIE,
    LOST_SESSION,
    PLAIN,
    SESSIONS_A_FINDING,
    SESSIONS_SHOWN,
    WHOLE,
    Diagrams,
    diagrams,
)
from eiospec.verdicts import Verdict
from eiospec.wire.exchange import End, Frame, Opcode

FAIL: dict[str, Any] = {"verdict": Verdict.FAIL}


@pytest.fixture
def journal() -> Journal:
    """Three sessions: one that is only opened, one that is upgraded, one that is upgraded with its cookie."""
    made = Journal()
    made.handshake(sid="first")
    for sid, cookies in (("second", ""), ("third", "io=third")):
        made.handshake(f"io={sid}; Path=/", sid=sid)
        made.upgrade(cookies, sid=sid)
    return made


@pytest.fixture
def chosen(make: Make) -> Any:
    """Makes the diagrams of a journal."""

    def choose(journal: Journal, *judgements: Any) -> Diagrams:
        ours = ("first", "second", "third", "fourth", SID)
        return diagrams(document(make(judgements, tuple(journal.exchanges), ours=ours)))

    return choose


def test_a_run_without_sessions_has_no_diagram(chosen: Any) -> None:
    assert chosen(Journal()).drawn == ()


def test_the_upgraded_session_is_first(chosen: Any, journal: Journal) -> None:
    found = chosen(journal)
    assert (found.heading, found.drawn[0].sequence.sid, found.lost) == (WHOLE, "third", False)


def test_the_longest_session_is_first_without_an_upgrade(chosen: Any) -> None:
    journal = Journal()
    journal.handshake(sid="first")
    journal.handshake(sid="second")
    journal.poll(sid="second")
    found = chosen(journal)
    assert (found.heading, found.drawn[0].sequence.sid) == (PLAIN, "second")


def test_a_lost_session_is_first(chosen: Any, journal: Journal, judge: Judge) -> None:
    refused = journal.refused(sid="second")
    found = chosen(
        journal, judge("CK-001", **FAIL, evidence=("1",)), judge("ST-001", **FAIL, evidence=(refused.id,))
    )
    assert (found.heading, found.drawn[0].sequence.sid, found.lost) == (LOST_SESSION, "second", True)


def test_a_session_that_lost_its_cookie_is_second_choice(chosen: Any, journal: Journal, judge: Judge) -> None:
    found = chosen(journal, judge("CK-001", **FAIL, evidence=("1",)))
    assert (found.heading, found.drawn[0].sequence.sid) == (LOST_COOKIE, "first")


def test_a_websocket_has_no_cookie_to_lose(chosen: Any, journal: Journal, judge: Judge) -> None:
    opened = journal.add(
        "EIO=4&transport=websocket",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        *("Connection: Upgrade", "Upgrade: websocket"),
        frames=(Frame(Opcode.TEXT, open_packet("fourth"), True, 0.2),),
    )
    assert chosen(journal, judge("HX-012", **FAIL, evidence=(opened.id,))).heading == WHOLE


def test_a_cookie_that_came_was_not_lost(chosen: Any, journal: Journal, judge: Judge) -> None:
    assert chosen(journal, judge("CK-003", **FAIL, evidence=("2",))).heading == WHOLE


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INFO, Verdict.WARN, Verdict.KNOWN])
def test_a_refusal_without_a_failure_is_not_a_lost_session(
    chosen: Any, journal: Journal, judge: Judge, verdict: Verdict
) -> None:
    refused = journal.refused(sid="second")
    assert not chosen(journal, judge("ERR-001", verdict, evidence=(refused.id,))).lost


def test_findings_are_drawn_before_passes(chosen: Any, journal: Journal, judge: Judge) -> None:
    found = chosen(
        journal,
        judge("HS-001", evidence=("2",)),
        judge("HS-002", Verdict.WARN, evidence=("1",)),
    )
    assert [diagram.sequence.sid for diagram in found.drawn] == ["third", "first", "second"]
    assert [(id, verdict) for id, verdict, _ in found.drawn[1].findings] == [("HS-002", "warn")]


def test_each_finding_has_its_turn(chosen: Any, journal: Journal, judge: Judge) -> None:
    journal.handshake(sid="fourth")
    found = chosen(
        journal,
        *(judge("HS-002", Verdict.WARN, evidence=(id,)) for id in ("1", "2")),
        judge("HS-003", Verdict.WARN, evidence=("6",)),
    )
    assert [diagram.sequence.sid for diagram in found.drawn] == ["third", "first", "fourth", "second"]


def test_what_nothing_rests_on_is_not_drawn(chosen: Any, journal: Journal) -> None:
    assert len(chosen(journal).drawn) == 1


def test_every_exchange_knows_its_session(chosen: Any, journal: Journal, judge: Judge) -> None:
    found = chosen(journal, judge("HS-001", evidence=("1",)))
    assert found.by_exchange == {"4": 1, "5": 1, "1": 2}


def test_they_are_few(make: Make, judge: Judge) -> None:
    journal = Journal()
    sids = tuple(sticky(journal, f"s{number}", "app01", lost_at=5) for number in range(20))
    lost = [
        exchange.id for exchange in journal.exchanges if exchange.response and exchange.response.status == 400
    ]
    judgements = tuple(judge(f"ST-{number:03}", **FAIL, evidence=(id,)) for number, id in enumerate(lost))
    made = diagrams(document(make(judgements, tuple(journal.exchanges), ours=sids)))
    assert len(made.drawn) == SESSIONS_SHOWN
    assert all(diagram.sequence.breaks for diagram in made.drawn)


def test_one_finding_does_not_fill_the_page(make: Make, judge: Judge) -> None:
    journal = Journal()
    sids = tuple(sticky(journal, f"s{number}", "app01", lost_at=5) for number in range(20))
    every = tuple(exchange.id for exchange in journal.exchanges)
    found = diagrams(
        document(make((judge("ST-001", **FAIL, evidence=every),), tuple(journal.exchanges), ours=sids))
    )
    assert len(found.drawn) == SESSIONS_A_FINDING


def test_a_finding_draws_the_session_that_broke(make: Make, judge: Judge) -> None:
    journal = Journal()
    for sid in ("s0", "s1", "s2", "s3"):
        journal.handshake(sid=sid)
        journal.add(
            f"transport=polling&sid={sid}", None if sid == "s3" else b"HTTP/1.1 200 OK\r\n\r\n", end=End.RESET
        )
    every = tuple(exchange.id for exchange in journal.exchanges)
    run = make(
        (judge("ST-001", **FAIL, evidence=every),), tuple(journal.exchanges), ours=("s0", "s1", "s2", "s3")
    )
    assert [diagram.sequence.sid for diagram in diagrams(document(run)).drawn] == ["s0", "s3"]


def test_the_summary_describes_the_picture(chosen: Any, journal: Journal, judge: Judge) -> None:
    refused = journal.refused(sid="third")
    found = chosen(journal, judge("ST-001", **FAIL, evidence=(refused.id,)))
    assert found.drawn[0].summary == (
        "3 exchanges in 44 ms; upgraded to WebSocket; broke at +44 ms: 400 Session ID unknown"
    )
