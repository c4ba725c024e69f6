"""`eiospec report`: make one page from stored reports, with a column for each. Nothing is judged again."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from eiospec.plugin.exit_codes import CONFORMS, USAGE
from eiospec.reports.columns import column_names
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.html import write_html
from eiospec.reports.model import Document, named, read_json

OUT = Path("eiospec-report") / "report.html"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.usage = "eiospec report FILE … [--name FILE=NAME] [--out PAGE]\n"
    parser.description = "Make one page from stored reports (report.json), with a column for each."
    parser.epilog = (
        "eiospec report old.json new.json --name old.json='4.7' --name new.json='4.8' --out page.html"
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a report.json, or its folder")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="FILE=NAME",
        help="title of the column of FILE (default: the target's URL)",
    )
    parser.add_argument(
        "--out", type=Path, default=OUT, metavar="PAGE", help=f"write the page to this file (default: {OUT})"
    )


def run(given: argparse.Namespace, more: list[str]) -> int:  # noqa: ARG001
    """Write the page; return 4 when a report cannot be read or the page cannot be written."""
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
    """Return the reports with the titles of their columns; raise `ReportError`."""
    names = dict(_label(label, files) for label in labels)
    read = {file: read_json(file) for file in files}
    return [named(read[file], names[file]) if file in names else read[file] for file in files]


def _label(label: str, files: Sequence[Path]) -> tuple[Path, str]:
    """Split `FILE=NAME`; FILE may contain "="."""
    for file in files:
        name = label.removeprefix(f"{file}=").strip()
        if name and name != label.strip():
            return file, name
    path = label.rpartition("=")[0] or label
    close = difflib.get_close_matches(path, map(str, files), n=1, cutoff=0)
    raise ReportError(f"--name {label!r} matches no file: write --name {close[0]}='my server 1.2'")
