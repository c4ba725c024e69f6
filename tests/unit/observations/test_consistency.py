"""What the application adds, judged over hand-made responses: what is a finding, and what is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from handmade import SID
from handmade_surveys import Adds, tour

from eiospec.errors import NotApplicable
from eiospec.observations.attributes import differing_attributes
from eiospec.observations.comparable import cookies_of, fields_of
from eiospec.observations.consistency import missing, still_set
from eiospec.observations.displacement import (
    without_application_cookies,
    without_each_other,
    without_session_cookie,
)
from eiospec.observations.survey import FIRST, OVER_HTTP, SWITCHING, Kind, survey_of

Lines = tuple[bytes, ...]
SESSION = b"Set-Cookie: io=" + SID.encode() + b"; Path=/; HttpOnly"
UID = b"Set-Cookie: uid=1234; Path=/; Max-Age=60; HttpOnly"


def judged(adds: Adds) -> dict[str, list[str]]:
    """Return the findings by requirement; a requirement with nothing to compare is left out."""
    # Each circumstance twice: a single response does not show what "every" response has.
    again = [replace(exchange, id=f"{exchange.id} again") for exchange in tour(adds)]
    survey = survey_of([*tour(adds), *again])
    cookies = cookies_of(survey)
    both = (*cookies, *fields_of(survey))
    checks: dict[str, Callable[[], list[str]]] = {
        "AP-001": lambda: missing(survey, both, on=Kind.WEBSOCKET, though_on=(Kind.HANDSHAKE,)),
        "AP-002": lambda: missing(survey, both, on=Kind.UPGRADE, though_on=OVER_HTTP),
        "AP-004": lambda: differing_attributes(survey),
        "AP-006": lambda: without_application_cookies(survey, cookies),
        "AP-007": lambda: without_each_other(survey, cookies),
    }
    for kind in (Kind.POLL, Kind.POST, *SWITCHING):
        checks[f"AP-003 {kind}"] = lambda kind=kind: still_set(survey, cookies, on=kind)  # type: ignore[misc]
    for kind in FIRST:
        checks[f"AP-005 {kind}"] = lambda kind=kind: without_session_cookie(survey, cookies, kind)  # type: ignore[misc]
    found = {}
    for id, check in checks.items():
        try:
            found[id] = check()
        except NotApplicable:
            continue
    return found


def broken(adds: Adds) -> set[str]:
    """Return the ids of the requirements with a finding."""
    return {id for id, findings in judged(adds).items() if findings}


def with_session(adds: Adds) -> Adds:
    """Set the session cookie on handshakes as well."""
    return lambda kind, cookie, origin: (
        *((SESSION,) if kind in FIRST else ()),
        *adds(kind, cookie, origin),
    )


def everywhere(line: bytes) -> Adds:
    return lambda *_: (line,)


def over_http(line: Callable[[], bytes]) -> Adds:
    """Add a line to HTTP responses only, as a balancer or a limiter does that upgrades bypass."""
    return lambda kind, *_: () if kind in SWITCHING else (line(),)


def counted(text: bytes) -> Callable[[], bytes]:
    """Return a line with another number each time."""
    numbers = itertools.count(1)
    return lambda: text % next(numbers)


def until_returned(line: bytes, name: str) -> Adds:
    return lambda _, cookie, __: () if f"{name}=" in cookie else (line,)


def on_some(line: bytes, share: int) -> Adds:
    """Add a line to one response in `share`, by the application's own choice."""
    numbers = itertools.count(1)
    return lambda kind, *_: (line,) if kind not in SWITCHING and next(numbers) % share == 0 else ()


def on_some_101s(line: bytes) -> Adds:
    """Add a line to HTTP responses, and to a 101 of each two to requests that are alike."""
    seen: set[tuple[Kind, str, str]] = set()

    def adds(*request: Any) -> Lines:
        if request[0] not in SWITCHING:
            return (line,)
        first = request not in seen
        seen.symmetric_difference_update({request})
        return (line,) if first else ()

    return adds


THEME = b"Set-Cookie: theme=dark; Path=/; Max-Age=60; HttpOnly"
rolling, flashing = (
    counted(b"Set-Cookie: rolling=v%d; Path=/; Max-Age=60"),
    counted(b"Set-Cookie: _ga=GA1.%d; Path=/"),
)
HARMLESS: dict[str, Adds] = {
    "a rolling cookie": lambda *_: (rolling(),),
    "a CSRF cookie once per session": lambda kind, cookie, _: (
        (b"Set-Cookie: csrftoken=x; Path=/; SameSite=Lax",) if kind in FIRST and not cookie else ()
    ),
    "a CSRF cookie on some responses": on_some(b"Set-Cookie: XSRF-TOKEN=x; Path=/", 5),
    "an analytics cookie with random values": lambda *_: (flashing(),),
    "the cookie of a load balancer": over_http(counted(b"Set-Cookie: AWSALB=v%d; Path=/; Max-Age=604800")),
    "the cookies of a load balancer that CORS adds": over_http(lambda: b"Set-Cookie: AWSALBCORS=v; Path=/; Secure"),
    "a request id": over_http(counted(b"X-Request-Id: r%d")),
    "a request id of another name": over_http(counted(b"X-Trail: r%d")),
    "a time": over_http(lambda: b"X-Now: Tue, 01 Dec 2026 03:00:00 GMT"),
    "seconds since 1970": over_http(lambda: b"X-Started: 1796094000"),
    "Server-Timing with one value": over_http(lambda: b"Server-Timing: app;dur=3"),
    "what is left of a limit": over_http(counted(b"X-RateLimit-Remaining: %d")),
    "a limit": over_http(lambda: b"X-RateLimit-Limit: 100"),
    "the limit of the draft": over_http(lambda: b'RateLimit-Policy: "default";q=100;w=60'),
    "a cookie until it is returned": until_returned(UID, "uid"),
    "a cookie that is deleted once returned": lambda _, cookie, __: (
        (b"Set-Cookie: uid=; Max-Age=0" if "uid=" in cookie else UID),
    ),
    "a deletion with another Path": lambda kind, *_: (
        (b"Set-Cookie: uid=; Path=/old; Expires=Thu, 01 Jan 1970 00:00:00 GMT",) if kind is Kind.POLL else (UID,)
    ),
    "another SameSite for pages of other origins": lambda _, __, origin: (
        (b"Set-Cookie: uid=1; Path=/; SameSite=None; Secure" if origin else b"Set-Cookie: uid=1; Path=/; SameSite=Lax"),
    ),
    "a cookie for pages of other origins only": lambda _, __, origin: (UID,) if origin else (),
    "a cookie for visitors with cookies only": lambda _, cookie, __: (UID,) if cookie else (),
    "a deletion over HTTP only": over_http(lambda: b"Set-Cookie: old=; Path=/; Max-Age=0"),
    "a field over HTTP and on some 101s": on_some_101s(b"X-Frame-Options: DENY"),
    "a second cookie for pages without Origin": lambda _, __, origin: (UID,) if origin else (UID, THEME),
    "a field on every response": everywhere(b"X-Frame-Options: DENY"),
    "a field on errors only": lambda kind, *_: (b"X-Error: 1",) if kind is Kind.ERROR else (),
    "a cookie on errors only": lambda kind, *_: (UID,) if kind is Kind.ERROR else (),
}  # fmt: skip


@pytest.mark.parametrize("session", [False, True], ids=["no session cookie", "session cookie"])
@pytest.mark.parametrize("added", HARMLESS)
def test_what_an_application_may_add_is_no_finding(added: str, *, session: bool) -> None:
    adds = HARMLESS[added]
    assert broken(with_session(adds) if session else adds) == set()


def without(*kinds: Kind, line: bytes = UID, name: str = "uid", once: bool = True) -> Adds:
    """Set a cookie until it is returned, or a field, on all kinds of response but these."""
    return lambda kind, cookie, _: () if kind in kinds or (once and f"{name}=" in cookie) else (line,)


def still_on(*kinds: Kind) -> Adds:
    """Set a cookie until it is returned; on these kinds even then."""
    return lambda kind, cookie, _: (UID,) if kind in kinds or "uid=" not in cookie else ()


BROKEN: dict[str, tuple[Adds, set[str]]] = {
    "a cookie is off the WebSocket-only 101": (without(Kind.WEBSOCKET), {"AP-001"}),
    "a cookie is off the upgrade 101": (without(Kind.UPGRADE), {"AP-002"}),
    "a cookie is off both 101s": (without(*SWITCHING), {"AP-001", "AP-002"}),
    "a field is off both 101s": (
        without(*SWITCHING, line=b"X-Frame-Options: DENY", once=False),
        {"AP-001", "AP-002"},
    ),
    "a rolling cookie is off the upgrade 101": (
        lambda kind, *_: () if kind is Kind.UPGRADE else (rolling(),),
        {"AP-002"},
    ),
    **{
        f"a returned cookie is set on a {kind}": (still_on(kind), {f"AP-003 {kind}"})
        for kind in (Kind.POLL, Kind.POST, *SWITCHING)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_responses_that_disagree_are_a_finding(name: str) -> None:
    adds, ids = BROKEN[name]
    assert broken(adds) == ids


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"uid=1; Path=/a; Max-Age=60; HttpOnly; Secure; SameSite=Lax; Domain=a.example", "Path=/a"),
        (b"uid=1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Domain=a.example", "no Secure"),
        (b"uid=1; Path=/; Max-Age=60; Secure; SameSite=Lax; Domain=a.example", "no HttpOnly"),
        (b"uid=1; Path=/; Max-Age=60; HttpOnly; Secure; Domain=a.example", "no SameSite"),
        (b"uid=1; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax", "no Domain"),
        (b"uid=1; Path=/; HttpOnly; Secure; SameSite=Lax; Domain=a.example", "neither Max-Age nor Expires"),
    ],
)
@pytest.mark.parametrize("where", [Kind.POLL, Kind.UPGRADE])
def test_another_attribute_on_one_kind_of_response_is_a_finding(where: Kind, line: bytes, words: str) -> None:
    usual = b"Set-Cookie: uid=1; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax; Domain=a.example"
    found = judged(lambda kind, *_: (b"Set-Cookie: " + line if kind is where else usual,))
    assert len(found["AP-004"]) == 1
    assert words in found["AP-004"][0]


@pytest.mark.parametrize("other", [b"Max-Age=120", b"Expires=Fri, 01 Jan 2100 00:00:00 GMT"])
def test_another_lifetime_is_no_other_attribute(other: bytes) -> None:
    changed = UID.replace(b"Max-Age=60", other)
    assert judged(lambda kind, *_: (changed if kind is Kind.POLL else UID,))["AP-004"] == []


def displaced(kind: Kind, when: Callable[[str, str], bool]) -> Adds:
    """Set the session cookie on handshakes, except on one kind where the application's cookie replaces it."""
    return lambda seen, cookie, origin: (
        (UID,) if seen is kind and when(cookie, origin) else (SESSION,) if seen in FIRST else ()
    )


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize(
    ("when", "words"),
    [
        (lambda _, origin: bool(origin), "with Origin"),
        (lambda cookie, _: bool(cookie), "with the Cookie “eiospec”"),
        (lambda cookie, _: not cookie, "without Cookie"),
    ],
)
def test_a_lost_session_cookie_is_found_where_both_states_are_seen(
    kind: Kind, when: Callable[[str, str], bool], words: str
) -> None:
    (finding,) = judged(displaced(kind, when))[f"AP-005 {kind}"]
    assert "“uid” in place of “io”" in finding
    assert words in finding


def test_a_handshake_with_neither_cookie_is_no_displacement() -> None:
    """A server that leaves the session cookie off for other reasons breaks other requirements."""
    found = judged(lambda kind, _, origin: (SESSION, UID) if kind in FIRST and not origin else ())
    assert found["AP-005 polling handshake"] == []


def test_a_session_cookie_that_replaces_the_applications_is_found() -> None:
    adds: Adds = lambda kind, *_: (SESSION,) if kind is Kind.HANDSHAKE else (UID,)  # noqa: E731
    assert "AP-006" in broken(adds)


def test_one_cookie_of_the_application_in_place_of_another_is_found() -> None:
    found = judged(lambda _, __, origin: (THEME if origin else UID,))
    assert "AP-007" in found
    assert any("in place of" in finding for finding in found["AP-007"])


def test_nothing_is_judged_where_the_application_adds_nothing() -> None:
    assert judged(lambda *_: ()) == {}
