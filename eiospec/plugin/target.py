"""The target of a run: a URL, a command that is started for the run, or the bundled server."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from eiospec.plugin.options import Options
from eiospec.target.serve import Served, ServeError, answers, pause, serve
from eiospec.target.url import Target, parse_target

# Seconds within which a running target accepts a connection.
REVIVAL = 2.0


class TargetHolder:
    """The target, and the server to stop after the run."""

    def __init__(self, target: Target, running: ExitStack, served: Served | None = None) -> None:
        self.target = target
        self._running = running
        self._served = served

    @classmethod
    def given(cls, url: str) -> TargetHolder:
        """Return a target that is running already."""
        return cls(parse_target(url), ExitStack())

    @classmethod
    def start(cls, options: Options) -> TargetHolder:
        """Start the target if necessary; raise pytest.UsageError when it does not start."""
        running = ExitStack()
        if options.target is None:
            from eiospec.fixtures.reference import BackgroundServer
            from eiospec.fixtures.reference.conformance import contract_options

            server = running.enter_context(BackgroundServer(contract_options()))
            return cls(parse_target(server.url), running)
        served = None
        if options.serve:
            host, port = options.target.host, options.target.port
            try:
                # Most servers take their port from PORT.
                served = running.enter_context(serve(options.serve, host, port, env={"PORT": str(port)}))
            except ServeError as error:
                raise pytest.UsageError(f"--serve: {error}") from None
        return cls(options.target, running, served)

    def revive(self) -> bool:
        """Restart the command if it has died; return False for a dead target that we did not start.

        A process that has stopped answering may take a moment to exit, so wait for it within bounds.
        """
        begun = time.monotonic()
        while not answers(self.target.host, self.target.port, REVIVAL):
            elapsed = time.monotonic() - begun
            if self._served is None or elapsed > REVIVAL:
                return False
            if self._served.ended() is not None:
                self._served.stop()
                self._served.start()
            else:
                time.sleep(pause(elapsed))
        return True

    def exit_notes(self) -> list[str]:
        """Return how the command of --serve has ended and its last output; nothing while it runs."""
        how = self._served.ended() if self._served is not None else None
        if self._served is None or how is None:
            return []
        return [f"--serve: {how}; its last output:", *(f"  | {line}" for line in self._served.last_lines)]

    def stop(self) -> None:
        """Stop the server, if we started it."""
        self._running.close()
