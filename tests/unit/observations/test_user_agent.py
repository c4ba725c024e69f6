"""What is concluded from the journey of a user agent: application sessions, and cookies in the place of others."""

from __future__ import annotations

import pytest
from handmade import answer, exchange_of

from eiospec.observations.answer import Answer, Answers
from eiospec.observations.cookies import sent_cookies
from eiospec.observations.user_agent import (
    AGAIN,
    HANDSHAKE,
    UserAgentJourney,
    displaced,
    other_sessions,
    set_by_default,
)
from eiospec.wire.exchange import Exchange

LATER = "/socket.io/?EIO=4&transport=polling&sid=x"


def step(label: str, cookie: str = "", *lines: bytes, upgrade: bool = False) -> Exchange:
    fields = f"Cookie: {cookie}\r\n" if cookie else ""
    fields += "Upgrade: websocket\r\n" if upgrade else ""
    request = f"GET {LATER} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()
    status = b"101 Switching Protocols" if upgrade else b"200 OK"
    return exchange_of(answer(b"", *lines, status=status), request=request, label=label)


def journey(*steps: Exchange) -> UserAgentJourney:
    return UserAgentJourney(Answers({one.label: Answer(one) for one in steps}), (), frozenset())


BY_DEFAULT = {"app": frozenset({"GET"})}
FIRST = step(HANDSHAKE, "", b"Set-Cookie: app=1; Path=/")
QUIET = step("first POST", "app=1")


def test_cookies_of_a_request_are_read_by_name() -> None:
    assert sent_cookies(step("poll", "a=1; b=c=2")) == {"a": "1", "b": "c=2"}


def test_cookie_that_only_handshakes_set_is_not_set_by_default() -> None:
    assert set_by_default([step("poll"), step("poll", "x=1", b"Set-Cookie: token=2")]) == {}
    assert set_by_default([step("poll", "", b"Set-Cookie: app=2")]) == BY_DEFAULT


def test_cookie_that_is_returned_and_kept_is_one_session() -> None:
    assert other_sessions(journey(FIRST, QUIET), BY_DEFAULT, None) == []


@pytest.mark.parametrize("upgrade", [False, True])
def test_another_value_of_a_returned_cookie_is_another_session(upgrade: bool) -> None:
    lost = step("lost", "app=1", b"Set-Cookie: app=2", upgrade=upgrade)
    (found,) = other_sessions(journey(FIRST, QUIET, lost), BY_DEFAULT, None)
    assert "“lost” set another value, “2”" in found


@pytest.mark.parametrize("line", [b"Set-Cookie: app=1; Max-Age=60", b"Set-Cookie: app=; Max-Age=0"])
def test_cookie_that_is_prolonged_or_deleted_is_no_other_session(line: bytes) -> None:
    assert other_sessions(journey(FIRST, QUIET, step("poll", "app=1", line)), BY_DEFAULT, None) == []


def test_cookie_that_changes_on_every_http_response_is_no_session() -> None:
    rolling = [step(f"poll {n}", f"app={n}", b"Set-Cookie: app=%d" % (n + 1)) for n in (1, 2, 3)]
    silent_101 = step("upgrade", "app=4", upgrade=True)
    assert other_sessions(journey(FIRST, *rolling, silent_101), BY_DEFAULT, None) == []


def test_changing_cookie_that_one_kind_of_response_never_has_is_no_session() -> None:
    rolling = step("poll", "app=1", b"Set-Cookie: app=2")
    assert other_sessions(journey(FIRST, QUIET, rolling), {"app": frozenset({"POST"})}, None) == []


def test_session_cookie_of_engine_io_is_not_the_applications() -> None:
    lost = step("lost", "app=1", b"Set-Cookie: app=2")
    assert other_sessions(journey(FIRST, QUIET, lost), BY_DEFAULT, "app") == []


def test_cookie_in_the_place_of_the_session_cookie_is_named() -> None:
    first = step(HANDSHAKE, "", b"Set-Cookie: io=1")
    other = journey(first, step(AGAIN, "io=1", b"Set-Cookie: uid=1"))
    assert displaced(other, "io") == [f"“{AGAIN}” set “uid” and not “io”"]
    both = journey(first, step(AGAIN, "io=1", b"Set-Cookie: uid=1", b"Set-Cookie: io=2"))
    assert displaced(both, "io") == []
