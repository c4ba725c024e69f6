"""`eiospec compare OLD.json NEW.json`: two stored reports, in the words and with the exit code of a run with --compare."""

from __future__ import annotations

import sys
from pathlib import Path

from eiospec.plugin.ending import USAGE
from eiospec.plugin.probing import Command
from eiospec.plugin.terminal import width
from eiospec.reports.comparison import comparable, compared
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json
from eiospec.reports.terminal import comparison


def main(arguments: list[str]) -> int:
    """Print what changed; 1 when something regressed, else the exit code of the newer run if it was not judged."""
    command = Command(
        "eiospec compare",
        description="What regressed, what was fixed, what is new and what is gone from one report to another. "
        "The exit code is that of a run with --compare.",
    )
    command.add_argument("old", type=Path, metavar="OLD.json", help="the older report.json, or its folder")
    command.add_argument("new", type=Path, metavar="NEW.json", help="the newer one")
    command.add_argument(
        "--level", choices=("must", "should"), help="what fails (default: what the newer run was asked)"
    )
    given = command.parse_args(arguments)
    try:
        old, new = comparable(read_json(given.old)), read_json(given.new)
    except ReportError as error:
        print(f"eiospec compare: {visible(str(error))}", file=sys.stderr)
        return USAGE
    level = given.level or new["options"].get("--level", "must")
    made = compared(new, old, should=level == "should")
    print(comparison(made, width=width(), colour=sys.stdout.isatty()), end="")
    return int(made["exit"]["code"])
