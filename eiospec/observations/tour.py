"""Polling sessions whose requests carry different Cookie fields."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.upgrading import Journey
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Tour:
    """The stops of a tour: "<stop>: post" and "<stop>: poll" by name; `answered` are the stops X came back on.

    `strayed` tells that a stimulus posted with another session's cookie was answered in that other session.
    """

    answers: Answers
    answered: frozenset[str]
    layer: str
    strayed: bool
    journeys: dict[str, Journey]

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def post(self, stop: str) -> Answer:
        """The answer to the POST of a stop; raises Blocked when the tour did not make it."""
        return self._at(f"{stop}: post")

    def poll(self, stop: str) -> Answer:
        """The answer to the poll of a stop; raises Blocked when the tour did not make it."""
        return self._at(f"{stop}: poll")

    def labelled(self, kind: str) -> tuple[Answer, ...]:
        """Every answered POST or poll of the tour."""
        found = [label for label in self.answers.all if label.endswith(f": {kind.lower()}")]
        return tuple(
            self.answers[label] for label in found if self.answers.all[label].exchange.response is not None
        )

    def refused_poll(self, stop: str) -> bool:
        """True when the poll of a stop was answered 4xx. A poll left open is none: there may be nothing to deliver."""
        answer = self.poll(stop)
        return answer.exchange.response is not None and answer.refused

    def _at(self, label: str) -> Answer:
        if label not in self.answers.all:
            raise Blocked(f"the session did not get as far as “{label}”")
        return self.answers[label]

    def polls(self) -> tuple[Answer, ...]:
        """Every poll that was answered with 200."""
        found = [self.answers.all[label] for label in self.answers.all if label.endswith(": poll")]
        return tuple(
            answer for answer in found if answer.exchange.response and answer.exchange.response.status == 200
        )
