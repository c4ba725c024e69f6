"""Whether the target survives what may kill it."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.errors import NotApplicable
from eiospec.observations.answer import Answer, Answers, describe
from eiospec.wire.exchange import Exchange

DEAD = "the target died of an earlier probe, and only one started with --serve can be revived"


@dataclass(frozen=True, slots=True)
class Survival:
    """What was answered, by label; "afterwards, <label>" is the handshake that followed, with the same hooks but
    nothing to provoke them, and "bystander, <label>" a POST to a session that was open all the while."""

    answers: Answers

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def __getitem__(self, label: str) -> Answer:
        """The answer; NotApplicable when the target had died before, of this very conversation: it said so then."""
        if label not in self.answers.all:
            raise NotApplicable(f"“{label}” was never asked: {DEAD}")
        return self.answers[label]

    def labelled(self, start: str) -> list[str]:
        """The labels that begin so; NotApplicable when there is none."""
        found = [label for label in self.answers.all if label.startswith(start)]
        if not found:
            raise NotApplicable(f"“{start}” was never asked: {DEAD}")
        return found

    def casualties(self, label: str) -> list[str]:
        """Who was not served any more after that exchange, with what they got instead."""
        served = {
            "the next handshake": self[f"afterwards, {label}"],
            "another session": self[f"bystander, {label}"],
        }
        return [
            f"{who}: {describe(answer.exchange)}"
            for who, answer in served.items()
            if answer.exchange.response is None or answer.exchange.response.status != 200
        ]
