"""Findings of the page: each requirement that some target does not meet, with what was observed.

A requirement is listed once; targets and cases with the same observation are grouped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eiospec.reports.markup import COUNTED
from eiospec.reports.model import Document
from eiospec.reports.outcome import FINDINGS

# Cases listed per requirement and target; the details have all of them.
CASES_SHOWN = {"one": 4, "many": 1}

WRONG = tuple(verdict.value for verdict in FINDINGS)


@dataclass(frozen=True, slots=True)
class Observation:
    """A judgement, and where the same was observed: pairs of a column's place and a case."""

    judgement: Document
    where: tuple[tuple[int, str], ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """The places of the columns, without repetition."""
        return tuple(dict.fromkeys(column for column, _ in self.where))

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases, without repetition."""
        return tuple(dict.fromkeys(case for _, case in self.where if case))


@dataclass(frozen=True, slots=True)
class Finding:
    """A requirement that some target does not meet. `more` counts the judgements that are not listed."""

    id: str
    about: Document
    verdict: str
    observations: tuple[Observation, ...]
    more: int

    @property
    def columns(self) -> tuple[int, ...]:
        """The places of the columns that do not meet it, left to right."""
        return tuple(sorted({column for one in self.observations for column in one.columns}))


def findings(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the findings of a matrix, gravest first."""
    found = [
        _finding(row, verdicts)
        for row in rows
        if (verdicts := [entry["verdict"] for entry in row["entries"] if entry and entry["verdict"] in WRONG])
    ]
    return sorted(found, key=lambda finding: COUNTED.index(finding.verdict))


def _finding(row: Mapping[str, Any], verdicts: Sequence[str]) -> Finding:
    seen: dict[tuple[str, ...], tuple[Document, list[tuple[int, str]]]] = {}
    left = 0
    most = CASES_SHOWN["one" if len(row["entries"]) == 1 else "many"]
    for column, entry in enumerate(row["entries"]):
        if entry is None or entry["verdict"] not in WRONG:
            continue
        judgements = [one for one in entry["judgements"] if one["verdict"] == entry["verdict"]]
        for judgement in judgements:
            alike = tuple(judgement[name] for name in ("verdict", "expected", "observed", "reason"))
            if (
                alike in seen
                or sum(column == place for _, places in seen.values() for place, _ in places) < most
            ):
                seen.setdefault(alike, (judgement, []))[1].append((column, judgement["case"]))
            else:
                left += 1
    return Finding(
        row["id"],
        row["about"],
        min(verdicts, key=COUNTED.index),
        tuple(Observation(judgement, tuple(places)) for judgement, places in seen.values()),
        left,
    )
