"""The page of all requirements: whole, current, and plain markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eiospec.plugin.catalogue import entries, excluded
from eiospec.plugin.listing import page
from eiospec.requirements import Excluded

STORED = Path(__file__).parents[2] / "docs" / "requirements.md"
ROW = re.compile(r"^\| ([A-Z][A-Z0-9]+-[0-9…]+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def made() -> str:
    """The page as the suites are now."""
    return page()


def test_the_stored_page_is_that_of_the_suites(made: str) -> None:
    assert STORED.read_text("utf-8") == made + "\n", "eiospec --list markdown > docs/requirements.md"


def test_every_requirement_has_a_row(made: str) -> None:
    wanted = [entry.requirement.id for entry in entries()] + [one.id for one in excluded()]
    assert sorted(ROW.findall(made)) == sorted(wanted)


def ids_of(one: Excluded) -> set[str]:
    """Return the ids of a range, without those that its sentence names: these have checks."""
    area, _, numbers = one.id.partition("-")
    first, _, last = numbers.partition("…")
    ids = {f"{area}-{number:03}" for number in range(int(first), int(last or first) + 1)}
    return ids - set(re.findall(r"\b[A-Z0-9]+-\d{3}\b", one.sentence))


def test_no_check_has_an_excluded_id() -> None:
    taken = {id for one in excluded() for id in ids_of(one)}
    assert [entry.requirement.id for entry in entries() if entry.requirement.id in taken] == []


def test_every_row_has_the_cells_of_its_table(made: str) -> None:
    cells = {line.replace("\\|", "").count("|") for line in made.splitlines() if ROW.match(line)}
    assert cells == {5, 6}


def test_every_area_is_linked_to_its_heading(made: str) -> None:
    headings = re.findall(r"^## (.+)$", made, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", made)) == anchors
