"""The badge: one small, well-formed, inert image."""

import xml.etree.ElementTree as ET

import pytest

from eiospec.fixtures.verdicts import Verdict
from eiospec.reports.badge import badge, write_badge
from eiospec.reports.model import document

SVG = "{http://www.w3.org/2000/svg}"


def message(badge):
    return ET.fromstring(badge).findall(f".//{SVG}text")[1].text


def test_it_says_how_many_of_the_judged_pass(failing):
    assert message(badge(document(failing))) == "2 of 4 pass"


@pytest.mark.parametrize(
    ("code", "words"),
    [(5, "nothing was judged"), (3, "the harness or the network failed"), (2, "the run was interrupted")],
)
def test_a_run_without_an_outcome_says_so(make, judge, code, words):
    assert message(badge(document(make((judge(verdict=Verdict.PASS),), exit_code=code)))) == words


def test_the_colour_is_that_of_the_exit_code(make):
    assert len({badge(document(make(exit_code=code))).partition('fill="#')[2] for code in (0, 1, 6)}) == 3


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '" onload="alert(1)', "a & b", "\x00\x1b\u202e"]
)
def test_a_label_cannot_leave_its_place(failing, label):
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


def test_it_is_written(tmp_path, failing):
    assert (
        write_badge(document(failing), tmp_path / "new" / "badge.svg").read_text("utf-8").startswith("<svg")
    )
