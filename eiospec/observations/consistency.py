"""Where responses of a target disagree about what its application adds.

A hook, a middleware or a session of the application is seen on some responses. It is consistent when responses of
another kind, to requests in the same circumstances, have it as well. Only what every response of a kind has is
compared, and only with kinds of which no response has it: what an application adds to some responses by its own choice
is no finding. Values are not compared.

Each function returns a sentence for each finding, and raises NotApplicable when there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eiospec.errors import NotApplicable
from eiospec.observations.comparable import Addition
from eiospec.observations.evidence import find, sample
from eiospec.observations.survey import OVER_HTTP, Kind, Sent, Sighting, Survey

# With fewer responses, "every" would be luck.
ENOUGH = 2
NOT_RETURNED = (Sent.NOTHING, Sent.OTHERS)
PLURALS = {
    Kind.HANDSHAKE: "polling handshakes",
    Kind.POLL: "polls",
    Kind.POST: "POSTs",
    Kind.UPGRADE: "101s of upgrades",
    Kind.WEBSOCKET: "WebSocket-only 101s",
    Kind.ERROR: "errors",
    Kind.PREFLIGHT: "preflights",
}


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What a request had of an addition, and its Origin."""

    sent: Sent
    origin: str

    def __str__(self) -> str:
        words = {Sent.NOTHING: "without Cookie", Sent.OTHERS: "with other cookies"}
        return f"{words.get(self.sent, 'with the cookie returned')}{', with Origin' if self.origin else ''}"


Grouped = dict[tuple[Kind, Circumstance], list[Sighting]]


def grouped(survey: Survey, addition: Addition) -> Grouped:
    """Return the sightings by kind and circumstance."""
    found: Grouped = {}
    for sighting in survey.sightings:
        circumstance = Circumstance(addition.sent(sighting), sighting.origin)
        found.setdefault((sighting.kind, circumstance), []).append(sighting)
    return found


def at(sighting: Sighting) -> str:
    """Return a reference to an exchange, which becomes evidence of the finding."""
    find(sighting.exchange)
    return f"exchange {sighting.exchange.id}, {sighting.exchange.label}"


def missing(
    survey: Survey, additions: Iterable[Addition], *, on: Kind, though_on: Sequence[Kind]
) -> list[str]:
    """Return what every response of the kinds `though_on` has, and no response of the kind `on`."""
    compared, found = False, []
    for addition in additions:
        by_kind = grouped(survey, addition)
        for circumstance in dict.fromkeys(circumstance for _, circumstance in by_kind):
            others = by_kind.get((on, circumstance), [])
            having = [by_kind.get((kind, circumstance), []) for kind in though_on]
            seen = [sighting for sightings in having for sighting in sightings]
            if circumstance.sent not in NOT_RETURNED or not others or not all(having):
                continue
            if len(seen) < ENOUGH or not all(map(addition.on, seen)):
                continue
            compared = True
            sample(seen[0].exchange, others[0].exchange)
            if not any(map(addition.on, others)):
                found.append(
                    f"{addition.words} is on every {_either(though_on)} and on no {on}: {circumstance} it is "
                    f"{addition.verb} ({at(seen[0])}), and not ({at(others[0])})"
                )
                break
    if not compared:
        raise NotApplicable(
            f"no cookie and no field of a constant value, of the application's, is on every {_either(though_on)}"
        )
    return found


def _either(kinds: Sequence[Kind]) -> str:
    return kinds[0].value if len(kinds) == 1 else "response of a session over HTTP"


def still_set(survey: Survey, cookies: Iterable[Addition], *, on: Kind) -> list[str]:
    """Return the cookies that stop being set when they are returned, but not on responses of the kind `on`."""
    compared, found = False, []
    for cookie in cookies:
        seen = _by_return(survey, cookie)
        stopped = [kind for kind in OVER_HTTP if kind is not on and _stops(cookie, seen[kind])]
        if not stopped or not seen[on].returned or not seen[on].until_returned(cookie):
            continue
        compared = True
        reference, returned = seen[stopped[0]].returned[0], seen[on].returned[0]
        sample(reference.exchange, returned.exchange)
        if all(map(cookie.on, seen[on].returned)):
            found.append(
                f"{cookie.words} is set by {PLURALS[on]} that return it ({at(returned)}), and not by "
                f"{PLURALS[stopped[0]]} that return it ({at(reference)})"
            )
    if not compared:
        raise NotApplicable(
            "no cookie that stops being set when it is returned is set on this kind of response"
        )
    return found


@dataclass(frozen=True, slots=True)
class ByReturn:
    """The responses of a kind, by what the request had of a cookie."""

    bare: tuple[Sighting, ...]
    others: tuple[Sighting, ...]
    returned: tuple[Sighting, ...]

    def until_returned(self, cookie: Addition) -> bool:
        """Return True when it is set for every request without Cookie, or for every one with other cookies only.

        Not when some of either have it and some have not: then the application chooses by something else.
        """
        on = [{cookie.on(sighting) for sighting in seen} for seen in (self.bare, self.others)]
        return {True} in on and {True, False} not in on


def _by_return(survey: Survey, cookie: Addition) -> dict[Kind, ByReturn]:
    found: dict[Kind, dict[Sent, list[Sighting]]] = {kind: {sent: [] for sent in Sent} for kind in Kind}
    for sighting in survey.sightings:
        found[sighting.kind][cookie.sent(sighting)].append(sighting)
    return {
        kind: ByReturn(*(tuple(sent[which]) for which in (*NOT_RETURNED, Sent.RETURNED)))
        for kind, sent in found.items()
    }


def _stops(cookie: Addition, seen: ByReturn) -> bool:
    """Return True when responses of a kind set the cookie until it is returned, and no longer."""
    having = [sighting for sighting in (*seen.bare, *seen.others) if cookie.on(sighting)]
    return (
        seen.until_returned(cookie)
        and len(having) >= ENOUGH
        and bool(seen.returned)
        and not any(map(cookie.on, seen.returned))
    )
