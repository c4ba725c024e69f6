"""The application's cookies and fields, as they are seen: the same on HTTP responses and on a 101."""

from __future__ import annotations

import pytest

from eiospec.observations.attributes import differing_attributes
from eiospec.observations.comparable import Addition
from eiospec.observations.consistency import missing, still_set
from eiospec.observations.displacement import (
    without_application_cookies,
    without_each_other,
    without_session_cookie,
)
from eiospec.observations.survey import OVER_HTTP, Kind, Survey
from eiospec.requirements import SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, MIDDLEWARES, RFC6265, RFC6265BIS

Additions = tuple[Addition, ...]
WHAT = pytest.mark.parametrize("case", ["cookie", "field"])


@requirement(
    "AP-001",
    SHOULD,
    "A cookie, or a field with a constant value, that is on every polling handshake is also on WebSocket-only 101s.",
    source=COOKIE_HOWTO.at("initial_headers"),
    needs=(Capability.POLLING, Capability.WEBSOCKET),
)
@WHAT
def test_on_the_websocket_handshake(survey: Survey, additions: Additions, case: str) -> None:  # noqa: ARG001
    assert missing(survey, additions, on=Kind.WEBSOCKET, though_on=(Kind.HANDSHAKE,)) == []


@requirement(
    "AP-002",
    SHOULD,
    "A cookie, or a field with a constant value, that is on every HTTP response of a session is also on its upgrade 101.",
    source=MIDDLEWARES,
    needs=(Capability.POLLING, Capability.UPGRADE),
)
@WHAT
def test_on_the_upgrade(survey: Survey, additions: Additions, case: str) -> None:  # noqa: ARG001
    assert missing(survey, additions, on=Kind.UPGRADE, though_on=OVER_HTTP) == []


@requirement(
    "AP-003",
    SHOULD,
    "A cookie that stops being set when it is returned stops on polls, POSTs and 101s alike.",
    source=COOKIE_HOWTO.at("headers"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", [Kind.POLL, Kind.POST, Kind.UPGRADE, Kind.WEBSOCKET])
def test_stops_when_returned(survey: Survey, cookies: Additions, case: Kind) -> None:
    assert still_set(survey, cookies, on=case) == []


@requirement(
    "AP-004",
    SHOULD,
    "A cookie of the application is set with the same attributes wherever it is set.",
    source=RFC6265BIS.at("§5.7"),
)
def test_one_set_of_attributes(survey: Survey) -> None:
    """Path, Domain, Secure, HttpOnly, SameSite, and whether it has a lifetime; deleting it is another matter."""
    assert differing_attributes(survey) == []


@requirement(
    "AP-005",
    SHOULD,
    "A cookie of the application does not replace the session cookie on handshakes.",
    source=RFC6265.at("§3"),
)
def test_session_cookie_stays(survey: Survey, cookies: Additions, transport: str) -> None:
    """socket.io 4.1 to 4.8.4 loses it when a hook assigns set-cookie and the cors option or a middleware sets a field."""
    kind = Kind.HANDSHAKE if transport == "polling" else Kind.WEBSOCKET
    assert without_session_cookie(survey, cookies, kind) == []


@requirement(
    "AP-006",
    SHOULD,
    "The session cookie does not replace the application's cookies on polling handshakes.",
    source=RFC6265.at("§3"),
    needs=Capability.POLLING,
)
def test_application_cookies_stay(survey: Survey, cookies: Additions) -> None:
    assert without_application_cookies(survey, cookies) == []


@requirement(
    "AP-007",
    SHOULD,
    "One cookie of the application does not replace another.",
    source=RFC6265.at("§3"),
)
def test_cookies_stay_together(survey: Survey, cookies: Additions) -> None:
    """As where two hooks assign set-cookie, so that the second replaces what the first has set."""
    assert without_each_other(survey, cookies) == []
