"""The survey: which exchanges are in it, and what it reads from them."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest
from handmade import SID, exchange_of
from handmade_surveys import sent, tour

from eiospec import probes
from eiospec.observations.survey import MOST_LINES, MOST_NAMES, SURVEYED, Kind, Sent, survey_of
from eiospec.probes.probe import Probe
from eiospec.wire.exchange import Exchange


def uid(*_: object) -> tuple[bytes, ...]:
    return (b"Set-Cookie: uid=1234; SameSite=Strict", b"X-App: 1", b"Server: nginx")


def nothing(*_: object) -> tuple[bytes, ...]:
    return ()


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_response_is_told_apart(kind: Kind) -> None:
    (sighting,) = survey_of([sent("1", kind, uid, origin="http://a.example")]).sightings
    assert sighting.kind is kind


def test_fields_of_http_websocket_cors_and_the_signature_are_not_the_applications() -> None:
    lines = (
        b"Access-Control-Allow-Origin: *",
        b"Vary: Origin",
        b"Cache-Control: no-store",
        b"Sec-WebSocket-Accept: x",
        b"X-Powered-By: Express",
        b"Content-Security-Policy: default-src 'self'",
    )
    survey = survey_of([sent("1", Kind.POLL, lambda *_: lines)])
    assert survey.fields == ("content-security-policy",)
    assert survey.spelled == {"content-security-policy": "Content-Security-Policy"}


@pytest.mark.parametrize(
    ("cookie", "state"),
    [
        ("", Sent.NOTHING),
        ("eiospec=1", Sent.OTHERS),
        ("eiospec=1; uid=9", Sent.INVENTED),
        ("uid=1234; eiospec=1", Sent.RETURNED),
    ],
)
def test_a_request_is_told_by_what_it_has_of_a_cookie(cookie: str, state: Sent) -> None:
    survey = survey_of([sent("1", Kind.HANDSHAKE, uid), sent("2", Kind.POLL, nothing, cookie)])
    (poll,) = survey.of(Kind.POLL)
    assert poll.sent("uid") is state


@pytest.mark.parametrize(
    "exchange",
    [
        sent("1", Kind.POLL, uid, probe="tour on main"),
        sent("1", Kind.POLL, uid, probe="hygiene"),
        sent("1", Kind.POLL, uid, 'a="q"'),
        sent("1", Kind.POLL, uid, "a=1; a=2"),
        sent("1", Kind.POLL, uid, "a=1,b=2"),
        sent("1", Kind.POLL, uid, origin="http://a b.example"),
        dataclasses.replace(sent("1", Kind.POLL, uid), response=None),
        exchange_of(None),
    ],
    ids=["mount", "not a client", "quoted", "twice", "comma", "odd Origin", "unanswered", "no answer"],
)
def test_mounts_and_unusual_requests_are_left_out(exchange: Exchange) -> None:
    assert survey_of([exchange]).sightings == ()


def test_the_cookie_with_the_session_id_is_the_session_cookie() -> None:
    line = f"Set-Cookie: io={SID}; Path=/".encode()
    survey = survey_of([sent("1", Kind.HANDSHAKE, lambda *_: (line, b"Set-Cookie: uid=1"))])
    assert (survey.cookies, survey.session_cookies) == (("io", "uid"), frozenset({"io"}))


def test_the_order_of_the_exchanges_does_not_matter() -> None:
    exchanges = tour(uid)
    assert survey_of(exchanges) == survey_of(reversed(exchanges))


def test_a_flood_of_cookies_is_bounded() -> None:
    def flood(kind: Kind, cookie: str, origin: str) -> tuple[bytes, ...]:
        start = f"{kind}{cookie}{origin}".encode().hex()
        return tuple(f"Set-Cookie: {start}{number}=1".encode() for number in range(300))

    survey = survey_of(tour(flood))
    assert len(survey.cookies) == MOST_NAMES
    assert survey.more_cookies > 20 * MOST_NAMES
    assert max(len(sighting.cookies) for sighting in survey.sightings) == MOST_LINES


def test_the_surveyed_probes_exist() -> None:
    modules = (
        importlib.import_module(f"eiospec.probes.{one.name}") for one in pkgutil.iter_modules(probes.__path__)
    )
    names = {value.name for module in modules for value in vars(module).values() if isinstance(value, Probe)}
    assert set(SURVEYED) - names == set()
