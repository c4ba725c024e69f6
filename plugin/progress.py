"""A line on the terminal that says what is waited for, while a check waits for a conversation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

WIDEST = 100  # characters


class Progress:
    """Shows one line and takes it away again; silent where there is no terminal, or with -q.

    pytest captures what is written while a check runs, so its capturing is suspended for the moment.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        reporter = self._reporter
        self.shown = reporter is not None and bool(reporter.isatty) and config.get_verbosity() >= 0

    def _uncaptured(self) -> AbstractContextManager[None]:
        if self._capture is None:
            return nullcontext()
        made: AbstractContextManager[None] = self._capture.global_and_fixture_disabled()
        return made

    def watch(self, wait: Callable[[float], bool], under_way: Callable[[], tuple[str, ...]]) -> None:
        """Wait until `wait` (seconds → whether it is over) says so, and name what is under way."""
        if not self.shown or wait(0.2):
            return
        with self._uncaptured():
            self._reporter.ensure_newline()
        while not wait(0.2):
            names = under_way()
            what = "a conversation" if len(names) == 1 else f"{len(names)} conversations"
            with self._uncaptured():
                self._reporter.rewrite(f"waiting for {what}: {', '.join(names)}"[:WIDEST], erase=True)
        with self._uncaptured():
            self._reporter.rewrite("", erase=True)
            self._reporter.write("\r", flush=True)
