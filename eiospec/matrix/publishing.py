"""Results that a repository keeps: a data file, the tables made from it, and the page that can be made from it.

Publishing replaces the rows that were judged and keeps the others, so that a row whose compiler is missing here keeps
the result of another machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from eiospec.matrix.results import Shown, as_markdown, as_page, in_order
from eiospec.matrix.store import pack, read, unpack, written
from eiospec.reports.files import ReportError, write_text

DATA, TABLES, PAGE = "matrix.json", "matrix.md", "matrix.html"
PREFACE = """# The matrix

What eiospec finds in real servers, each running the [contract](contract.md) as far as its library supports it. The
[findings](findings.md) explain what is wrong, with commands that reproduce it. [matrix.json](matrix.json) has the octets
of each finding: `eiospec matrix --page docs/matrix.json` makes a page from it. Written by `eiospec matrix --publish docs`;
do not edit.

"""


def publish(rows: Iterable[Shown], docs: Path) -> list[Path]:
    """Update these rows in `docs/matrix.json`, and `docs/matrix.md`. Raise ReportError."""
    path = docs / DATA
    older = unpack(read(path)) if path.exists() else []
    everything = {row.name: row for row in (*older, *rows)}
    matrix = pack(everything.values())
    tables = PREFACE + as_markdown(unpack(matrix))
    return [write_text(path, written(matrix)), write_text(docs / TABLES, tables)]


def write(rows: Sequence[Shown], out: Path) -> list[Path]:
    """Write the page, the tables and the data of a run. The reports of each row are in their own folder."""
    files = {PAGE: as_page(rows), TABLES: as_markdown(rows), DATA: written(pack(rows))}
    return [write_text(out / name, text) for name, text in files.items() if text]


def write_page(data: Path, out: Path) -> Path:
    """Make the page from a data file. Raise ReportError."""
    page = as_page(in_order(unpack(read(data))))
    if not page:
        raise ReportError(f"{data} has no judged row: there is nothing to show")
    return write_text(out / PAGE, page)
