"""What a user may have meant whose command pytest did not understand: the nearest option or command, in one line.

pytest reads the command line and knows options of every plugin; here are only ours, which are those people mistype.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import Any

from eiospec.plugin.options import add_options

# Words that begin a URL; an option was forgotten before it.
SCHEMES = ("http://", "https://", "ws://", "wss://")


class Recorder:
    """A parser and its groups, for which an option is a name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def getgroup(self, _name: str) -> Recorder:
        """The group of that name: all names are kept in one list."""
        return self

    def addoption(self, *names: str, **_attributes: object) -> None:
        """Keep the names."""
        self.names += names


def our_options() -> tuple[str, ...]:
    """The names of the options, as they are typed."""
    recorder: Any = Recorder()
    add_options(recorder)
    return tuple(recorder.names)


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
