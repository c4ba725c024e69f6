"""The attributes of cookies: what makes a user agent drop, leak or never return them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from eiospec.cookies.grammar import Attribute, SetCookie
from eiospec.cookies.matching import (
    domain_match,
    effective_path,
    is_ip,
    is_loopback,
    path_match,
    url_host,
    url_path,
)
from eiospec.errors import NotApplicable, Remarks
from eiospec.observations.answer import Answer
from eiospec.observations.cookies import Line, Responses, SetCookies
from eiospec.observations.handshake import Handshake
from eiospec.observations.handshakes import Handshakes, WebSocketHandshakes
from eiospec.requirements import INFO, SHOULD, Capability, requirement
from eiospec.sources import CHIPS, RFC6265BIS, SERVER_OPTIONS

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
    """Return True for SameSite=None without Secure."""
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
    """Return True for a __Host- name without the attributes it requires."""
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
        remarks.note(f"the Secure cookie “{name}” is set over http, where user agents drop it")


@requirement(
    "CA-021",
    SHOULD,
    "Domain, if present, domain-matches the request host and is neither a single label nor an IP address.",
    source=RFC6265BIS.at("§4.1.2.3, §5.7 steps 9 and 10"),
)
def test_domain_covers_the_host(default_cookies: SetCookies) -> None:
    if not any(line.cookie.has("Domain") for line in default_cookies.lines):
        raise NotApplicable("no cookie has a Domain attribute")
    found = default_cookies.where(has_useless_domain, "a Domain for which the user agent drops the cookie")
    assert found == []


def has_useless_domain(line: Line) -> bool:
    """Return True for a Domain that does not cover the host, or that user agents refuse."""
    if not line.cookie.has("Domain"):
        return False
    domain = (line.cookie.domain or "").removeprefix(".").lower()
    return is_ip(domain) or "." not in domain or not domain_match(url_host(line.exchange.url), domain)


@requirement(
    "CA-022",
    SHOULD,
    "The session cookie's path covers the engine path, so that it is returned on polls, posts and the upgrade.",
    source=RFC6265BIS.at("§5.1.4, §5.8.3"),
    needs=NEEDS,
)
@pytest.mark.target_only
def test_path_covers_the_engine(
    handshakes: Handshakes, websocket_handshakes: WebSocketHandshakes, session_cookie_name: str
) -> None:
    opened = (*handshakes.all, websocket_handshakes.plain)
    paths = {
        (url_path(handshake.exchange.url), cookie.path)
        for handshake, cookie in session_cookies_of(opened, session_cookie_name)
    }
    wrong = [
        f"Path {effective_path(path, requested)} does not match the engine path {requested}"
        for requested, path in paths
        if not path_match(requested, effective_path(path, requested))
    ]
    assert wrong == []


def session_cookies_of(handshakes: Iterable[Handshake], name: str) -> list[tuple[Handshake, SetCookie]]:
    """Return the lines that set the session cookie, each with its handshake."""
    return [
        (handshake, cookie)
        for handshake in handshakes
        if handshake.exchange.response is not None
        for cookie in handshake.cookies_named(name)
    ]


@requirement(
    "CA-024",
    SHOULD,
    "The session cookie's attributes do not depend on the request.",
    source=SERVER_OPTIONS.at("cookie"),
    needs=NEEDS,
)
def test_attributes_are_constant(opened: Responses, session_cookie_name: str) -> None:
    """With other cookies, other parameters, another Origin or User-Agent, over the other transport, in a crowd: the
    option is static. Only the date of Expires may change."""
    seen = [
        ("; ".join(sorted(shape(one) for one in cookie.attributes)) or "no attribute", exchange)
        for exchange in opened.exchanges
        for cookie in Answer(exchange).cookies_named(session_cookie_name)
    ]
    assert len(seen) > 1, "only one handshake set the cookie"
    first = dict(reversed(seen))
    assert len(first) == 1, "several sets of attributes: " + " | ".join(
        opened.finding(first[shown], shown) for shown in sorted(first)
    )


def shape(attribute: Attribute) -> str:
    """Return an attribute as it is compared: the name in any case, the value of SameSite too, none for Expires."""
    name, value = attribute.name.lower(), attribute.value
    if value is None or name == "expires":
        return name
    return f"{name}={value.lower() if name in ('samesite', 'domain') else value}"
