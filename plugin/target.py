"""Where the target of a run comes from: a URL, a command started for it, or the bundled server."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from eiospec.fixtures.target.url import Target, parse_target
from eiospec.plugin.options import Options


class TargetHolder:
    """The target, and what has to be stopped after the run."""

    def __init__(self, target: Target, running: ExitStack) -> None:
        self.target = target
        self._running = running

    @classmethod
    def given(cls, url: str) -> TargetHolder:
        """A target somebody else started."""
        return cls(parse_target(url), ExitStack())

    @classmethod
    def start(cls, options: Options) -> TargetHolder:
        """The target of these options, started if need be; raises pytest.UsageError when it will not start."""
        running = ExitStack()
        if options.target is None:
            from eiospec.fixtures.servers.reference import BackgroundServer

            return cls(parse_target(running.enter_context(BackgroundServer()).url), running)
        if options.serve:
            from eiospec.fixtures.target.serve import ServeError, serve

            try:
                running.enter_context(serve(options.serve, options.target.host, options.target.port))
            except ServeError as error:
                raise pytest.UsageError(f"--serve: {error}") from None
        return cls(options.target, running)

    def stop(self) -> None:
        """Stop what was started."""
        self._running.close()
