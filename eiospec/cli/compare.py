"""`eiospec compare OLD.json NEW.json`: show what changed, with the exit code of a run with --compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eiospec.plugin.exit_codes import USAGE
from eiospec.plugin.terminal import width
from eiospec.reports.comparison import comparable, compared
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json
from eiospec.reports.terminal import comparison


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Show regressions, fixes, new and missing requirements from one report to another. "
        "The exit code is that of a run with --compare."
    )
    parser.add_argument("old", type=Path, metavar="OLD.json", help="the older report.json, or its folder")
    parser.add_argument("new", type=Path, metavar="NEW.json", help="the newer one")
    parser.add_argument(
        "--level", choices=("must", "should"), help="which findings fail (default: as in the newer run)"
    )


def run(given: argparse.Namespace, more: list[str]) -> int:  # noqa: ARG001
    """Print what changed; return 1 on regressions, or the exit code of the newer run if it was not judged."""
    try:
        old, new = comparable(read_json(given.old)), read_json(given.new)
    except ReportError as error:
        print(f"eiospec compare: {visible(str(error))}", file=sys.stderr)
        return USAGE
    level = given.level or new["options"].get("--level", "must")
    made = compared(new, old, should=level == "should")
    print(comparison(made, width=width(), colour=sys.stdout.isatty()), end="")
    return int(made["exit"]["code"])
