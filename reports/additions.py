"""What the target adds to its responses, for the document and in short lines for every report.

Names, attributes and values are the target's: they are masked, then cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eiospec.reports.masking import Mask
from eiospec.reports.text import count, cut
from eiospec.verdicts import Addition, Additions, Cell

Document = dict[str, Any]

# Characters of a name, of a form (attributes of a cookie, value of a field), and of a sentence.
NAME = 120
FORM = 200
SENTENCE = 600
# Rows of the page, for each target.
PAGE_ROWS = 15
# Words of a cell that a reader may not expect.
IRREGULAR = frozenset(
    {"some", "with Origin", "without Origin", "without a Cookie", "when returned", "depends on the Cookie"}
)
# Rows in the console and in markdown, and differences of each.
SHORT_ROWS = 8
SHORT_DIFFERENCES = 2


def additions_member(found: Additions, mask: Mask) -> Document:
    """Return the member `survey` of a document."""
    return {
        "responses": found.responses,
        "rows": [_row(addition, mask) for addition in found.rows],
        "more": found.more,
    }


def _row(addition: Addition, mask: Mask) -> Document:
    is_field = addition.what == "field"
    return {
        "what": addition.what,
        "name": cut(mask.text(addition.name), NAME),
        "role": addition.role,
        "behaviour": addition.behaviour,
        "evidence": addition.evidence,
        "forms": [
            cut(mask.field(addition.name, form) if is_field else mask.text(form), FORM)
            for form in addition.forms
        ],
        "more_forms": addition.more_forms,
        "responses": [_cell(cell) for cell in addition.cells],
        "differences": [
            {"sentence": cut(mask.text(one.sentence), SENTENCE), "exchanges": list(one.exchanges)}
            for one in addition.differences
        ],
    }


def _cell(cell: Cell) -> Document:
    return {
        "kind": cell.kind,
        "word": cell.word,
        "set": cell.set,
        "of": cell.of,
        "requests": [
            {
                "sent": one.sent,
                "origin": one.origin,
                "set": one.set,
                "of": one.of,
                "exchanges": list(one.exchanges),
            }
            for one in cell.requests
        ],
    }


def nothing_added(survey: Document) -> str:
    """Return the sentence about a target that adds nothing."""
    return f"No cookie or field beyond the protocol's was seen on {count(survey['responses'], 'response')}"


def survey_rows(made: Document) -> list[Document]:
    """Return the rows that the page shows."""
    return list(made["survey"]["rows"][:PAGE_ROWS]) if "survey" in made else []


def survey_size(made: Document) -> int:
    """Return how many cookies and fields were seen."""
    return len(made["survey"]["rows"]) + int(made["survey"]["more"]) if "survey" in made else 0


def irregular(word: str) -> bool:
    """Return whether responses of one kind differ in a way that a reader may not expect."""
    return word in IRREGULAR


def rows_to_show(survey: Document) -> list[Document]:
    """Return the rows that a summary shows: the session cookie only where responses differ."""
    return [row for row in survey["rows"] if not row["role"] or row["differences"]]


def short_lines(survey: Document) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, behaviour and differences of the first rows, and at the end how many are left out.

    Nothing is escaped.
    """
    rows = rows_to_show(survey)
    for row in rows[:SHORT_ROWS]:
        differences = [one["sentence"] for one in row["differences"][:SHORT_DIFFERENCES]]
        more = len(row["differences"]) - SHORT_DIFFERENCES
        if more > 0:
            differences.append(f"and {count(more, 'more difference')} in the report")
        yield row["name"], f"{row['role'] or row['what']}: {row['behaviour']}", differences
    left_out = survey["more"] + max(0, len(rows) - SHORT_ROWS)
    if left_out:
        yield "…", f"and {left_out:,} more in the report", []
