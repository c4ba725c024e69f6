"""What is wrong, told once: each requirement that a target does not meet, with what was seen of it.

With several targets the requirement stands once, and targets of which the same was seen stand together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eiospec.reports.markup import COUNTED
from eiospec.reports.model import Document
from eiospec.reports.outcome import FINDINGS

# Cases of one requirement and target that are told; the details hold the others.
CASES_TOLD = {"one": 4, "many": 1}

WRONG = tuple(verdict.value for verdict in FINDINGS)


@dataclass(frozen=True, slots=True)
class Told:
    """What was seen once or more: the judgement, and the columns (their places and cases) that saw it."""

    judgement: Document
    seen: tuple[tuple[int, str], ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """The places of the columns, each once."""
        return tuple(dict.fromkeys(column for column, _ in self.seen))

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases, each once."""
        return tuple(dict.fromkeys(case for _, case in self.seen if case))


@dataclass(frozen=True, slots=True)
class Finding:
    """A requirement that some target does not meet. `more` counts the judgements that are not told."""

    id: str
    about: Document
    verdict: str
    told: tuple[Told, ...]
    more: int

    @property
    def columns(self) -> tuple[int, ...]:
        """The places of the columns that do not meet it, from left to right."""
        return tuple(sorted({column for one in self.told for column in one.columns}))


def findings(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The findings of a matrix, gravest first, else in the order of its rows."""
    found = [
        _finding(row, verdicts)
        for row in rows
        if (verdicts := [entry["verdict"] for entry in row["entries"] if entry and entry["verdict"] in WRONG])
    ]
    return sorted(found, key=lambda finding: COUNTED.index(finding.verdict))


def _finding(row: Mapping[str, Any], verdicts: Sequence[str]) -> Finding:
    seen: dict[tuple[str, ...], tuple[Document, list[tuple[int, str]]]] = {}
    left = 0
    told = CASES_TOLD["one" if len(row["entries"]) == 1 else "many"]
    for column, entry in enumerate(row["entries"]):
        if entry is None or entry["verdict"] not in WRONG:
            continue
        judgements = [one for one in entry["judgements"] if one["verdict"] == entry["verdict"]]
        for judgement in judgements:
            alike = tuple(judgement[name] for name in ("verdict", "expected", "observed", "reason"))
            if (
                alike in seen
                or sum(column == place for _, places in seen.values() for place, _ in places) < told
            ):
                seen.setdefault(alike, (judgement, []))[1].append((column, judgement["case"]))
            else:
                left += 1
    return Finding(
        row["id"],
        row["about"],
        min(verdicts, key=COUNTED.index),
        tuple(Told(judgement, tuple(places)) for judgement, places in seen.values()),
        left,
    )
