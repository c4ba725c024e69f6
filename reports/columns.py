"""Rows and columns of the matrix on the page: a row per requirement, a column per document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from eiospec.reports.model import Document


def column_names(documents: Sequence[Document]) -> list[str]:
    """Return a distinct name per document: its display name or its target, numbered where names repeat."""
    names = [made.get("name") or made["target"] for made in documents]
    often, seen = Counter(names), Counter[str]()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if often[name] > 1 else name)
    return found


def matrix(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Return a row per requirement, grouped by area; `entries` has None where a document did not judge it."""
    rows: dict[str, list[Document | None]] = {}
    for place, made in enumerate(documents):
        for entry in made["requirements"]:
            rows.setdefault(entry["id"], [None] * len(documents))[place] = entry
    found: list[dict[str, Any]] = [
        {"id": id, "about": next(filter(None, entries)), "entries": entries} for id, entries in rows.items()
    ]
    areas = {area: place for place, area in enumerate(dict.fromkeys(row["about"]["area"] for row in found))}
    return sorted(found, key=lambda row: (areas[row["about"]["area"]], row["id"]))


def areas(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows by area. `tally` has, per column, how many passed and how many were judged: (12, 14)."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["about"]["area"], []).append(row)
    return [
        {
            "area": area,
            "title": found[0]["about"]["area_title"],
            "rows": found,
            "tally": [_tally(column) for column in zip(*(row["entries"] for row in found), strict=True)],
        }
        for area, found in grouped.items()
    ]


def _tally(entries: Sequence[Document | None]) -> tuple[int, int]:
    verdicts = [entry["verdict"] for entry in entries if entry is not None]
    judged = [verdict for verdict in verdicts if verdict not in ("not applicable", "info")]
    return judged.count("pass"), len(judged)
