"""The journey of a user agent that keeps and returns every cookie, as a browser does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eiospec.cookies.grammar import read
from eiospec.observations.answer import Answer, Answers, show
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


def sent_cookies(exchange: Exchange) -> dict[str, str]:
    """Return the cookies of a request, by name."""
    pairs = (
        pair.strip().partition("=")
        for value in exchange.request.headers.values("cookie")
        for pair in value.decode("latin-1").split(";")
    )
    return {name: value for name, _, value in pairs}


def set_values(exchange: Exchange) -> dict[str, str]:
    """Return the cookies that a response sets, by name; the last of a name counts."""
    if exchange.response is None:
        return {}
    lines = (read(value) for value in exchange.response.headers.values("set-cookie"))
    return {line.name: line.value for line in lines}


def set_by_default(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """Return the names that later requests of a session, GET or POST, are given when they have no Cookie.

    A cookie that only handshakes set, such as a CSRF token, is not among them.
    """
    return frozenset(
        name
        for exchange in exchanges
        if "sid=" in exchange.url
        and not exchange.is_websocket
        and exchange.response is not None
        and exchange.response.status == 200
        and not sent_cookies(exchange)
        for name in set_values(exchange)
    )


def other_sessions(
    journey: UserAgentJourney, by_default: Iterable[str], session_cookie: str | None
) -> list[str]:
    """Return a sentence for each application session that the user agent got in addition to its first.

    A cookie stands for an application session when later requests without Cookie are given it, and one that returned
    it, over HTTP, is not given it again. A cookie that changes on every response, as those of AWS load balancers do,
    is none; nor is a cookie that only handshakes set.
    """
    found = []
    for name in sorted(set(by_default) - {session_cookie}):
        returned = {
            label: one.exchange
            for label, one in journey.answered.items()
            if name in sent_cookies(one.exchange) and one.status in (101, 200)
        }
        kept = [one for one in returned.values() if not one.is_websocket and name not in set_values(one)]
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
