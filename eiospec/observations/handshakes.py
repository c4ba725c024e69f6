"""Handshakes over both transports, and a crowd of them at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """Their exchanges."""
        return tuple(handshake.exchange for handshake in self.all)


@dataclass(frozen=True, slots=True)
class WebSocketHandshakes:
    """WebSocket-only sessions: `plain` without a Cookie, `with_cookie` with one; `stimulated` if X was answered."""

    plain: Handshake
    with_cookie: Handshake
    stimulated: bool

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """Their exchanges."""
        return (self.plain.exchange, self.with_cookie.exchange)


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
    looked_at: list[Exchange] = field(default_factory=list)

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What was looked at; the handshakes when nothing was."""
        return tuple(self.looked_at) or tuple(handshake.exchange for handshake in self.all)
