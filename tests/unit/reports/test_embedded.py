"""Data for the script of the page: bounded, with findings first, and it mentions what is left out."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from handmade import Converse, Judge, Make
from handmade_runs import failing_run

from eiospec.reports import embedded
from eiospec.reports.model import Document, document
from eiospec.reports.sequence.selection import diagrams
from eiospec.verdicts import Run, Verdict
from eiospec.wire.exchange import Frame, Opcode


def held(run: Run, room: int = 10**9) -> Any:
    """The embedded data of a run, as the script reads it."""
    made: Document = document(run, mask=False)
    return json.loads(embedded.embedded(embedded.target(made, "ours", diagrams(made), room)))


def long(make: Make, judge: Judge, converse: Converse) -> Run:
    """Four exchanges: a pass rests on the first and second, a failure on the third, nothing on the fourth."""
    exchanges = tuple(converse(str(number)) for number in range(1, 5))
    judgements = (
        judge("CK-001", evidence=("1", "2")),
        judge("CK-002", Verdict.FAIL, evidence=("3",)),
    )
    return make(judgements, exchanges, controls=())


def test_every_cited_exchange_is_embedded_once(make: Make, judge: Judge, converse: Converse) -> None:
    assert list(held(long(make, judge, converse))["exchanges"]) == ["3", "1", "2"]


def test_findings_come_first_when_there_is_little_room(make: Make, judge: Judge, converse: Converse) -> None:
    run = long(make, judge, converse)
    one = len(json.dumps(held(run)["exchanges"]["3"]))
    assert list(held(run, one * 2 + 5)["exchanges"]) == ["3", "1"]


def test_exchanges_without_room_are_still_named(make: Make, judge: Judge, converse: Converse) -> None:
    found = held(long(make, judge, converse), 0)
    assert found["exchanges"] == {}
    assert found["cells"]["CK-001"][0]["evidence"] == ["1", "2"]


def test_the_gravest_case_is_first(make: Make, judge: Judge) -> None:
    cases = (judge("CK-001", case="a"), judge("CK-001", Verdict.FAIL, case="b"))
    assert [one["case"] for one in held(make(cases))["cells"]["CK-001"]] == ["b", "a"]


def test_many_cases_are_counted(make: Make, judge: Judge) -> None:
    cases = tuple(judge("CK-001", case=str(number)) for number in range(embedded.CASES_SHOWN + 7))
    kept = held(make(cases))["cells"]["CK-001"]
    assert (len(kept), kept[-1]["left_out"]) == (embedded.CASES_SHOWN, 7)


def test_findings_have_lines_to_reproduce() -> None:
    cells = held(failing_run())["cells"]["CK-002"]
    assert ["reproduce" in one for one in cells] == [True, True, False]


def test_octets_are_cut_and_counted(make: Make, judge: Judge, converse: Converse) -> None:
    body = b"x" * 100_000
    exchange = converse("1", response=b"HTTP/1.1 200 OK\r\n\r\n" + body)
    response = held(make((judge("CK-001"),), (exchange,)))["exchanges"]["1"]["response"]
    assert len(response["octets"]) == embedded.MESSAGE_SHOWN
    assert response["total"] == len(body) + 19
    assert response["cut"] == response["total"] - embedded.MESSAGE_SHOWN


def test_frames_are_cut_and_counted(make: Make, judge: Judge, converse: Converse) -> None:
    frames = tuple(Frame(Opcode.TEXT, b"4" * 5000, True, 0.1) for _ in range(embedded.FRAMES_SHOWN + 3))
    exchange = dataclasses.replace(converse("1"), frames=frames)
    found = held(make((judge("CK-001"),), (exchange,)))["exchanges"]["1"]
    assert (len(found["frames"]), found["more_frames"]) == (embedded.FRAMES_SHOWN, 3)
    assert (len(found["frames"][0]["payload"]), found["frames"][0]["total"]) == (embedded.FRAME_SHOWN, 5000)


def test_no_string_ends_its_element() -> None:
    assert str(embedded.embedded({"a": "</script><!--&\u2028é"})) == (
        '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u00e9"}'
    )
