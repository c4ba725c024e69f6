"""The results of rows as tables in Markdown and as a page.

`Shown` has what was judged and when, not how the row is built: stored results need no checkout of their time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eiospec.matrix.judging import Result, State
from eiospec.reports.escapes import visible
from eiospec.reports.html import page
from eiospec.reports.model import Document, named
from eiospec.reports.outcome import FINDINGS

FOUND = tuple(verdict.value for verdict in FINDINGS)
COUNTED = ("pass", "fail", "warn", "known", "blocked", "not applicable")
# Signs of the cells. A requirement that was not judged for a row is shown as not applicable.
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
    """A row and its result. `day` is ISO 8601; `document` is None when the row was not judged, for `reason`."""

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
        """The verdict of each requirement id; empty for a row that was not judged."""
        return {entry["id"]: entry["verdict"] for entry in self.requirements}

    @property
    def counts(self) -> dict[str, int]:
        """The number of requirements with each verdict."""
        found: dict[str, int] = self.document["counts"]["requirements"] if self.document else {}
        return found


def shown(result: Result, day: str, tool: str) -> Shown:
    """Return a result as tables and page show it."""
    row = result.row
    about = (row.name, row.title, row.language, row.versions, row.remark, day, tool)
    return Shown(*about, result.state, result.reason, result.document)


def in_order(rows: Iterable[Shown]) -> list[Shown]:
    """Sort rows by language, then by title, so that releases of one library are neighbours."""
    return sorted(rows, key=lambda row: (row.language.lower(), row.title.lower(), row.name))


def as_page(rows: Sequence[Shown]) -> str:
    """Return the page of all rows that were judged; an empty string when none was."""
    documents = [named(row.document, row.title) for row in rows if row.document is not None]
    return page(documents) if documents else ""


def as_markdown(rows: Sequence[Shown]) -> str:
    """Return two tables: the rows with their counts, and the requirements that some row does not meet."""
    counted = [verdict for verdict in COUNTED if any(row.counts.get(verdict) for row in rows)]
    lines = [
        f"| row | implementation | on | {' | '.join(counted)} | judged |",
        f"|---|---|---|{'--:|' * len(counted)}---|",
    ]
    for row in rows:
        cells = [f"`{row.name}`", _cell(row.title), _cell(row.language)]
        numbers = [str(row.counts.get(verdict) or "") for verdict in counted]
        when = row.day if row.state is State.JUDGED else f"{row.state.value}: {_cell(row.reason)}"
        lines.append(f"| {' | '.join((*cells, *numbers, when))} |")
    remarks = [f"* `{row.name}`: {row.remark}" for row in rows if row.remark]
    lines += ["", *remarks] if remarks else []
    return "\n".join(lines) + "\n\n" + _requirements([row for row in rows if row.document is not None])


def _requirements(rows: Sequence[Shown]) -> str:
    """Return the table of the requirements that at least one row does not meet."""
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
    """Escape text for a cell of a Markdown table."""
    return visible(text).replace("|", "\\|")
