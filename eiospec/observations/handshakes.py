"""Handshakes over both transports, and a crowd of them at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.evidence import note
from eiospec.observations.handshake import Handshake
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Handshakes:
    """`first` and `second` share a connection, the second has `t`; `third` is on its own connection, with cookies and
    an unknown query."""

    first: Handshake
    second: Handshake
    third: Handshake

    @property
    def all(self) -> tuple[Handshake, ...]:
        """The three of them."""
        return (self.first, self.second, self.third)


@dataclass(frozen=True, slots=True)
class WebSocketHandshakes:
    """WebSocket-only sessions: `plain` without a Cookie, `with_cookie` with one; `stimulated` if X was answered."""

    plain: Handshake
    with_cookie: Handshake
    stimulated: bool


@dataclass(frozen=True, slots=True)
class Bystander:
    """A session that was opened before the crowd, and used again while all sessions of the crowd are open.

    `before` and `afterwards` describe what went wrong with a message, empty for nothing, None when it was not sent.
    `aged` is true when the first ping, which is not answered, was due.
    """

    opened: Handshake
    before: str | None
    afterwards: str | None
    aged: bool
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Handshakes that were sent at the same time, and whose sessions were open at the same time."""

    all: tuple[Handshake, ...]
    bystanders: Mapping[str, Bystander]

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """The first few handshakes."""
        return tuple(handshake.exchange for handshake in self.all[:8])

    def bystander(self, transport: str) -> Bystander:
        """Return the session that was open over a transport all the time."""
        found = self.bystanders[transport]
        note(*found.exchanges)
        return found
