"""The table of a proof: what is counted where, and its two shapes."""

from __future__ import annotations

import json

import pytest
from proving import Proven

from eiospec.proof.table import Row, Table, as_json, as_markdown
from eiospec.requirements import INFO, MUST, Level, Requirement, Source


def requirement(id: str, level: Level = MUST) -> Requirement:
    return Requirement(id, level, "A sentence.", Source("How-to", "https://a"))


REQUIREMENTS = [
    requirement("CK-002"),
    requirement("CK-006"),
    requirement("CK-009", INFO),
    requirement("HS-001"),
]


@pytest.fixture
def table(proven: Proven) -> Table:
    """A fault that is caught, one that takes another requirement with it, and one that is missed."""
    outcomes = [
        proven("CK-002"),
        proven("CK-006", "CK-002", "HS-001", breaks=("CK-006",)),
        proven(breaks=("CK-002", "HS-001"), problems=("CK-002 must break and says pass",)),
    ]
    return Table.of(outcomes, REQUIREMENTS, ["HS-001"], ["the control run says warn of HS-001"])


class TestCounting:
    def test_a_fault_belongs_to_the_area_of_the_first_id_it_breaks(self, table: Table) -> None:
        assert [(row.area, row.faults) for row in table.rows] == [("CK", 3), ("HS", 0)]

    def test_requirements_that_are_only_recorded_are_not_judged(self, table: Table) -> None:
        assert [(row.requirements, row.judged) for row in table.rows] == [(3, 2), (1, 1)]

    def test_a_fault_with_a_problem_is_missed(self, table: Table) -> None:
        assert [(row.caught, row.missed) for row in table.rows] == [(2, 1), (0, 0)]

    def test_additional_breaks_are_collateral(self, table: Table) -> None:
        assert [row.collateral for row in table.rows] == [2, 0]

    def test_an_area_without_requirements_is_shown(self, proven: Proven) -> None:
        (row,) = Table.of([proven("CK-002")], [], [], []).rows
        assert row == Row("CK", 0, 0, 1, 1, 0, 0)


class TestJson:
    def test_names_every_fault_with_its_problems(self, table: Table) -> None:
        made = json.loads(as_json(table))
        assert [(fault["name"], fault["problems"]) for fault in made["faults"]] == [
            ("breaks CK-002", []),
            ("breaks CK-006", []),
            ("breaks CK-002 HS-001", ["CK-002 must break and says pass"]),
        ]

    def test_lists_unproven_requirements(self, table: Table) -> None:
        made = json.loads(as_json(table))
        assert made["requirements without fault"] == ["HS-001"]
        assert made["alarms on the conforming server"] == ["the control run says warn of HS-001"]

    def test_titles_its_areas(self, table: Table) -> None:
        assert all(area["title"] for area in json.loads(as_json(table))["areas"])


class TestMarkdown:
    def test_has_a_line_an_area(self, table: Table) -> None:
        (line,) = [line for line in as_markdown(table).splitlines() if line.startswith("| CK |")]
        assert line.endswith("| 3 | 2 | 3 | 2 | 1 | 2 |")

    def test_adds_them_up(self, table: Table) -> None:
        assert "| | **all** | 4 | 3 | 3 | 2 | 1 | 2 |" in as_markdown(table)

    def test_every_line_of_the_table_has_as_many_cells(self, table: Table) -> None:
        lines = [line for line in as_markdown(table).splitlines() if line.startswith("|")]
        assert {line.count("|") for line in lines} == {9}
