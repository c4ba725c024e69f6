"""The attributes of cookies: what makes a user agent drop, leak or never return them."""

from __future__ import annotations

from eiospec.fixtures.cookies.matching import (
    domain_match,
    effective_path,
    is_ip,
    is_loopback,
    path_match,
    url_host,
    url_path,
)
from eiospec.fixtures.judging import NotApplicable, Remarks
from eiospec.fixtures.observations.cookies import Line, SetCookies
from eiospec.fixtures.probes.handshakes import Crowd, Handshakes
from eiospec.fixtures.requirements import INFO, SHOULD, Capability, requirement
from eiospec.fixtures.sources import CHIPS, RFC6265BIS, SERVER_OPTIONS

NEEDS = (Capability.POLLING, Capability.SESSION_COOKIE)


@requirement(
    "CA-015",
    SHOULD,
    "SameSite=None is never sent without Secure: the user agent ignores such a cookie.",
    source=RFC6265BIS.at("§5.7 step 19"),
)
def test_none_needs_secure(set_cookies: SetCookies) -> None:
    assert set_cookies.where(is_none_without_secure, "SameSite=None without Secure") == []


def is_none_without_secure(line: Line) -> bool:
    """True for SameSite=None without Secure."""
    return (line.cookie.same_site or "").lower() == "none" and not line.cookie.secure


@requirement(
    "CA-016",
    SHOULD,
    "A cookie whose name begins with __Secure- has Secure.",
    source=RFC6265BIS.at("§4.1.3.1, §5.7 step 20"),
)
def test_secure_prefix(set_cookies: SetCookies) -> None:
    assert (
        set_cookies.where(
            lambda line: line.cookie.name.lower().startswith("__secure-") and not line.cookie.secure,
            "a __Secure- name without Secure",
        )
        == []
    )


@requirement(
    "CA-017",
    SHOULD,
    "A cookie whose name begins with __Host- has Secure, Path=/ and no Domain.",
    source=RFC6265BIS.at("§4.1.3.2, §5.7 step 21"),
)
def test_host_prefix(set_cookies: SetCookies) -> None:
    assert (
        set_cookies.where(breaks_host_prefix, "a __Host- name without Secure and Path=/, or with Domain")
        == []
    )


def breaks_host_prefix(line: Line) -> bool:
    """True for a __Host- name whose attributes do not earn it."""
    cookie = line.cookie
    earned = cookie.secure and cookie.path == "/" and not cookie.has("Domain")
    return cookie.name.lower().startswith("__host-") and not earned


@requirement(
    "CA-018",
    SHOULD,
    "Partitioned is never sent without Secure: user agents reject the cookie.",
    source=CHIPS.at("Set-Cookie"),
)
def test_partitioned_needs_secure(set_cookies: SetCookies) -> None:
    assert (
        set_cookies.where(
            lambda line: line.cookie.has("Partitioned") and not line.cookie.secure,
            "Partitioned without Secure",
        )
        == []
    )


@requirement(
    "CA-019",
    SHOULD,
    "Cookies set over https carry Secure.",
    source=RFC6265BIS.at("§8.3"),
    needs=Capability.TLS,
)
def test_https_sets_secure(set_cookies: SetCookies) -> None:
    assert set_cookies.where(lambda line: not line.cookie.secure, "no Secure over https") == []


@requirement(
    "CA-020",
    INFO,
    "A Secure cookie over plain http, which user agents drop, is recorded.",
    source=RFC6265BIS.at("§5.7 step 13"),
)
def test_secure_over_http(set_cookies: SetCookies, remarks: Remarks) -> None:
    plain = [line for line in set_cookies.lines if line.exchange.url.startswith("http://")]
    remote = [line for line in plain if not is_loopback(url_host(line.exchange.url))]
    if not remote:
        raise NotApplicable("the target is https or on this host, where Secure cookies may be kept")
    for name in sorted({line.cookie.name for line in remote if line.cookie.secure}):
        remarks.record(f"the Secure cookie “{name}” is set over http, where user agents drop it")


@requirement(
    "CA-021",
    SHOULD,
    "Domain, if present, domain-matches the request host and is neither a single label nor an IP address.",
    source=RFC6265BIS.at("§4.1.2.3, §5.7 steps 9 and 10"),
)
def test_domain_covers_the_host(set_cookies: SetCookies) -> None:
    if not any(line.cookie.has("Domain") for line in set_cookies.lines):
        raise NotApplicable("no cookie has a Domain attribute")
    assert set_cookies.where(has_useless_domain, "a Domain for which the user agent drops the cookie") == []


def has_useless_domain(line: Line) -> bool:
    """True for a Domain that does not cover the host, or that user agents refuse."""
    if not line.cookie.has("Domain"):
        return False
    domain = (line.cookie.domain or "").removeprefix(".").lower()
    return is_ip(domain) or "." not in domain or not domain_match(url_host(line.exchange.url), domain)


@requirement(
    "CA-022",
    SHOULD,
    "The session cookie's path covers the engine path, so that it comes back on polls, posts and the upgrade.",
    source=RFC6265BIS.at("§5.1.4, §5.8.3"),
    needs=NEEDS,
)
def test_path_covers_the_engine(handshakes: Handshakes, session_cookie_name: str) -> None:
    requested = url_path(handshakes.first.exchange.url)
    cookie = handshakes.first.cookies_named(session_cookie_name)[0]
    path = effective_path(cookie.path, requested)
    assert path_match(requested, path), f"Path {path} does not match the engine path {requested}"


@requirement(
    "CA-024",
    SHOULD,
    "The session cookie's attributes do not depend on the request.",
    source=SERVER_OPTIONS.at("cookie"),
    needs=NEEDS,
)
def test_attributes_are_constant(handshakes: Handshakes, crowd: Crowd, session_cookie_name: str) -> None:
    cookies = [
        cookie
        for handshake in (*handshakes.all, *crowd.all)
        for cookie in handshake.cookies_named(session_cookie_name)
    ]
    shapes = {frozenset((one.name.lower(), one.value) for one in cookie.attributes) for cookie in cookies}
    shown = sorted(
        "; ".join(sorted(f"{name}={value}" if value else name for name, value in shape)) for shape in shapes
    )
    assert len(cookies) > 1, "only one handshake set the cookie"
    assert shown[1:] == [], f"several sets of attributes: {' | '.join(shown)}"
