"""The results in the repository: small, whole, of every quick row, and told of no machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import schema_error

from eiospec.matrix.judging import State
from eiospec.matrix.publishing import restored
from eiospec.matrix.rows import Row, read_rows
from eiospec.reports.model import closing

DOCS = Path(__file__).resolve().parents[3] / "docs"
FILES = sorted((DOCS / "matrix").glob("*.json"))
QUICK = [row for row in read_rows() if row.quick]
ROW_OCTETS, PAGE_OCTETS = 400 * 1024, 3 * 1024**2


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_a_quick_row_has_a_result_of_these_versions(row: Row) -> None:
    kept = restored(DOCS / "matrix" / f"{row.name}.json")
    assert (kept.state, kept.title, kept.versions) == (State.JUDGED, row.title, row.versions)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_result_is_a_small_report(file: Path) -> None:
    assert file.stat().st_size < ROW_OCTETS
    report = restored(file).document
    if report is not None:
        assert not schema_error(report)
        assert report["closing"] == closing({key: report[key] for key in report if key != "closing"})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_result_names_no_folder_of_the_machine_it_was_made_on(file: Path) -> None:
    text = file.read_text("utf-8")
    assert [
        place for place in ("/tmp/", "/home/", "/root/", "/Users/", str(DOCS.parent)) if place in text
    ] == []


def test_the_page_is_small_enough_to_open() -> None:
    assert (DOCS / "matrix.html").stat().st_size < PAGE_OCTETS


def test_every_result_is_in_the_table() -> None:
    table = (DOCS / "matrix.md").read_text("utf-8")
    assert [file.stem for file in FILES if f"| `{file.stem}` |" not in table] == []
