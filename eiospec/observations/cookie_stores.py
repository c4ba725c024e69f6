"""Sessions of a client with a cookie store."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.observations.answer import Answer, Answers
from eiospec.observations.handshake import Handshake


@dataclass(frozen=True, slots=True)
class Jar:
    """`first` and `second` are the handshakes; `returned` is the Cookie field the store makes for a poll, a POST
    and an upgrade of the first session, before the second was opened; `alone` is a message of the first session
    at that time; `answers` are by label."""

    first: Handshake
    second: Handshake
    returned: dict[str, str]
    rejected: tuple[str, ...]
    alone: Answer
    answers: Answers
    crossed: bool
    answered: bool

    def __getitem__(self, label: str) -> Answer:
        return self.answers[label]


@dataclass(frozen=True, slots=True)
class StoreSession:
    """The answers in order, and the Cookie field each request carried."""

    answers: tuple[Answer, ...]
    sent: tuple[str, ...]
