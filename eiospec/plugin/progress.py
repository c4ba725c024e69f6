"""The progress line on a terminal: how many checks are judged, and what the run waits for."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from eiospec.plugin.terminal import USUAL, Terminal

# Seconds between two updates of the line.
PACE = 0.2


class Progress:
    """Shows one line and removes it again; silent without a terminal, or with -q.

    With -v pytest's own lines count the checks, and ours shows only what the run waits for. pytest captures output
    while a check runs, so capturing is suspended while the line is written.
    """

    def __init__(self, config: pytest.Config, terminal: Terminal, checks: int = 0) -> None:
        self._reporter = terminal.reporter
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._checks = checks
        self._judged = 0
        self._written = 0.0
        self._there = False
        reporter = self._reporter
        can_rewrite = reporter is not None and bool(reporter.isatty) and os.environ.get("TERM") != "dumb"
        self.shown = can_rewrite and terminal.verbosity >= USUAL
        self._counts = self.shown and not terminal.prints_tests

    def _uncaptured(self) -> AbstractContextManager[None]:
        if self._capture is None:
            return nullcontext()
        made: AbstractContextManager[None] = self._capture.global_and_fixture_disabled()
        return made

    def _rewrite(self, text: str) -> None:
        with self._uncaptured():
            # The last column stays free: some terminals wrap when it is written.
            columns = shutil.get_terminal_size().columns - 1
            shown = text if len(text) <= columns else f"{text[: columns - 2]} …"
            self._reporter.rewrite(shown.ljust(columns))
            self._reporter.flush()
        self._there = True

    def _count(self) -> str:
        return f"{self._judged} of {self._checks} checks" if self._checks else f"{self._judged} checks"

    def judged(self) -> None:
        """Count one more check."""
        self._judged += 1
        if self._counts and time.monotonic() - self._written > PACE:
            self._written = time.monotonic()
            self._rewrite(self._count())

    def watch(self, wait: Callable[[float], bool], under_way: Callable[[], Iterable[str]]) -> None:
        """Call `wait` with a timeout until it returns True, and show the names of `under_way`."""
        if not self.shown or wait(PACE):
            return
        if not self._counts:
            with self._uncaptured():
                self._reporter.ensure_newline()
        count = f"{self._count()}; " if self._counts else ""
        while not wait(PACE):
            names = tuple(under_way())
            what = "a conversation" if len(names) == 1 else f"{len(names)} conversations"
            self._rewrite(f"{count}waiting for {what}: {', '.join(names)}")
        self.clear()

    def clear(self) -> None:
        """Remove the line, if it is there."""
        if self._there:
            self._rewrite("")
            with self._uncaptured():
                self._reporter.rewrite("")
            self._there = False
