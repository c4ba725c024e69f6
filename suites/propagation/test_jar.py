"""A user agent's cookie store: the cookie is returned, and two tabs work together."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.cookie_stores import Jar
from eiospec.requirements import MUST, Capability, requirement
from eiospec.sources import EIO4, RFC6265BIS


@requirement(
    "PR-010",
    MUST,
    "A cookie store fed with the handshake returns the session cookie on polls, posts and the upgrade.",
    source=RFC6265BIS.at("§5.7, §5.8.3"),
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
@pytest.mark.parametrize("case", ["poll", "POST", "upgrade"])
def test_cookie_comes_back(jar: Jar, session_cookie_name: str, case: str) -> None:
    cookies = jar.first.cookies_named(session_cookie_name)
    if not cookies:
        raise Blocked(f"the first tab's handshake did not set “{session_cookie_name}” (CK-001)")
    cookie = cookies[-1]
    if cookie.secure and jar.first.exchange.url.startswith("http://"):
        raise NotApplicable("the cookie is Secure and the target is http: judge it over https")
    assert f"{session_cookie_name}={cookie.value}" in jar.returned[case].split("; ")


@requirement(
    "PR-018",
    MUST,
    "Two sessions that share a cookie store both continue, although the second handshake replaced the cookie.",
    source=EIO4.at("Query parameters"),
    needs=(Capability.POLLING, Capability.STIMULUS),
)
@pytest.mark.parametrize("case", ["first", "second"])
def test_two_tabs(jar: Jar, case: str) -> None:
    if jar.alone.exchange.response is None or jar.alone.status != 200:
        raise Blocked("the first session was not served before there was a second one (PR-001, PR-002)")
    assert jar[f"POST of the {case} tab"].status == 200
    assert jar[f"poll of the {case} tab"].status == 200
    assert jar.crossed is False, "a message of one session was delivered to the other"
    assert jar.answered, "a message posted to one of the sessions was not answered in it"
