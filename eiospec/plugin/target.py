"""Where the target of a run comes from: a URL, a command started for it, or the bundled server."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from eiospec.plugin.options import Options
from eiospec.target.serve import Served, ServeError, answers, pause, serve
from eiospec.target.url import Target, parse_target

# Seconds within which a living target accepts a connection.
REVIVAL = 2.0


class TargetHolder:
    """The target, and what has to be stopped after the run."""

    def __init__(self, target: Target, running: ExitStack, served: Served | None = None) -> None:
        self.target = target
        self._running = running
        self._served = served

    @classmethod
    def given(cls, url: str) -> TargetHolder:
        """A target somebody else started."""
        return cls(parse_target(url), ExitStack())

    @classmethod
    def start(cls, options: Options) -> TargetHolder:
        """The target of these options, started if need be; raises pytest.UsageError when it will not start."""
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
                # PORT is how most servers are told where to listen; one that knows already does not mind.
                served = running.enter_context(serve(options.serve, host, port, env={"PORT": str(port)}))
            except ServeError as error:
                raise pytest.UsageError(f"--serve: {error}") from None
        return cls(options.target, running, served)

    def revive(self) -> bool:
        """Start the command anew if it has died; False when the target is dead and is not ours to start.

        A process that stopped answering may still be about to end, so its end is waited for, within bounds.
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

    def last_words(self) -> list[str]:
        """How the command started for this run has ended, and what it printed last; nothing while it serves."""
        how = self._served.ended() if self._served is not None else None
        if self._served is None or how is None:
            return []
        return [f"--serve: {how}; its last output:", *(f"  | {line}" for line in self._served.last_lines)]

    def stop(self) -> None:
        """Stop what was started."""
        self._running.close()
