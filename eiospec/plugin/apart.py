"""Several runs of one command at the same time, each in a process of its own, forked when every check is collected.

Collecting imports all there is, which takes longer than to judge a server: it is done once. And as the first thing a
run does is its first control exchange, its round trip is measured while nobody computes yet.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from eiospec.plugin import hooks, outcomes
from eiospec.plugin.again import once_more
from eiospec.plugin.ending import CONFORMS, HARNESS, INTERRUPTED, USAGE
from eiospec.plugin.folder import JUNIT
from eiospec.plugin.github import elsewhere
from eiospec.plugin.options import OPTIONS, read_options
from eiospec.wire.http import prepare

# Runs at a time; more would only be in each other's way.
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Order:
    """One run: the URL of its target, the folder of its reports, and the JUnit file if one was asked for."""

    url: str
    report: Path
    junit: Path | None = None


def judge_apart(
    arguments: Sequence[str], orders: Sequence[Order], ended: Callable[[Order, int], None]
) -> int:
    """Hold the runs, silent but for errors; `ended` hears of each, with its exit code, as it ends.

    Gives back what became of it beside their own exit codes: 0, or that they were interrupted, or never begun.
    """
    first = orders[0]  # stands for all while they are one process
    given = once_more(arguments, "--one-target", first.url, "--report", str(first.report))
    parting = Parting(orders, ended)
    code = HARNESS
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as silence, redirect_stdout(silence):
            code = int(pytest.main(given, [parting]))
    finally:
        if parting.is_run:
            _leave(code)
    return code if code in (INTERRUPTED, USAGE, HARNESS) else CONFORMS


def _leave(code: int) -> NoReturn:
    """End a run's process, which is not to go on with what its parent does."""
    sys.stderr.flush()
    os._exit(code)


class Parting:
    """A pytest plugin: a session that ends its collection and goes on in a process for each order."""

    def __init__(self, orders: Sequence[Order], ended: Callable[[Order, int], None]) -> None:
        self._orders = deque(orders)
        self._ended = ended
        # True in a process of a run.
        self.is_run = False

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """This process collects, and begins no run; nor do its workers: a target has a process already."""
        config.option.collectonly = True
        config.option.dist, config.option.numprocesses, config.option.tx = "no", None, []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Until every run has ended; in a run's process, the loop goes on."""
        asyncio.run(prepare())
        gc.collect()
        gc.freeze()  # what the runs share is not copied because the garbage collector looks at it
        under_way: dict[int, Order] = {}
        interrupted = False
        while self._orders or under_way:
            while self._orders and len(under_way) < AT_ONCE:
                order = self._orders.popleft()
                process = os.fork()
                if process == 0:
                    return self._begin(session, order)
                under_way[process] = order
            try:
                process, status = os.wait()
            except KeyboardInterrupt:
                # They heard it, too, and each still has a target to take leave of.
                interrupted = True
                self._orders.clear()
                continue
            if process in under_way:
                code = os.waitstatus_to_exitcode(status)
                # Killed by a signal is none of our exit codes.
                self._ended(under_way.pop(process), code if code >= 0 else HARNESS)
        if interrupted:
            raise KeyboardInterrupt
        return True

    def _begin(self, session: pytest.Session, order: Order) -> bool | None:
        """What a session does before it collects, done late: the target is known, and the run begins."""
        self.is_run = True
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(silence, stream)
        for name in os.environ.keys() - elsewhere().keys():
            del os.environ[name]
        option = session.config.option
        option.one_target, option.report = order.url, str(order.report)
        session.config.stash[JUNIT] = order.junit
        return begin_late(session)


def begin_late(session: pytest.Session) -> bool | None:
    """What a session does before it collects, done after it: read the options, find the target, and begin the run."""
    session.config.option.collectonly = False
    session.config.stash[OPTIONS] = read_options(session.config)
    hooks.pytest_sessionstart(session)
    outcomes.pytest_collection(session)
    return hooks.pytest_runtestloop(session)
