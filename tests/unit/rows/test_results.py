"""The results in the repository: small, complete, and independent of the machine that made them."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.matrix.judging import State
from eiospec.matrix.publishing import DATA, PREFACE, TABLES
from eiospec.matrix.results import Shown, as_markdown, as_page
from eiospec.matrix.rows import Row, read_rows
from eiospec.matrix.store import read, unpack

DOCS = Path(__file__).resolve().parents[3] / "docs"
QUICK = [row for row in read_rows() if row.quick]
DATA_OCTETS, PAGE_OCTETS = 600_000, 3 * 1024**2


@pytest.fixture(scope="module")
def results() -> dict[str, Shown]:
    return {row.name: row for row in unpack(read(DOCS / DATA))}


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_every_quick_row_has_a_result_of_its_pinned_versions(row: Row, results: dict[str, Shown]) -> None:
    found = results[row.name]
    assert (found.state, found.title, found.versions) == (State.JUDGED, row.title, row.versions)


def test_every_row_has_a_result_with_its_remark(results: dict[str, Shown]) -> None:
    assert {row.name: row.remark for row in results.values()} == {row.name: row.remark for row in read_rows()}


def test_the_data_file_is_small() -> None:
    assert (DOCS / DATA).stat().st_size < DATA_OCTETS


def test_the_data_file_names_no_folder_of_the_machine_it_was_made_on() -> None:
    text = (DOCS / DATA).read_text("utf-8")
    folders = ("/tmp/", "/home/", "/root/", "/Users/", str(DOCS.parent))
    assert [folder for folder in folders if folder in text] == []


def test_the_tables_are_those_of_the_data_file(results: dict[str, Shown]) -> None:
    assert (DOCS / TABLES).read_text("utf-8") == PREFACE + as_markdown(list(results.values()))


def test_the_page_is_small_enough_to_open_and_has_every_judged_row(results: dict[str, Shown]) -> None:
    page = as_page(list(results.values()))
    assert len(page.encode()) < PAGE_OCTETS
    assert [row.title for row in results.values() if row.document and row.title not in page] == []
