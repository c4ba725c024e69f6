"""Terminal output of a run: verbosity, width and colour.

pytest prints a line a file, a letter a test and how many tests passed, but nothing about the target. A run is
therefore as quiet as with -qq for pytest's own reporter, and prints its own summary. -v shows pytest's lines as well.
"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

VERBOSE, USUAL, QUIET, TERSE = 1, 0, -1, -2
# Columns when the terminal does not tell its width, and at most: longer lines are hard to read.
UNKNOWN_WIDTH, WIDEST = 100, 110


def width() -> int:
    """Return the columns for our text."""
    return min(shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns, WIDEST)


class Terminal:
    """The terminal of one run. `verbosity` is what the user gave: 1 and more for -v, -1 and less for -q."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.verbosity = config.get_verbosity()

    def quieten_pytest(self) -> None:
        """Let pytest's own reporter print only its errors, except with -v."""
        option = self._config.option
        if self.verbosity < VERBOSE:
            option.verbose = min(self.verbosity, TERSE)
        # Our summary says what failed and why; pytest's own would repeat it with tracebacks.
        option.tbstyle = "no"
        if option.reportchars == "fE":
            option.reportchars = ""

    @property
    def reporter(self) -> Any:
        """pytest's own reporter, None with `-p no:terminal`."""
        return self._config.pluginmanager.get_plugin("terminalreporter")

    @property
    def prints_tests(self) -> bool:
        """True when pytest prints a line for each test."""
        return self._config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES) >= VERBOSE

    @property
    def is_on(self) -> bool:
        """True unless nothing is to be printed: -qqq, or no reporter."""
        return self.reporter is not None and self.verbosity >= TERSE

    @property
    def coloured(self) -> bool:
        """True when pytest uses colours: it obeys NO_COLOR, FORCE_COLOR and --color."""
        return bool(getattr(self.reporter, "hasmarkup", False))

    def write(self, text: str) -> None:
        """Write whole lines."""
        if self.is_on:
            self.reporter.write(text, flush=True)
