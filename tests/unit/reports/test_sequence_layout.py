"""Layout of the picture: inside its box, without overlaps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from handmade import SID, Judge, Make
from handmade_sessions import Journal

from eiospec.reports.model import document
from eiospec.reports.sequence.layout import Drawing
from eiospec.reports.sequence.rows import Kind, Routing
from eiospec.reports.sequence.selection import diagrams
from eiospec.verdicts import Verdict
from eiospec.wire.exchange import End

Draw = Callable[..., Drawing]


@pytest.fixture
def draw(make: Make, judge: Judge) -> Draw:
    """Draws a session of every kind of row, with so many nodes and cookies."""

    def drawn(nodes: int = 0, cookies: int = 1) -> Drawing:
        journal = Journal()
        journal.handshake(*(f"cookie{number}=value-{number}; Path=/" for number in range(cookies)))
        for number in range(max(1, nodes)):
            sent = "; ".join(f"cookie{number}=value-{number}" for number in range(cookies))
            journal.poll(sent, *([f"x-node: app{number}".encode()] if nodes else ()), label="a poll " * 6)
        journal.refused()
        journal.add(f"transport=polling&sid={SID}", None, end=End.RESET)
        journal.upgrade(end=End.RESET)
        findings = (judge(f"ST-{number:03}", Verdict.FAIL, evidence=("1",)) for number in range(9))
        run = make(tuple(findings), tuple(journal.exchanges), ours=(SID,))
        return diagrams(document(run), Routing("x-node")).drawn[0].drawing

    return drawn


@pytest.mark.parametrize("nodes", [0, 1, 2, 4, 9])
@pytest.mark.parametrize("cookies", [0, 1, 3, 20])
def test_everything_is_in_the_box(draw: Draw, nodes: int, cookies: int) -> None:
    made = draw(nodes, cookies)
    right = [made.lanes[-1].x, *(chip.x + chip.width for row in made.rows for chip in row.chips)]
    left = [pill.x for row in made.rows for pill in row.pills]
    low = [row.y + row.height for row in made.rows] + [bar.y + bar.height for bar in made.bars]
    assert max(right) < made.width
    assert min(left) > made.lanes[0].x
    assert max(low) < made.height


@pytest.mark.parametrize("cookies", [0, 1, 20])
def test_rows_do_not_overlap(draw: Draw, cookies: int) -> None:
    rows = draw(cookies=cookies).rows
    assert all(above.y + above.height == below.y for above, below in pairwise(rows))
    assert all(chip.y + 18 <= row.y + row.height for row in rows for chip in row.chips)


def test_cookies_do_not_overlap(draw: Draw) -> None:
    for row in draw(cookies=20).rows:
        for one, other in pairwise(row.chips):
            assert other.y > one.y or other.x >= one.x + one.width


def test_an_arrow_runs_between_the_lanes(draw: Draw) -> None:
    made = draw(2)
    xs = {lane.name: lane.x for lane in made.lanes}
    poll = next(row for row in made.rows if row.row.lane == "app1" and row.row.outward)
    assert (poll.start, poll.via, poll.end) == (xs["Client"], xs["Balancer"], xs["app1"])


def test_a_websocket_is_open_from_the_101_to_its_end(draw: Draw) -> None:
    made = draw()
    switched = next(row for row in made.rows if row.row.head.startswith("101"))
    closed = next(row for row in made.rows if row.row.kind is Kind.CLOSED)
    assert {bar.x for bar in made.bars} == {lane.x for lane in made.lanes}
    assert {(bar.y, bar.y + bar.height) for bar in made.bars} == {(switched.arrow_y, closed.arrow_y)}


def test_many_findings_are_counted(draw: Draw) -> None:
    assert [pill.words for pill in draw().rows[1].pills] == ["+6", "ST-002", "ST-001", "ST-000"]
