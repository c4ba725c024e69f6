"""The evidence of a check: the exchanges that its observations handed out.

The plugin makes a `Recorder` for each check and opens it while the fixtures and the check run. Observations write to
the open recorder: an exchange that a check reads is *noted*, the subject of a failure is a *finding*, and a few
exchanges that represent many are a *sample*, which a finding replaces. With no recorder open, as in a probe, nothing
is recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TypeVar

from eiospec.wire.exchange import Exchange

Value = TypeVar("Value")


class Recorder:
    """The exchanges behind one check."""

    def __init__(self) -> None:
        self._noted: dict[str, Exchange] = {}
        self._findings: dict[str, Exchange] = {}
        self._samples: dict[str, Exchange] = {}

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Each exchange once, the most important last."""
        found: dict[str, Exchange] = {}
        for several in ({} if self._findings else self._samples, self._noted, self._findings):
            for id, exchange in several.items():
                found.pop(id, None)
                found[id] = exchange
        return tuple(found.values())

    def note(self, exchanges: tuple[Exchange, ...]) -> None:
        """Record exchanges that the check read."""
        self._noted.update((exchange.id, exchange) for exchange in exchanges)

    def find(self, exchanges: tuple[Exchange, ...]) -> None:
        """Record what a finding is about."""
        self._findings.update((exchange.id, exchange) for exchange in exchanges)

    def sample(self, exchanges: tuple[Exchange, ...]) -> None:
        """Record a few of many exchanges that the check read."""
        self._samples.update((exchange.id, exchange) for exchange in exchanges)


class _Open(threading.local):
    """The recorder that is open in this thread: probes run in another one."""

    recorder: Recorder | None = None


_open = _Open()


def record_into(recorder: Recorder | None) -> None:
    """Open a recorder, which closes the one before; None closes it only."""
    _open.recorder = recorder


@contextmanager
def recording() -> Iterator[Recorder]:
    """Open a recorder for a block."""
    before, recorder = _open.recorder, Recorder()
    record_into(recorder)
    try:
        yield recorder
    finally:
        record_into(before)


def note(*exchanges: Exchange) -> None:
    """Record exchanges that a check reads, if a recorder is open."""
    if _open.recorder is not None:
        _open.recorder.note(exchanges)


def find(*exchanges: Exchange) -> None:
    """Record what a finding is about, if a recorder is open."""
    if _open.recorder is not None:
        _open.recorder.find(exchanges)


def sample(*exchanges: Exchange) -> None:
    """Record a few of many exchanges that a check reads, if a recorder is open."""
    if _open.recorder is not None:
        _open.recorder.sample(exchanges)


def hand_out(observation: Value) -> Value:
    """Return an observation to a check, and record the exchanges in its fields.

    An observation of many exchanges has a property `sample`: exchanges that represent all, or none if it notes each one
    that a check reads.
    """
    if _open.recorder is not None:
        _record(observation, _open.recorder)
    return observation


def _record(value: object, recorder: Recorder) -> None:
    if isinstance(value, Exchange):
        recorder.note((value,))
    elif isinstance(value, tuple):
        for member in value:
            _record(member, recorder)
    elif hasattr(value, "sample"):
        recorder.sample(value.sample)
    elif is_dataclass(value):
        for field in fields(value):
            _record(getattr(value, field.name), recorder)
