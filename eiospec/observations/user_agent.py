"""The journey of a user agent that keeps and returns every cookie, as a browser does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eiospec.cookies.grammar import read
from eiospec.observations.answer import Answer, Answers, show
from eiospec.observations.cookies import sent_cookies
from eiospec.observations.evidence import find
from eiospec.wire.exchange import Exchange

HANDSHAKE, AGAIN, ALONE = "handshake", "handshake of another session", "WebSocket-only handshake"
POSTS, POLLS = ("first POST", "second POST"), ("first poll", "second poll")
UPGRADE = "upgrade"
# Why a stored cookie is never returned to the engine.
PATH = "its Path does not cover the engine"


@dataclass(frozen=True, slots=True)
class Unreturned:
    """A cookie that the store did not keep, or that it never returns to the engine: its name, why, and the response.

    `refused` is true when the store did not accept it, `deletes` for an empty cookie in the past, which only deletes.
    """

    name: str
    why: str
    exchange: Exchange
    refused: bool = False
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class UserAgentJourney:
    """The answers by label, what the store did not return, and whether each exchange of data was completed.

    `reached` has the labels whose exchange of packets went as it should: an open packet, a message that was answered,
    `3probe` for `2probe`.
    """

    answers: Answers
    unreturned: tuple[Unreturned, ...]
    reached: frozenset[str]

    def __getitem__(self, label: str) -> Answer:
        return self.answers[label]

    def finding(self, exchange: Exchange, sentence: str) -> str:
        """Return the finding, with a reference to its exchange, which becomes evidence."""
        find(exchange)
        return f"{sentence} (exchange {exchange.id}, {exchange.label})"

    @property
    def answered(self) -> dict[str, Answer]:
        """The answers that have a response, in order."""
        return {label: one for label, one in self.answers.all.items() if one.exchange.response is not None}

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """The exchanges of the journey."""
        return tuple(answer.exchange for answer in self.answers.all.values())


def set_values(exchange: Exchange) -> dict[str, str]:
    """Return the cookies that a response sets, by name; the last of a name counts."""
    if exchange.response is None:
        return {}
    lines = (read(value) for value in exchange.response.headers.values("set-cookie"))
    return {line.name: line.value for line in lines}


def _kind(exchange: Exchange) -> str:
    """Return what a server may treat alike: handshakes, and the POSTs and GETs of a session, over long-polling."""
    if exchange.is_websocket:
        return "WebSocket"
    return exchange.request.method.decode("latin-1") if "sid=" in exchange.url else HANDSHAKE


def set_by_default(exchanges: Iterable[Exchange]) -> dict[str, frozenset[str]]:
    """Return the cookies that later requests of a session, GET or POST, are given when they have no Cookie, with the
    kinds of requests over long-polling that are given each.

    A cookie that only handshakes set, such as a CSRF token, is not among them.
    """
    found: dict[str, set[str]] = {}
    for exchange in exchanges:
        served = exchange.response is not None and exchange.response.status == 200
        if served and not exchange.is_websocket and not sent_cookies(exchange):
            for name in set_values(exchange):
                found.setdefault(name, set()).add(_kind(exchange))
    return {name: frozenset(kinds) for name, kinds in found.items() if kinds - {HANDSHAKE}}


def other_sessions(
    journey: UserAgentJourney, by_default: Mapping[str, frozenset[str]], session_cookie: str | None
) -> list[str]:
    """Return a sentence for each application session that the user agent got in addition to its first.

    A cookie identifies an application session if requests without Cookie get it and a request of the same kind that
    returned it does not. So neither a cookie that changes on every response, as those of AWS load balancers do, nor
    one that only handshakes set identifies a session.
    """
    found = []
    for name in sorted(by_default.keys() - {session_cookie}):
        returned = {
            label: one.exchange
            for label, one in journey.answered.items()
            if name in sent_cookies(one.exchange) and one.status in (101, 200)
        }
        kept = any(
            _kind(one) in by_default[name] and name not in set_values(one) for one in returned.values()
        )
        others = {
            label: set_values(one)[name]
            for label, one in returned.items()
            if set_values(one).get(name, "") not in ("", sent_cookies(one)[name])
        }
        found += [
            journey.finding(
                returned[label],
                f"“{name}” was returned, and “{label}” set another value, {show(value.encode('latin-1', 'replace'))}",
            )
            for label, value in (others.items() if kept else ())
        ]
    return found


def displaced(journey: UserAgentJourney, session_cookie: str) -> list[str]:
    """Return a sentence for each new session whose handshake set other cookies in the place of the session cookie."""
    first = set_values(journey[HANDSHAKE].exchange)
    again = set_values(journey[AGAIN].exchange)
    if session_cookie not in first or session_cookie in again:
        return []
    took = sorted(name for name in again if name)
    return (
        [f"“{AGAIN}” set {', '.join(f'“{name}”' for name in took)} and not “{session_cookie}”"]
        if took
        else []
    )
