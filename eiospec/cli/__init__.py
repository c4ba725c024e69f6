"""The `eiospec` command.

`eiospec [options]` tests a server: pytest on the installed suites, from any folder. `eiospec probe`, `eiospec report` …
are sub-commands, each in its own module.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from eiospec.cli.output import open_closed_streams, tolerate_closed_stdout
from eiospec.cli.parser import COMMANDS, hint, parse, parser
from eiospec.cli.run import judge
from eiospec.reports.escapes import visible

# The exit codes of an interrupted run, a failure of ours and a usage error.
INTERRUPTED, HARNESS, USAGE = 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    open_closed_streams()
    tolerate_closed_stdout()
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    if mistake := empty_value(given) or bad_addopts():
        print(f"ERROR: {visible(mistake)}", file=sys.stderr)
        return USAGE
    try:
        return _run(given)
    except KeyboardInterrupt:
        with suppress(Exception):
            print("eiospec: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if _follows_an_interrupt(error):
            return INTERRUPTED
        # Python would exit with 1, which means that the target does not conform.
        with suppress(Exception):
            traceback.print_exc()
        with suppress(Exception):
            print(f"eiospec failed ({type(error).__name__}): nothing was judged by this run", file=sys.stderr)
        return HARNESS


def _follows_an_interrupt(error: BaseException | None) -> bool:
    """Return whether an exception was raised while an interrupt was handled."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _run(given: list[str]) -> int:
    """Run the command, or the suites."""
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


def empty_value(arguments: Sequence[str]) -> str:
    """Return a sentence for the first empty argument, as from a variable that is not set; empty if there is none."""
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if argument.strip() and not (equals and name.startswith("--") and not value.strip()):
            continue
        option = name.strip() or (arguments[place - 1] if place else "")
        if option.startswith("-"):
            return f"{option} has an empty value (is a variable not set?): give it a value, or leave {option} out"
        return "an argument is empty (is a variable not set?): give it a value, or leave it out"
    return ""


def bad_addopts() -> str:
    """Return a sentence when pytest cannot split PYTEST_ADDOPTS into words; empty otherwise."""
    try:
        shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
    except ValueError as error:
        return f"PYTEST_ADDOPTS cannot be split into words: {error}"
    return ""
