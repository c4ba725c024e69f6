"""What a run of the matrix leaves: a JSON summary, and a markdown table of requirement × implementation.

The documents of the rows, octets and all, are the record; what is written here is small enough to be kept in a
repository and compared by eye. Nothing here judges.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from eiospec.matrix.judging import Result, State
from eiospec.reports.escapes import visible
from eiospec.reports.outcome import FINDINGS

FORMAT, VERSION = "eiospec matrix", 1
FOUND = tuple(verdict.value for verdict in FINDINGS)
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


def verdicts(result: Result) -> dict[str, str]:
    """Requirement ids with their verdicts; nothing of a row that was not judged."""
    if result.document is None:
        return {}
    return {entry["id"]: entry["verdict"] for entry in result.document["requirements"]}


def counted(result: Result) -> dict[str, int]:
    """Verdicts with the number of requirements that have them."""
    if result.document is None:
        return {}
    totals: dict[str, int] = result.document["counts"]["requirements"]
    return totals


def findings(result: Result) -> list[dict[str, Any]]:
    """What is wrong, by case: id, case, verdict and what was observed."""
    if result.document is None:
        return []
    return [
        {
            "id": entry["id"],
            "case": judgement["case"],
            "verdict": judgement["verdict"],
            "observed": judgement["observed"] or judgement["reason"],
        }
        for entry in result.document["requirements"]
        for judgement in entry["judgements"]
        if judgement["verdict"] in FOUND
    ]


def as_json(results: Iterable[Result], tool: str, day: str) -> str:
    """The summary. `day` is ISO 8601."""
    rows = [
        {
            "name": result.row.name,
            "title": result.row.title,
            "language": result.row.language,
            "versions": dict(result.row.versions),
            "state": result.state.value,
            "reason": result.reason,
            "counts": counted(result),
            "verdicts": verdicts(result),
            "findings": findings(result),
        }
        for result in results
    ]
    made = {"format": FORMAT, "version": VERSION, "eiospec": tool, "day": day, "rows": rows}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def as_markdown(results: Sequence[Result], tool: str, day: str) -> str:
    """Two tables: the rows with their counts, and the requirements that some row does not meet."""
    lines = [
        f"Judged on {day} by eiospec {tool}.",
        "",
        "| row | implementation | language | pass | fail | warn | not applicable |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    for result in results:
        row, totals = result.row, counted(result)
        named = f"| `{row.name}` | {_cell(row.title)} | {_cell(row.language)} "
        if result.state is State.JUDGED:
            lines.append(
                named
                + "".join(f"| {totals.get(v, 0)} " for v in ("pass", "fail", "warn", "not applicable"))
                + "|"
            )
        else:
            lines.append(f"{named}| {result.state}: {_cell(result.reason)} | | | |")
    remarks = [f"* `{result.row.name}`: {result.row.remark}" for result in results if result.row.remark]
    lines += ["", *remarks] if remarks else []
    judged = [result for result in results if result.document is not None]
    said = {result.row.name: verdicts(result) for result in judged}
    sentences = {
        entry["id"]: entry["sentence"]
        for result in judged
        for entry in (result.document or {})["requirements"]
        if entry["verdict"] in (*FOUND, "known")
    }
    lines += ["", "✓ pass · ✕ fail, a MUST · ! warn, a SHOULD · i recorded · empty: not applicable", ""]
    lines += [
        f"| requirement | {' | '.join(f'`{name}`' for name in said)} |",
        f"|---|{'---|' * len(said)}",
    ]
    for id in sorted(sentences):
        cells = " | ".join(SIGNS.get(found.get(id, ""), "") for found in said.values())
        lines.append(f"| **{id}** {_cell(sentences[id])} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text for a cell of a markdown table."""
    return visible(text).replace("|", "\\|")
