"""The `eiospec` command.

`eiospec [options]` tests a server: pytest on the installed suites, from any folder. `eiospec probe`, `eiospec report` …
are sub-commands, each in its own module.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from eiospec.cli.output import tolerate_closed_stdout
from eiospec.cli.parser import COMMANDS, hint, parse, parser
from eiospec.cli.run import judge
from eiospec.reports.escapes import visible

# The exit code of a usage error.
USAGE = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    tolerate_closed_stdout()
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    command = COMMANDS.get(given[0]) if given else None
    if command is not None and command.parses_itself:
        return int(import_module(command.module).main(given[1:]))
    if command is not None:
        return int(import_module(command.module).run(*parse(given)))
    if given[:1] == ["run"]:
        del given[0]
    if {"-h", "--help"} & {*given}:
        print(parser().format_help(), end="")
        return 0
    code = judge(given)
    if code == USAGE and (advice := hint(given)):
        print(f"eiospec: {visible(advice)}", file=sys.stderr)
    return code
