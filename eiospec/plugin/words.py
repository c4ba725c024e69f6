"""The words of the command line: our options on one screen, and what was meant by a command nobody understood.

pytest reads the command line and knows the options of every plugin; here are only ours, which are those people look
for and mistype.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eiospec.plugin.options import add_options

USAGE = "eiospec [--target URL] [options]"
PYTEST = """\
pytest's own options work, too: -k WORD, -x, --lf, -n 2, -v, -q, --junitxml FILE, --alluredir DIR.
All of them: pytest --help. Exit codes: 0 conforms, 1 does not, 2 interrupted, 3 the suite failed,
4 usage, 5 nothing was judged, 6 the target was unreachable or lost."""
# Words that begin a URL; an option was forgotten before it.
SCHEMES = ("http://", "https://", "ws://", "wss://")


class Groups(argparse.ArgumentParser):
    """argparse under the names that pytest gives its own: what registers options there can register them here."""

    def getgroup(self, name: str) -> Group:
        """The options of that name stand together."""
        return Group(self.add_argument_group(name.removeprefix("eiospec: ")))


@dataclass(frozen=True, slots=True)
class Group:
    """One group of options."""

    group: argparse._ArgumentGroup

    def addoption(self, *names: str, **attributes: Any) -> None:
        """One option."""
        self.group.add_argument(*names, **attributes)


def our_parser() -> Groups:
    """A parser of our options alone."""
    parser = Groups("eiospec", usage=USAGE, add_help=False, formatter_class=Formatter)
    ours: Any = parser
    add_options(ours)
    return parser


class Formatter(argparse.HelpFormatter):
    """Room for our longest option on one line with what it does."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def help_text(commands: Mapping[str, str]) -> str:
    """`eiospec --help`: our options, and the commands beside a run with what each does."""
    widest = max(map(len, commands))
    beside = "\n".join(f"  eiospec {name:<{widest}}  {does}" for name, does in commands.items())
    return f"{our_parser().format_help()}\ncommands beside a run:\n{beside}\n\n{PYTEST}\n"


def our_options() -> tuple[str, ...]:
    """The names of the options, as they are typed."""
    return tuple(name for action in our_parser()._actions for name in action.option_strings)


def hint(arguments: Sequence[str], commands: Collection[str]) -> str:
    """One line about the first argument that looks like a mistake; empty when none does."""
    ours = our_options()
    for place, argument in enumerate(arguments):
        name = argument.partition("=")[0]
        before = arguments[place - 1] if place else ""
        if argument.startswith(SCHEMES) and not before.startswith("-"):
            return f"did you mean --target {argument} ?"
        if place == 0 and not name.startswith("-"):
            close = difflib.get_close_matches(name, commands, n=1)
            return f"did you mean eiospec {close[0]}?" if close else ""
        if name.startswith("--") and name not in ours:
            close = difflib.get_close_matches(name, ours, n=1, cutoff=0.7)
            if close:
                return f"did you mean {close[0]}?"
    return ""
