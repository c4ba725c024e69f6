"""Results that are kept in a repository: a file a row, and the page and the tables made of all of them.

A run renews the files of the rows it judged and leaves the others, so that a row whose compiler is not at hand
keeps what was found elsewhere. `docs/matrix.html` and `docs/matrix.md` are made of the files alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from eiospec.matrix.judging import State
from eiospec.matrix.results import Shown, as_markdown, as_page, in_order
from eiospec.matrix.trimming import found_in, trimmed
from eiospec.reports.files import ReportError, write_text

FORMAT = "eiospec matrix row"
MEMBERS = ("name", "title", "language", "versions", "remark", "day", "tool", "reason")
PREFACE = """# The matrix

What eiospec finds in real servers, each running the [contract](contract.md) as far as its library has the parts. The
[page](matrix.html) has every requirement, and the octets of what is wrong; [findings](findings.md) says it in words,
with lines that reproduce it. Made by `eiospec matrix --publish docs`; do not edit.

"""


def stored(row: Shown) -> str:
    """The file of a row."""
    kept = {key: getattr(row, key) for key in MEMBERS}
    made = {"format": FORMAT, **kept, "versions": dict(row.versions), "state": row.state.value}
    return json.dumps(made | {"report": row.document}, ensure_ascii=False, separators=(",", ":")) + "\n"


def restored(path: Path) -> Shown:
    """The row of a file; raises ReportError."""
    try:
        made = json.loads(path.read_bytes())
        if made["format"] != FORMAT:
            raise ValueError("another format")
        about = {key: made[key] for key in MEMBERS}
        return Shown(**about, state=State(made["state"]), document=made["report"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"{path} holds no row of the matrix: {error}; delete it, or judge the row again"
        ) from None


def publish(rows: Iterable[Shown], docs: Path) -> list[Path]:
    """Renew the files of these rows in `docs/matrix`, and make the page and the tables anew. Raises ReportError."""
    folder = docs / "matrix"
    fresh = {row.name: row for row in rows}
    kept = {path.stem: restored(path) for path in folder.glob("*.json") if path.stem not in fresh}
    everything = in_order((kept | fresh).values())
    differing = found_in(row.document for row in everything if row.document is not None)
    written = []
    for row in list(fresh.values()):
        small = trimmed(row.document, differing) if row.document else None
        fresh[row.name] = replace(row, document=small)
        written.append(write_text(folder / f"{row.name}.json", stored(fresh[row.name])))
    everything = in_order((kept | fresh).values())
    pages = {"matrix.html": as_page(everything), "matrix.md": PREFACE + as_markdown(everything)}
    return [*written, *(write_text(docs / name, text) for name, text in pages.items() if text)]
