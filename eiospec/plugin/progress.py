"""A line on the terminal that says how far a run is, and what is waited for while nothing comes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from eiospec.plugin.terminal import USUAL, counts_alone, loudness

# Seconds between two states of the line: often enough for the eye.
PACE = 0.2


class Progress:
    """Shows one line and takes it away again; silent where there is no terminal, or with -q.

    With -v the checks are counted by pytest's own lines, and ours says only what is waited for. pytest captures what
    is written while a check runs, so its capturing is suspended for the moment.
    """

    def __init__(self, config: pytest.Config, checks: int = 0) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._checks = checks
        self._judged = 0
        self._written = 0.0
        self._there = False
        reporter = self._reporter
        terminal = reporter is not None and bool(reporter.isatty) and os.environ.get("TERM") != "dumb"
        self.shown = terminal and loudness(config) >= USUAL
        self._counts = self.shown and counts_alone(config)

    def _uncaptured(self) -> AbstractContextManager[None]:
        if self._capture is None:
            return nullcontext()
        made: AbstractContextManager[None] = self._capture.global_and_fixture_disabled()
        return made

    def _rewrite(self, text: str) -> None:
        with self._uncaptured():
            # Asked while standard output is the terminal. One column stays free: when the last is taken, it wraps.
            columns = shutil.get_terminal_size().columns - 1
            shown = text if len(text) <= columns else f"{text[: columns - 2]} …"
            self._reporter.rewrite(shown.ljust(columns))
            self._reporter.flush()
        self._there = True

    def _far(self) -> str:
        return f"{self._judged} of {self._checks} checks" if self._checks else f"{self._judged} checks"

    def judged(self) -> None:
        """One check more has its verdict."""
        self._judged += 1
        if self._counts and time.monotonic() - self._written > PACE:
            self._written = time.monotonic()
            self._rewrite(self._far())

    def watch(self, wait: Callable[[float], bool], under_way: Callable[[], Iterable[str]]) -> None:
        """Wait until `wait` (seconds → whether it is over) says so, and name what is under way."""
        if not self.shown or wait(PACE):
            return
        if not self._counts:
            with self._uncaptured():
                self._reporter.ensure_newline()
        far = f"{self._far()}; " if self._counts else ""
        while not wait(PACE):
            names = tuple(under_way())
            what = "a conversation" if len(names) == 1 else f"{len(names)} conversations"
            self._rewrite(f"{far}waiting for {what}: {', '.join(names)}")
        self.clear()

    def clear(self) -> None:
        """Take the line away, if it is there."""
        if self._there:
            self._rewrite("")
            with self._uncaptured():
                self._reporter.rewrite("")
            self._there = False
