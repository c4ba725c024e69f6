"""The argument parser of `eiospec`: its help, its sub-commands, and hints for mistyped options.

A run is parsed by pytest, which knows the options of all its plugins. This parser has our options, for the help and
for the hints, and the sub-commands.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from eiospec.plugin.options import ALL, GROUPS
from eiospec.target.url import without_credentials

PYTEST = """\
pytest's own options work as well: -k WORD, -x, --lf, -n 2, -v, -q, --junitxml FILE, --alluredir DIR
(all of them: pytest --help). Exit codes: 0 conforms, 1 does not conform, 2 interrupted, 3 the suite
failed, 4 usage error, 5 nothing was judged, 6 the target was unreachable or lost."""
SCHEMES = ("http://", "https://", "ws://", "wss://")


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command.

    Its module has `configure(parser)` and `run(namespace, more) -> exit code`, where `more` are unknown arguments, or
    just `main(arguments)` if it `parses_itself`. `takes_run_options`: options of a run are allowed as well.
    """

    module: str
    help: str
    parses_itself: bool = False
    takes_run_options: bool = False


COMMANDS = {
    "probe": Command("eiospec.cli.probe", "write a first profile of a server, with the evidence"),
    "baseline": Command("eiospec.cli.baseline", "update a file of known deviations", takes_run_options=True),
    "report": Command("eiospec.cli.report", "make one page from stored reports"),
    "compare": Command("eiospec.cli.compare", "show what changed between two stored reports"),
    "contract": Command("eiospec.cli.contract", "print the contract for conformance apps"),
    "matrix": Command("eiospec.matrix.command", "test the real servers of the checkout", parses_itself=True),
    "prove": Command(
        "eiospec.proof.prove", "test the suite against its catalogue of faults", parses_itself=True
    ),
}


class Parser(argparse.ArgumentParser):
    """Exits with 4 on a usage error, as a run does."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit."""
        self.exit(4, f"{self.format_usage()}{self.prog}: {message}\n")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Wide enough for an option and its help on one line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)

    def _format_action(self, action: argparse.Action) -> str:
        """Return the sub-commands without the empty line that argparse has for their metavar."""
        text = super()._format_action(action)
        if isinstance(action, argparse._SubParsersAction):
            text = "".join(line.removeprefix("  ") for line in text.splitlines(keepends=True)[1:])
        return text


def parser(command: str = "") -> Parser:
    """Return the parser of `eiospec`, with the arguments of one sub-command."""
    made = Parser(
        "eiospec",
        usage="eiospec [--target URL] [options]\n       eiospec COMMAND --help",
        epilog=PYTEST,
        add_help=False,
        formatter_class=_Formatter,
    )
    for title, options in GROUPS.items():
        group = made.add_argument_group(title)
        for option in options:
            group.add_argument(option.name, **option.keywords)
    commands = made.add_subparsers(
        title="commands", prog="eiospec", metavar="", dest="command", parser_class=Parser
    )
    for name, about in COMMANDS.items():
        sub = commands.add_parser(name, help=about.help, allow_abbrev=not about.takes_run_options)
        if name == command:
            import_module(about.module).configure(sub)
            sub.set_defaults(parser=sub)
    return made


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the arguments of a sub-command, and the options of a run that follow; exit on a usage error."""
    name = arguments[0]
    namespace, more = parser(name).parse_known_args(arguments)
    if more and not COMMANDS[name].takes_run_options:
        namespace.parser.error(f"unrecognized arguments: {' '.join(more)}")
    return namespace, more


def hint(arguments: Sequence[str]) -> str:
    """Return advice about the first argument that looks like a mistake; empty if none does."""
    names = [option.name for option in ALL]
    for place, argument in enumerate(arguments):
        name = argument.partition("=")[0]
        before = arguments[place - 1] if place else ""
        if argument.startswith(SCHEMES) and not before.startswith("-"):
            return f"did you mean --target {without_credentials(argument)} ?"
        if place == 0 and not name.startswith("-"):
            close = difflib.get_close_matches(name, COMMANDS, n=1)
            return f"did you mean eiospec {close[0]}?" if close else ""
        if name.startswith("--") and name not in names:
            close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
            if close:
                return f"did you mean {close[0]}?"
    return ""
