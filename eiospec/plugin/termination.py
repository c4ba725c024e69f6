"""SIGTERM and SIGHUP end a run as Ctrl-C does: its sessions are closed, its reports written, its server stopped."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# Subprocesses that judge one target each. Unlike Ctrl-C, these signals do not reach them.
RUNNING: set[subprocess.Popen[bytes]] = set()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # a second one would interrupt the cleanup
    for process in tuple(RUNNING):
        with suppress(OSError):
            process.send_signal(number)
    raise KeyboardInterrupt(signal.Signals(number).name)


def drop_entries_without_line(traceback: TracebackType | None) -> None:
    """Remove the entries that have no line number, except the first.

    A signal may interrupt CPython at an instruction that belongs to no line, and pytest fails to print such an entry.
    """
    while traceback is not None and (following := traceback.tb_next) is not None:
        line: int | None = following.tb_lineno
        if line is None:
            traceback.tb_next = following.tb_next
        else:
            traceback = following


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Turn the signals into KeyboardInterrupt while the block runs, except those that are ignored (nohup)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, _end)
        yield
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)
