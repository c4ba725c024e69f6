"""The markdown summary: short, and inert."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from handmade import Judge, Make

from eiospec.reports.markdown import SHOWN, code, markdown, prose, write_markdown
from eiospec.reports.model import document
from eiospec.verdicts import Run, Verdict


def test_the_headline_is_the_heading(failing: Run) -> None:
    assert markdown(document(failing)).splitlines()[0].replace("\\", "") == (
        "### http://127.0.0.1:3000 does not conform: 1 requirement fails, 1 warns; 2 pass."
    )


def test_findings_are_in_a_table(failing: Run) -> None:
    rows = [line for line in markdown(document(failing)).splitlines() if line.startswith("| ")]
    assert [re.sub(r"\W*(\w+).*?\*\*(.*?)\*\*.*", r"\1 \2", row) for row in rows[1:]] == [
        "fail CK-002",
        "warn CK-008",
    ]


def test_every_row_has_four_cells(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.FAIL, observed="a|b\n|c`|``d", sentence="a|b"),), exit_code=1)
    row = next(line for line in markdown(document(run)).splitlines() if "CK" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


@pytest.mark.parametrize("text", ["`", "``", "a`b``c", "`a`"])
def test_a_code_span_cannot_be_left(text: str) -> None:
    fence = code(text).partition(" ")[0]
    assert code(text).split(f"{fence} ", 1)[1].rsplit(f" {fence}", 1)[0] == text


@pytest.mark.parametrize(
    "text", ["<img src=x>", "[a](b)", "@someone", "#1", "**x**", "<!--", "&lt;", "~~x~~"]
)
def test_prose_has_no_markup(text: str) -> None:
    assert not set(re.sub(r"\\.", "", prose(text))) & set("\\`*_{}[]<>()#+!|~&@$:-")
    assert re.sub(r"\\(.)", r"\1", prose(text)) == text


def test_many_findings_are_cut_short(make: Make, judge: Judge) -> None:
    run = make(tuple(judge(f"CK-{n:03}", Verdict.FAIL) for n in range(SHOWN + 7)), exit_code=1)
    assert "… and 7 more" in markdown(document(run))


def test_markdown_is_written(tmp_path: Path, failing: Run) -> None:
    assert write_markdown(document(failing), tmp_path / "new" / "summary.md").exists()
