"""`eiospec report`: one page of stored reports, a column each.

The reports are read whole or not at all; nothing is judged again. The page says what was judged when they were
written.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from eiospec.plugin.ending import CONFORMS, USAGE
from eiospec.plugin.probing import Command
from eiospec.reports.columns import column_names
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.html import write_html
from eiospec.reports.model import Document, named, read_json

OUT = Path("eiospec-report") / "report.html"


def main(arguments: list[str]) -> int:
    """Write the page; 0 when it is there, 4 when a file is no whole report or cannot be written."""
    command = Command(
        "eiospec report",
        usage="eiospec report FILE … [--name FILE=NAME] [--out PAGE]\n",
        description="Make one page of stored reports (report.json), a column each, in the order they are given.",
        epilog="eiospec report old.json new.json --name old.json='4.7' --name new.json='4.8' --out page.html",
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a report.json, or its folder")
    command.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="FILE=NAME",
        help="what the column of FILE is called (default: its target's URL)",
    )
    command.add_argument(
        "--out", type=Path, default=OUT, metavar="PAGE", help=f"where the page goes (default: {OUT})"
    )
    given = command.parse_args(arguments)
    try:
        documents = labelled(given.files, given.name)
        written = write_html(documents, given.out)
    except ReportError as error:
        print(f"eiospec report: {visible(str(error))}", file=sys.stderr)
        return USAGE
    for file, name in zip(given.files, column_names(documents), strict=True):
        print(visible(f"{name}  ({file})"))
    print(f"\n  {visible(str(written))}")
    return CONFORMS


def labelled(files: Sequence[Path], labels: Sequence[str]) -> list[Document]:
    """The reports under the names of their columns; raises `ReportError`."""
    names = dict(_label(label, files) for label in labels)
    read = {file: read_json(file) for file in files}
    return [named(read[file], names[file]) if file in names else read[file] for file in files]


def _label(label: str, files: Sequence[Path]) -> tuple[Path, str]:
    """The file and the name of `FILE=NAME`; FILE may have a "=" of its own."""
    for file in files:
        name = label.removeprefix(f"{file}=").strip()
        if name and name != label.strip():
            return file, name
    path = label.rpartition("=")[0] or label
    close = difflib.get_close_matches(path, map(str, files), n=1, cutoff=0)
    raise ReportError(f"--name {label!r} names no column: write --name {close[0]}='my server 1.2'")
