"""Answers to clients that guess or choose a session id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.evidence import hand_out
from eiospec.observations.handshake import Handshake
from eiospec.observations.hostile import ACCEPTED_AND_CLOSED, REFUSED, reception
from eiospec.wire.exchange import Exchange

CHOSEN_SID = "eiospecChosenByParameter0"


def another(letter: str) -> str:
    """Return a neighbouring character: in base64 only the lowest bit differs."""
    return chr(ord(letter) ^ 1) if letter.isalnum() and chr(ord(letter) ^ 1).isalnum() else "x"


# Ways to change an id by one character or so; a change that leaves an id unchanged is skipped.
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
# Stored reports have this name.
UNISSUED = "nobody's id"
# How a request without a session may end; a 4xx is better than a 101 that is closed at once (ERR-026).
TURNED_AWAY = (REFUSED, ACCEPTED_AND_CLOSED)


@dataclass(frozen=True, slots=True)
class Guessing:
    """Answers by label. `chosen` is the id that clients chose; `cross_site` a handshake with the Origin of another
    site."""

    chosen: str
    answers: Answers
    cross_site: Handshake

    def __getitem__(self, label: str) -> Answer:
        return self.answers[label]

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """None: each answer is noted when it is taken."""
        return ()

    @property
    def from_another_site(self) -> Handshake:
        """The handshake with the Origin of another site."""
        return hand_out(self.cross_site)

    def changed(self, kind: str) -> dict[str, Answer]:
        """Return the answers to requests of one kind ("POST", "poll", "WebSocket") with a changed id, by the change."""
        found = {
            change: self.answers[f"{kind}, {change}"]
            for change in CHANGES
            if f"{kind}, {change}" in self.answers
        }
        if not found:
            raise Blocked("no live session was available")
        if reception(self.answers[f"{kind}, {UNISSUED}"]) not in TURNED_AWAY:
            raise Blocked("an id that was never issued is not refused, either (ERR-007, ERR-008, ERR-026)")
        return found
