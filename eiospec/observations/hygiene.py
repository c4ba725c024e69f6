"""Answers to raw HTTP requests."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.observations.answer import Answer, Answers
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Hygiene:
    """The answers by label."""

    answers: Answers

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def __getitem__(self, label: str) -> Answer:
        return self.answers[label]
