"""Cookies that take the place of others: where one is set, another is not, although it is elsewhere.

A server that assigns Set-Cookie where it should add a line keeps the last cookie only, and which one is last depends on
the request: on its Origin, on a Cookie, on the transport.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eiospec.errors import NotApplicable
from eiospec.observations.comparable import Addition
from eiospec.observations.consistency import ENOUGH, PLURALS, at
from eiospec.observations.evidence import sample
from eiospec.observations.survey import OF_SESSIONS, Kind, Sighting, Survey


def without_session_cookie(survey: Survey, cookies: Sequence[Addition], kind: Kind) -> list[str]:
    """Return where handshakes of a kind set a cookie of the application and no session cookie, as others do."""
    compared, found = False, []
    opened = [sighting for sighting in survey.of(kind) if sighting.sid]
    for name in sorted(survey.session_cookies):
        having = [sighting for sighting in opened if sighting.sets(name)]
        if not having:
            continue
        for sighting in opened:
            others = [cookie.words for cookie in cookies if cookie.on(sighting)]
            compared |= bool(others)
            if others and not sighting.sets(name):
                found.append(
                    f"{_listed(others)} in place of “{name}”: {circumstances(sighting)} ({at(sighting)}); "
                    f"“{name}” is set {circumstances(having[0])} ({at(having[0])})"
                )
                break
        sample(having[0].exchange)
    if not compared:
        raise NotApplicable(f"no {kind} sets a cookie of the application where others set the session cookie")
    return found


def without_application_cookies(survey: Survey, cookies: Iterable[Addition]) -> list[str]:
    """Return the application's cookies that polls, POSTs and first responses without session cookie set, and no polling
    handshake with the session cookie.

    Polls and POSTs are not enough: an application may set a cookie for open sessions only.
    """
    compared, found = False, []
    handshakes = [
        sighting
        for sighting in survey.of(Kind.HANDSHAKE)
        if any(sighting.sets(name) for name in survey.session_cookies)
    ]
    for cookie in cookies:
        for bare in (True, False):
            seen = {
                kind: _alike(survey, cookie, kind, bare=bare)
                for kind in (Kind.POLL, Kind.POST, Kind.WEBSOCKET, Kind.ERROR)
            }
            firsts = [
                sighting
                for sighting in seen[Kind.WEBSOCKET]
                if not any(sighting.sets(name) for name in survey.session_cookies)
            ] or [
                sighting for sighting in seen[Kind.ERROR] if b"sid=" not in sighting.exchange.request.target
            ]
            with_session = [sighting for sighting in handshakes if _is_alike(sighting, cookie, bare=bare)]
            others = (seen[Kind.POLL], seen[Kind.POST], firsts)
            if len(with_session) < ENOUGH or not all(others):
                continue
            if not all(cookie.on(sighting) for sightings in others for sighting in sightings):
                continue
            compared = True
            sample(with_session[0].exchange, firsts[0].exchange)
            if not any(map(cookie.on, with_session)):
                session = next(name for name in sorted(survey.session_cookies) if with_session[0].sets(name))
                found.append(
                    f"“{session}” in place of {cookie.words} on polling handshakes ({at(with_session[0])}); "
                    f"{cookie.words} is on every poll, POST and {firsts[0].kind} ({at(firsts[0])})"
                )
                break
    if not compared:
        raise NotApplicable("no cookie of the application is on every poll, POST and first response")
    return found


def _alike(survey: Survey, cookie: Addition, kind: Kind, *, bare: bool) -> list[Sighting]:
    return [sighting for sighting in survey.of(kind) if _is_alike(sighting, cookie, bare=bare)]


def _is_alike(sighting: Sighting, cookie: Addition, *, bare: bool) -> bool:
    """Return True for a request without Origin that has no Cookie, or with others than this."""
    return not sighting.origin and bare != bool(sighting.brought) and cookie.name not in sighting.brought


def without_each_other(survey: Survey, cookies: Sequence[Addition]) -> list[str]:
    """Return pairs of the application's cookies of which every response has one and none has both.

    One is on every response of a kind to requests without Cookie, or without Origin, the other on every response of
    that kind to requests with, although they do not return either.
    """
    compared, found = False, []
    for kind in OF_SESSIONS:
        groups = _groups(survey.of(kind), cookies)
        always = {
            key: [cookie for cookie in cookies if all(map(cookie.on, seen))] for key, seen in groups.items()
        }
        never = {
            key: [cookie for cookie in cookies if not any(map(cookie.on, seen))]
            for key, seen in groups.items()
        }
        for one, other in (pair for pair in _pairs(groups) if always[pair[0]] and always[pair[1]]):
            compared = True
            lost = [cookie for cookie in always[one] if cookie in never[other]]
            instead = [cookie for cookie in always[other] if cookie in never[one]]
            if lost and instead:
                here, there = groups[one][0], groups[other][0]
                words = f"{instead[0].words} in place of {lost[0].words} on {PLURALS[kind]}"
                found.append(
                    f"{words}: {lost[0].words} is set {circumstances(here)} ({at(here)}), {instead[0].words} "
                    f"{circumstances(there)} ({at(there)})"
                )
                break
    if not compared:
        raise NotApplicable("no two cookies of the application are set on every response of a kind")
    return found


Key = tuple[bool, str]


def _groups(sightings: Iterable[Sighting], cookies: Sequence[Addition]) -> dict[Key, list[Sighting]]:
    """Return the sightings that return none of these cookies, by Cookie and Origin, if there are enough of them."""
    names = {cookie.name for cookie in cookies}
    found: dict[Key, list[Sighting]] = {}
    for sighting in sightings:
        if not names & sighting.brought:
            found.setdefault((bool(sighting.brought), sighting.origin), []).append(sighting)
    return {key: seen for key, seen in sorted(found.items()) if len(seen) >= ENOUGH}


def _pairs(groups: Iterable[Key]) -> list[tuple[Key, Key]]:
    """Return the groups that differ in Cookie or Origin, not in both."""
    keys = list(groups)
    return [
        (one, other)
        for number, one in enumerate(keys)
        for other in keys[number + 1 :]
        if (one[0] == other[0]) != (one[1] == other[1])
    ]


def circumstances(sighting: Sighting) -> str:
    """Return what the request had: "without Cookie", "with the cookies “a” and “b”, with Origin"."""
    brought = _listed([f"“{name}”" for name in sorted(sighting.brought)])
    text = f"with the Cookie {brought}" if brought else "without Cookie"
    return f"{text}, with Origin" if sighting.origin else text


def _listed(words: Sequence[str]) -> str:
    """Return at most three words as a list."""
    shown = [*words[:3], *(["others"] if len(words) > 3 else [])]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
