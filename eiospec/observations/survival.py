"""Whether the target survives requests that may kill it."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.errors import NotApplicable
from eiospec.observations.answer import Answer, Answers, describe

DEAD = "the target died of an earlier probe, and only one started with --serve can be revived"


@dataclass(frozen=True, slots=True)
class Survival:
    """Answers by label.

    "afterwards, <label>" is the next handshake, with the same hooks and nothing to provoke them; "bystander, <label>"
    is a POST to a session that was open all the time.
    """

    answers: Answers

    def __getitem__(self, label: str) -> Answer:
        """Return the answer; raise NotApplicable when the target was dead before the request could be sent."""
        if label not in self.answers:
            raise NotApplicable(f"“{label}” was never requested: {DEAD}")
        return self.answers[label]

    def labelled(self, start: str) -> list[str]:
        """Return the labels that begin with `start`; raise NotApplicable without any."""
        found = [label for label in self.answers.all if label.startswith(start)]
        if not found:
            raise NotApplicable(f"“{start}” was never requested: {DEAD}")
        return found

    def casualties(self, label: str) -> list[str]:
        """Return the clients that got no 200 after that exchange, each with the answer it got."""
        served = {
            "the next handshake": self[f"afterwards, {label}"],
            "another session": self[f"bystander, {label}"],
        }
        return [
            f"{who}: {describe(answer.exchange)}"
            for who, answer in served.items()
            if answer.exchange.response is None or answer.exchange.response.status != 200
        ]
