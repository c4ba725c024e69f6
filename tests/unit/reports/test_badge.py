"""The badge: small, well-formed, inert."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from handmade import Judge, Make

from eiospec.reports.badge import badge, endpoint, write_badges
from eiospec.reports.model import document
from eiospec.verdicts import Run, Verdict

SVG = "{http://www.w3.org/2000/svg}"


def message(badge: str) -> str | None:
    return ET.fromstring(badge).findall(f".//{SVG}text")[1].text


def badge_text(run: Run) -> str:
    answer = json.loads(endpoint(document(run)))
    assert answer["message"] == message(badge(document(run)))
    return str(answer["message"])


def test_badge_names_failures_and_the_version_of_the_suite(failing: Run) -> None:
    assert badge_text(failing) == "1 MUST fail · eiospec 0.1"


def test_a_conforming_run_with_a_warning_reaches_must(make: Make, judge: Judge) -> None:
    assert badge_text(make((judge(), judge("CK-003", Verdict.WARN)))) == "MUST ✓ · eiospec 0.1"


def test_a_conforming_run_without_warnings_reaches_must_and_should(make: Make, judge: Judge) -> None:
    assert badge_text(make((judge(),))) == "MUST and SHOULD ✓ · eiospec 0.1"


def test_known_deviations_are_counted(make: Make, judge: Judge) -> None:
    assert badge_text(make((judge(), judge("CK-003", Verdict.KNOWN)))) == "MUST ✓ but 1 known · eiospec 0.1"


@pytest.mark.parametrize("partly", [{"complete": False}, {"options": {"--case": "CK-*"}}])
def test_a_run_of_selected_requirements_reaches_no_level(
    make: Make, judge: Judge, partly: dict[str, object]
) -> None:
    assert (
        badge_text(make((judge(), judge("CK-003", Verdict.WARN)), **partly))
        == "1 of 2 selected ✓ · eiospec 0.1"
    )


def test_a_should_that_fails_the_run_is_named(make: Make, judge: Judge) -> None:
    assert badge_text(make((judge(verdict=Verdict.WARN),), exit_code=1)) == "1 SHOULD fail · eiospec 0.1"


def test_the_json_has_the_members_that_shields_reads(failing: Run) -> None:
    assert json.loads(endpoint(document(failing))) == {
        "schemaVersion": 1,
        "label": "Engine.IO conformance",
        "message": "1 MUST fail · eiospec 0.1",
        "color": "#b3261e",
        "isError": True,
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [(5, "nothing was judged"), (3, "the harness or the network failed"), (2, "the run was interrupted")],
)
def test_a_run_without_result_shows_its_exit_meaning(make: Make, judge: Judge, code: int, words: str) -> None:
    run = make((judge(verdict=Verdict.PASS),), exit_code=code)
    assert badge_text(run) == f"{words} · eiospec 0.1"


def test_the_colour_is_that_of_the_exit_code(make: Make) -> None:
    assert len({badge(document(make(exit_code=code))).partition('fill="#')[2] for code in (0, 1, 6)}) == 3


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '" onload="alert(1)', "a & b", "\x00\x1b\u202e"]
)
def test_a_label_is_escaped(failing: Run, label: str) -> None:
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


def test_svg_and_json_are_written(tmp_path: Path, failing: Run) -> None:
    image, answer = write_badges(document(failing), tmp_path / "new")
    assert image.read_text("utf-8").startswith("<svg")
    assert json.loads(answer.read_bytes())["schemaVersion"] == 1
