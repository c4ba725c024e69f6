"""Polling sessions whose requests carry different Cookie fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.answer import Answer, Answers
from eiospec.observations.evidence import hand_out
from eiospec.observations.upgrading import OddCookieSession


@dataclass(frozen=True, slots=True)
class Tour:
    """A tour with several stops, each with one kind of Cookie field.

    `answers` has "<stop>: post" and "<stop>: poll"; `answered` are the stops whose stimulus was answered. `strayed` is
    true when a stimulus posted with the cookie of another session was answered in that session.
    """

    answers: Answers
    answered: frozenset[str]
    layer: str
    strayed: bool
    journeys: Mapping[str, OddCookieSession]

    def post(self, stop: str) -> Answer:
        """Return the answer to the POST of a stop; raise Blocked when the tour did not get there."""
        return self.answers[f"{stop}: post"]

    def poll(self, stop: str) -> Answer:
        """Return the answer to the poll of a stop; raise Blocked when the tour did not get there."""
        return self.answers[f"{stop}: poll"]

    def journey(self, stop: str) -> OddCookieSession:
        """Return the handshakes and the upgrade with the Cookie field of a stop."""
        return hand_out(self.journeys[stop])

    def labelled(self, kind: str) -> tuple[Answer, ...]:
        """Return every answered POST or poll of the tour."""
        found = [label for label in self.answers.all if label.endswith(f": {kind.lower()}")]
        return tuple(
            self.answers[label] for label in found if self.answers.all[label].exchange.response is not None
        )
