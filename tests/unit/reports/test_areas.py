"""The table of areas."""

from __future__ import annotations

import pytest
from handmade import Judge, Make

from eiospec.reports.model import Document, document
from eiospec.reports.terminal import table_of_areas
from eiospec.verdicts import Verdict


@pytest.fixture
def made(make: Make, judge: Judge) -> Document:
    """Every verdict, in two areas."""
    found = [judge(f"CK-{n:03}", verdict) for n, verdict in enumerate(Verdict)]
    return document(make((*found, judge("HS-001"), judge("HS-002"), judge("HS-002", Verdict.FAIL))))


def rows(made: Document, width: int) -> list[str]:
    return table_of_areas(made, width=width).splitlines()


def test_a_requirement_counts_once_as_its_gravest_verdict(made: Document) -> None:
    assert rows(made, 120)[1].split() == ["HS", "Handshake", "and", "open", "packet", "1", "1"]


def test_the_last_row_counts_them_all(made: Document) -> None:
    assert rows(made, 120)[-1].split() == ["all", "areas", "2", "2", *"1111111"]


def test_numbers_stand_under_their_verdict(made: Document) -> None:
    heading, handshake, *_ = rows(made, 120)
    assert handshake.index("1") == heading.index("pass") + len("pass") - 1
    assert handshake.rindex("1") == heading.index("fail") + len("fail") - 1


def test_a_verdict_never_given_has_no_column(make: Make, judge: Judge) -> None:
    assert rows(document(make((judge(),))), 80)[0].split() == ["pass"]


def test_one_area_has_no_sum(make: Make, judge: Judge) -> None:
    assert len(rows(document(make((judge(),))), 80)) == 2


@pytest.mark.parametrize("width", [200, 120, 100, 90, 80, 72, 64, 60, 50, 40])
def test_every_row_fits(made: Document, width: int) -> None:
    assert max(len(line) for line in rows(made, width)) <= width


def test_titles_are_cut_where_there_is_no_room_for_them(made: Document) -> None:
    assert rows(made, 85)[2].startswith("  CK Session cookie: pre…     1 ")


def test_without_room_for_a_table_the_numbers_stand_in_words(made: Document) -> None:
    assert rows(made, 40)[:3] == [
        "  HS  1 pass, 1 fail",
        "  CK  1 pass, 1 fail, 1 stale, 1 warn, 1",
        "      known, 1 blocked, 1 broken, 1",
    ]


def test_only_numbers_are_painted(made: Document) -> None:
    painted = table_of_areas(made, width=120, colour=True).splitlines()
    assert "\x1b" not in painted[0]
    assert painted[1].endswith("     \x1b[32m1\x1b[0m     \x1b[1;31m1\x1b[0m")
