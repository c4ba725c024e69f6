"""Servers with one known flaw each, so that the verdicts of a run are known."""

from __future__ import annotations

import itertools

from eiospec.fixtures.reference import Engine, HookFields, Options, Request, Session

Fields = list[tuple[str, str]]


class SetsTheCookieAgain(Engine):
    """Breaks a MUST: every poll sets the session cookie (CK-006)."""

    def poll_headers(self, request: Request, session: Session) -> Fields:
        return self.handshake_headers(request, session)


class SaysNothingOfCaches(Engine):
    """Breaks a SHOULD: a cache may store responses that set cookies (CS-019, HS-023)."""

    def polling_fields(self, request: Request) -> Fields:
        return [(name, value) for name, value in super().polling_fields(request) if name != "Cache-Control"]


class DiesMidway(Engine):
    """Answers some handshakes, then stops the whole server."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._handshakes = itertools.count(1)

    def handshake_headers(self, request: Request, session: Session) -> Fields:
        if next(self._handshakes) == 20:
            self.die()
        return super().handshake_headers(request, session)


def path_twice(fields: HookFields, _: Request) -> None:
    """Set another cookie with an attribute twice: RFC 6265 advises against it, RFC 6265bis forbids it."""
    fields.append(("Set-Cookie", "other=1; Path=/; Path=/"))


class SetsForeignCookies(Engine):
    """Sets cookies of an application, whose values are secrets that are hard to mask."""

    foreign: tuple[str, ...] = ("sess=s3cr3t value", 'odd=a"b', "long=" + 5000 * "z", "y=no", "z=é")

    def handshake_headers(self, request: Request, session: Session) -> Fields:
        lines = [("Set-Cookie", line) for line in self.foreign]
        return [*super().handshake_headers(request, session), *lines]


class SecretsLikeWords(SetsForeignCookies):
    """Sets cookies whose values also occur elsewhere and are masked there."""

    foreign = ("same=Strict; SameSite=Strict", "type=upgrades")


class SaysMuch(Engine):
    """Sends an open packet that is longer than a report stores."""

    def open_packet(self, session: Session) -> dict[str, object]:
        return super().open_packet(session) | {"much": 100_000 * "x"}
