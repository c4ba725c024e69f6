"""The matrix: which rows and columns a page of several documents has, and what the columns are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from eiospec.reports.model import Document


def column_names(documents: Sequence[Document]) -> list[str]:
    """A name for each document, all different: its display name, else its target; a number tells equals apart."""
    names = [made.get("name") or made["target"] for made in documents]
    often, seen = Counter(names), Counter[str]()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if often[name] > 1 else name)
    return found


def matrix(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """A row for each requirement of any document, areas together; `entries` holds None where it was not judged."""
    rows: dict[str, list[Document | None]] = {}
    for place, made in enumerate(documents):
        for entry in made["requirements"]:
            rows.setdefault(entry["id"], [None] * len(documents))[place] = entry
    found: list[dict[str, Any]] = [
        {"id": id, "about": next(filter(None, entries)), "entries": entries} for id, entries in rows.items()
    ]
    areas = {area: place for place, area in enumerate(dict.fromkeys(row["about"]["area"] for row in found))}
    return sorted(found, key=lambda row: (areas[row["about"]["area"]], row["id"]))
