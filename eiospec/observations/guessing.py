"""Answers to clients that guess or choose a session id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.handshake import Handshake
from eiospec.observations.hostile import ACCEPTED_AND_CLOSED, REFUSED, reception
from eiospec.wire.exchange import Exchange

CHOSEN_SID = "eiospecChosenByParameter0"


def another(letter: str) -> str:
    """A character beside this one: in base64 only its lowest bit differs."""
    return chr(ord(letter) ^ 1) if letter.isalnum() and chr(ord(letter) ^ 1).isalnum() else "x"


# What one character of an id can be changed to; those that leave an id as it is are not asked.
CHANGES: Mapping[str, Callable[[str], str]] = {
    "first character changed": lambda sid: another(sid[0]) + sid[1:],
    "middle character changed": lambda sid: (
        sid[: len(sid) // 2] + another(sid[len(sid) // 2]) + sid[len(sid) // 2 + 1 :]
    ),
    "last character changed": lambda sid: sid[:-1] + another(sid[-1]),
    "last character missing": lambda sid: sid[:-1],
    "first character missing": lambda sid: sid[1:],
    "one character more": lambda sid: sid + "A",
    "one character before": lambda sid: "A" + sid,
    "one letter in the other case": lambda sid: next(
        (sid[:at] + letter.swapcase() + sid[at + 1 :] for at, letter in enumerate(sid) if letter.isalpha()),
        sid,
    ),
    "all letters in the other case": str.swapcase,
    "a space behind": lambda sid: sid + " ",
    "a space before": lambda sid: " " + sid,
    "a NUL behind": lambda sid: sid + "\0",
}
NOBODY = "nobody's id"
# What becomes of whoever has no session; a 4xx is better than a 101 that leads nowhere (ERR-026).
TURNED_AWAY = (REFUSED, ACCEPTED_AND_CLOSED)


@dataclass(frozen=True, slots=True)
class Guessing:
    """Answers by label. `chosen` is the id asked for; `cross_site` the opening handshake with a foreign Origin."""

    chosen: str
    answers: Answers
    cross_site: Handshake

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at."""
        return self.answers.evidence

    def __getitem__(self, label: str) -> Answer:
        if label not in self.answers.all:
            raise Blocked(
                f"“{label}” was never asked: the handshake of a live session gave no usable session id"
            )
        return self.answers[label]

    def changed(self, kind: str) -> dict[str, Answer]:
        """The answers to requests of one kind ("POST", "poll", "WebSocket") with a changed id, by the change."""
        found = {
            change: self.answers[f"{kind}, {change}"]
            for change in CHANGES
            if f"{kind}, {change}" in self.answers.all
        }
        if not found:
            raise Blocked("no live session was at hand")
        if reception(self.answers[f"{kind}, {NOBODY}"]) not in TURNED_AWAY:
            raise Blocked("an id that nobody has is not refused, either (ERR-007, ERR-008, ERR-026)")
        return found
