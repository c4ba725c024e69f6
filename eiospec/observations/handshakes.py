"""Handshakes over both transports, and a crowd of them at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.evidence import note
from eiospec.observations.handshake import Handshake
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Handshakes:
    """`first` and `second` share a connection, the second with `t`; `third` is on its own, with cookies and a query."""

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
    """A session that was opened before the crowd and spoken to again while all of the crowd's sessions are open.

    `before` and `afterwards` are what went wrong with a message to it, empty when it was served: None for what was
    not asked. `aged` tells that its first ping, which nobody answers, was due by then.
    """

    opened: Handshake
    before: str | None
    afterwards: str | None
    aged: bool
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Handshakes that were under way at the same time, and whose sessions then were open at the same time."""

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
