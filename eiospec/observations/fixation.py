"""Handshakes that present a session cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.answer import Answer, Answers
from eiospec.observations.evidence import hand_out
from eiospec.observations.handshake import Handshake

CHOSEN = "attackerchosen000000"


@dataclass(frozen=True, slots=True)
class Fixation:
    """Handshakes that present a session cookie, and what happened to the session it names.

    `live_sid` is an open session of ours; `stale_sids` are two closed ones, by the transport they are presented over.
    `presented` has the handshakes by transport and cookie: `chosen` is an invented id, `quoted` the same in double
    quotes, `second` the same after another cookie of that name, `empty` no value, `borrowed` the live id, `stale` the
    closed one.
    """

    live_sid: str | None
    stale_sids: Mapping[str, str | None]
    presented: Mapping[tuple[str, str], Handshake]
    answers: Answers

    def __getitem__(self, label: str) -> Answer:
        """Return the answer; raise Blocked when there was no live session."""
        return self.answers[label]

    def handshake(self, transport: str, case: str) -> Handshake:
        """Return the handshake over a transport that presents a cookie."""
        return hand_out(self.presented[transport, case])
