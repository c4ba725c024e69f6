"""Answers to wrong requests."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers
from eiospec.wire.exchange import Exchange

PROTOTYPE_NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty")
# What no field value has (RFC 9110 §5.5).
ODD_ORIGINS = {"a control character in Origin": "\x01", "a delete character in Origin": "\x7f"}


@dataclass(frozen=True, slots=True)
class Errors:
    """The answers by label."""

    answers: Answers

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def __getitem__(self, label: str) -> Answer:
        """The answer to that request; raises Blocked when the session it needs could not be had."""
        if label not in self.answers.all:
            raise Blocked(f"no working session was at hand for “{label}” (HS-001, HS-018)")
        return self.answers[label]


def refused_and_setting(answers: Answers, name: str) -> list[str]:
    """Labels of the answers with an error status that set a cookie of that name; they count as looked at."""
    found = [
        label
        for label, answer in answers.all.items()
        if answer.exchange.response
        and answer.status >= 400
        and not answer.opens_a_session
        and answer.cookies_named(name)
    ]
    for label in found:
        answers.looked_at.append(answers.all[label].exchange)
    return found


@dataclass(frozen=True, slots=True)
class Refusals:
    """The answers by label; the exchange keeps what followed a 101, if there was one.

    Of `ON_A_SESSION` there are only those whose session could be had.
    """

    answers: Answers

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def __getitem__(self, label: str) -> Answer:
        """The answer to that request; raises Blocked when the session it needs could not be had."""
        if label not in self.answers.all:
            raise Blocked(f"no session was at hand for “{label}” (HS-001)")
        return self.answers[label]

    def setting(self, name: str) -> list[str]:
        """Labels of the refused upgrades whose answer sets a cookie of that name."""
        return refused_and_setting(self.answers, name)
