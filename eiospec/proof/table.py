"""The table of a proof, one row an area, as JSON and markdown."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eiospec.fixtures.faults import Fault
from eiospec.reports.outcome import area_title
from eiospec.requirements import INFO, Requirement


class Proven(Protocol):
    """The part of an outcome that the table shows."""

    @property
    def fault(self) -> Fault: ...

    @property
    def problems(self) -> tuple[str, ...]: ...

    @property
    def caught(self) -> tuple[str, ...]: ...

    @property
    def seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One area."""

    area: str
    requirements: int
    judged: int
    faults: int
    caught: int
    missed: int
    collateral: int


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, every fault, the requirements without a fault, and the findings of control runs."""

    rows: tuple[Row, ...]
    faults: tuple[dict[str, Any], ...]
    unproven: tuple[str, ...]
    alarms: tuple[str, ...]

    @classmethod
    def of(
        cls,
        outcomes: Sequence[Proven],
        requirements: Iterable[Requirement],
        unproven: Iterable[str],
        alarms: Iterable[str],
    ) -> Table:
        """Count by area. A fault belongs to the area of the first id it breaks."""
        by_area: dict[str, list[Proven]] = defaultdict(list)
        for outcome in outcomes:
            by_area[outcome.fault.breaks[0].split("-")[0]].append(outcome)
        carried: dict[str, list[Requirement]] = defaultdict(list)
        for requirement in requirements:
            carried[requirement.area].append(requirement)
        rows = tuple(
            Row(
                area,
                len(carried[area]),
                sum(requirement.level is not INFO for requirement in carried[area]),
                len(by_area[area]),
                sum(not outcome.problems for outcome in by_area[area]),
                sum(bool(outcome.problems) for outcome in by_area[area]),
                sum(len(set(outcome.caught) - set(outcome.fault.breaks)) for outcome in by_area[area]),
            )
            for area in sorted({*carried, *by_area})
        )
        faults = tuple(
            {
                "name": outcome.fault.name,
                "breaks": list(outcome.fault.breaks),
                "besides": list(outcome.fault.also_breaks),
                "caught": list(outcome.caught),
                "problems": list(outcome.problems),
                "seconds": round(outcome.seconds, 2),
            }
            for outcome in outcomes
        )
        return cls(rows, faults, tuple(unproven), tuple(alarms))


def as_json(table: Table) -> str:
    """Return the table as JSON, with every fault by name."""
    return (
        json.dumps(
            {
                "format": "eiospec proof",
                "version": 1,
                "areas": [
                    {name: getattr(row, name) for name in Row.__slots__} | {"title": area_title(row.area)}
                    for row in table.rows
                ],
                "faults": list(table.faults),
                "requirements without fault": list(table.unproven),
                "alarms on the conforming server": list(table.alarms),
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


def as_markdown(table: Table) -> str:
    """Return the table as markdown, with a total."""
    lines = [
        "| area | | requirements | of these judged | faults | caught | missed | collateral |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.area} | {area_title(row.area)} | {row.requirements} | {row.judged} | {row.faults} | {row.caught} "
        f"| {row.missed} | {row.collateral} |"
        for row in table.rows
    ]
    names = ("requirements", "judged", "faults", "caught", "missed", "collateral")
    total = [sum(getattr(row, name) for row in table.rows) for name in names]
    lines.append(f"| | **all** | {' | '.join(map(str, total))} |")
    lines += [
        "",
        "*Judged* leaves out requirements that are only recorded. *Collateral* counts additional requirements that a fault",
        "also breaks. All are declared: by the fault, or in one table for requirements that follow from others.",
    ]
    return "\n".join(lines) + "\n"
