"""A run by area: how many requirements of each have which verdict, as a table for a terminal.

A column stands only for a verdict that was given. What does not fit the width is given up in this order: the end
of the titles, the titles, the table itself. No line is wider than the terminal.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eiospec.reports.model import Document

# From the left: what is good, what is wrong, what says nothing of the target.
COLUMNS = ("pass", "fail", "stale", "warn", "known", "blocked", "broken", "info", "not applicable")
ABBREVIATED = {"not applicable": "n/a"}
SUM = "all areas"
# Columns of the terminal: a title cut shorter than this says nothing.
LEAST_TITLE = 14
INDENT = GAP = "  "

Paint = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Area:
    """An area that was judged. `counts` are its requirements by verdict."""

    code: str
    title: str
    counts: Counter[str]


def areas(made: Document) -> tuple[Area, ...]:
    """The areas of a document, in its order."""
    found: dict[str, Area] = {}
    for entry in made["requirements"]:
        area = found.setdefault(entry["area"], Area(entry["area"], entry["area_title"], Counter()))
        area.counts[entry["verdict"]] += 1
    return tuple(found.values())


def by_area(made: Document, width: int, paint: Paint) -> list[str]:
    """A line an area, and one for all of them; `paint` (text, verdict → text) colours a number."""
    rows = areas(made)
    if len(rows) > 1:
        rows = (*rows, Area("", SUM, sum((area.counts for area in rows), Counter())))
    given = [verdict for verdict in COLUMNS if any(area.counts[verdict] for area in rows)]
    codes = max((len(area.code) for area in rows), default=0)
    columns = {verdict: _columns_of(verdict, rows) for verdict in given}
    left = width - len(INDENT) - codes - sum(len(GAP) + wide for wide in columns.values())
    if left < 0:
        return [line for area in rows for line in _in_words(area, given, width)]
    titles = min(left, 1 + max(len(area.title) for area in rows)) if left > LEAST_TITLE else 0
    heading = "".join(f"{GAP}{_named(verdict):>{wide}}" for verdict, wide in columns.items())
    lines = [" " * (len(INDENT) + codes + titles) + heading]
    for area in rows:
        title = _cut(f" {area.title}", titles) if titles else ""
        numbers = "".join(
            f"{GAP}{'':{wide - len(number)}}{paint(number, verdict) if number else ''}"
            for verdict, wide in columns.items()
            for number in [str(area.counts[verdict] or "")]
        )
        lines.append(f"{INDENT}{area.code:<{codes}}{title:<{titles}}{numbers}".rstrip())
    return lines


def _columns_of(verdict: str, rows: Sequence[Area]) -> int:
    return max(len(_named(verdict)), *(len(str(area.counts[verdict])) for area in rows))


def _named(verdict: str) -> str:
    return ABBREVIATED.get(verdict, verdict)


def _cut(title: str, columns: int) -> str:
    return title if len(title) <= columns else f"{title[: columns - 1]}…"


def _in_words(area: Area, given: Sequence[str], width: int) -> list[str]:
    """What a table has no room for: "CK  14 pass, 1 fail", wrapped."""
    said = ", ".join(f"{area.counts[verdict]} {_named(verdict)}" for verdict in given if area.counts[verdict])
    opening = f"{INDENT}{area.code or SUM}{GAP}"
    return textwrap.wrap(
        f"{opening}{said}", width, subsequent_indent=INDENT * 3, break_on_hyphens=False, drop_whitespace=True
    )
