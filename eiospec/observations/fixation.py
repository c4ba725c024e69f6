"""Handshakes that present a session cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.handshake import Handshake
from eiospec.wire.exchange import Exchange

CHOSEN = "attackerchosen000000"


@dataclass(frozen=True, slots=True)
class Fixation:
    """`live_sid` is a session of our own, `stale_sids` are two that we closed, by the transport they are presented
    over: where ids are adopted, one would end the other. `presented` are the handshakes that present a session
    cookie, by transport and by whose it is: `chosen` is an invented id, `quoted` the same in double quotes, `second`
    the same behind another cookie of the name, `empty` no value, `borrowed` the live one, `stale` the closed one.
    The answers are by label."""

    live_sid: str | None
    stale_sids: Mapping[str, str | None]
    presented: Mapping[tuple[str, str], Handshake]
    answers: Answers

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The answers looked at; the handshakes when there was none."""
        looked = tuple(self.answers.looked_at)
        return looked or tuple(handshake.exchange for handshake in self.presented.values())

    def __getitem__(self, label: str) -> Answer:
        """The answer; Blocked when there was no live session to ask."""
        if label not in self.answers.all:
            raise Blocked("the handshake of a live session gave no usable session id (HS-004)")
        return self.answers[label]

    def handshake(self, transport: str, case: str) -> Handshake:
        """The handshake over a transport that presents a cookie."""
        found = self.presented[transport, case]
        self.answers.looked_at.append(found.exchange)
        return found
