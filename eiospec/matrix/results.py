"""What a run of the matrix leaves: a summary in JSON, tables in markdown, and a page, of the same rows.

A row that is shown is what was judged of it and when, not how to build it, so that a stored one needs no checkout
of its time. The documents of the rows, octets and all, are the record. Nothing here judges.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eiospec.matrix.judging import Result, State
from eiospec.matrix.trimming import FOUND
from eiospec.reports.escapes import visible
from eiospec.reports.html import page
from eiospec.reports.model import Document, named

FORMAT, VERSION = "eiospec matrix", 1
COUNTED = ("pass", "fail", "warn", "known", "blocked", "not applicable")
# What a cell says. A requirement that is not judged of a row leaves its cell empty.
SIGNS = {
    "pass": "✓",
    "fail": "✕",
    "warn": "!",
    "info": "i",
    "known": "≈",
    "stale": "≠",
    "blocked": "⊘",
    "broken": "?",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with what was found. `day` is ISO 8601, `document` None when it was not judged, for `reason`."""

    name: str
    title: str
    language: str
    versions: Mapping[str, str]
    remark: str
    day: str
    tool: str
    state: State
    reason: str = ""
    document: Document | None = None

    @property
    def requirements(self) -> list[Document]:
        found: list[Document] = self.document["requirements"] if self.document else []
        return found

    @property
    def verdicts(self) -> dict[str, str]:
        """Requirement ids with their verdicts; nothing of a row that was not judged."""
        return {entry["id"]: entry["verdict"] for entry in self.requirements}

    @property
    def counts(self) -> dict[str, int]:
        """Verdicts with the number of requirements that have them."""
        found: dict[str, int] = self.document["counts"]["requirements"] if self.document else {}
        return found

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is wrong, by case: id, case, verdict and what was observed."""
        return [
            {
                "id": entry["id"],
                "case": judgement["case"],
                "verdict": judgement["verdict"],
                "observed": judgement["observed"] or judgement["reason"],
            }
            for entry in self.requirements
            for judgement in entry["judgements"]
            if judgement["verdict"] in FOUND
        ]


def shown(result: Result, day: str, tool: str) -> Shown:
    """A result as it is shown."""
    row = result.row
    about = (row.name, row.title, row.language, row.versions, row.remark, day, tool)
    return Shown(*about, result.state, result.reason, result.document)


def in_order(rows: Iterable[Shown]) -> list[Shown]:
    """Languages together, in them by title, so that releases of one library stand side by side."""
    return sorted(rows, key=lambda row: (row.language.lower(), row.title.lower(), row.name))


def as_json(rows: Iterable[Shown]) -> str:
    """Verdicts and findings of every row, without octets."""
    told = [
        {
            **{key: getattr(row, key) for key in ("name", "title", "language", "remark", "day", "reason")},
            "eiospec": row.tool,
            "versions": dict(row.versions),
            "state": row.state.value,
            **{key: getattr(row, key) for key in ("counts", "verdicts", "findings")},
        }
        for row in rows
    ]
    return (
        json.dumps({"format": FORMAT, "version": VERSION, "rows": told}, ensure_ascii=False, indent=1) + "\n"
    )


def as_page(rows: Sequence[Shown]) -> str:
    """The page of all rows that were judged, empty without any."""
    documents = [named(row.document, row.title) for row in rows if row.document is not None]
    return page(documents) if documents else ""


def as_markdown(rows: Sequence[Shown]) -> str:
    """Two tables: the rows with their counts, and the requirements that some row does not meet."""
    counted = [verdict for verdict in COUNTED if any(row.counts.get(verdict) for row in rows)]
    lines = [
        f"| row | implementation | on | {' | '.join(counted)} | judged |",
        f"|---|---|---|{'--:|' * len(counted)}---|",
    ]
    for row in rows:
        cells = [f"`{row.name}`", _cell(row.title), _cell(row.language)]
        numbers = [str(row.counts.get(verdict) or "") for verdict in counted]
        told = row.day if row.state is State.JUDGED else f"{row.state.value}: {_cell(row.reason)}"
        lines.append(f"| {' | '.join((*cells, *numbers, told))} |")
    remarks = [f"* `{row.name}`: {row.remark}" for row in rows if row.remark]
    lines += ["", *remarks] if remarks else []
    return "\n".join(lines) + "\n\n" + _requirements([row for row in rows if row.document is not None])


def _requirements(rows: Sequence[Shown]) -> str:
    """A line for each requirement that one of the rows does not meet."""
    sentences = {
        entry["id"]: entry["sentence"]
        for row in rows
        for entry in row.requirements
        if entry["verdict"] in (*FOUND, "known")
    }
    lines = [
        "✓ pass · ✕ fail, a MUST · ! warn, a SHOULD · i recorded · ⊘ blocked · – not applicable",
        "",
        f"| requirement | {' | '.join(f'`{row.name}`' for row in rows)} |",
        f"|---|{':-:|' * len(rows)}",
    ]
    verdicts = [row.verdicts for row in rows]
    for id in sorted(sentences):
        cells = " | ".join(SIGNS.get(found.get(id, ""), "–") for found in verdicts)
        lines.append(f"| **{id}** {_cell(sentences[id])} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text for a cell of a markdown table."""
    return visible(text).replace("|", "\\|")
