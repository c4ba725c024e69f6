"""The badge: one small, well-formed, inert image."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from handmade import Judge, Make

from eiospec.fixtures.verdicts import Run, Verdict
from eiospec.reports.badge import badge, write_badge
from eiospec.reports.model import document

SVG = "{http://www.w3.org/2000/svg}"


def message(badge: str) -> str | None:
    return ET.fromstring(badge).findall(f".//{SVG}text")[1].text


def test_it_says_how_many_of_the_judged_pass(failing: Run) -> None:
    assert message(badge(document(failing))) == "2 of 4 pass"


@pytest.mark.parametrize(
    ("code", "words"),
    [(5, "nothing was judged"), (3, "the harness or the network failed"), (2, "the run was interrupted")],
)
def test_a_run_without_an_outcome_says_so(make: Make, judge: Judge, code: int, words: str) -> None:
    assert message(badge(document(make((judge(verdict=Verdict.PASS),), exit_code=code)))) == words


def test_the_colour_is_that_of_the_exit_code(make: Make) -> None:
    assert len({badge(document(make(exit_code=code))).partition('fill="#')[2] for code in (0, 1, 6)}) == 3


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '" onload="alert(1)', "a & b", "\x00\x1b\u202e"]
)
def test_a_label_cannot_leave_its_place(failing: Run, label: str) -> None:
    root = ET.fromstring(badge(document(failing), label=label))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    assert "onload" not in root.attrib


def test_it_is_written(tmp_path: Path, failing: Run) -> None:
    assert (
        write_badge(document(failing), tmp_path / "new" / "badge.svg").read_text("utf-8").startswith("<svg")
    )
