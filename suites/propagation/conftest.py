"""Observations that only the suites of propagation look at: pages of other origins, and sticky sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.answer import Answers
from eiospec.observations.cookies import Responses
from eiospec.observations.cross_origin import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    CrossOrigin,
    field_of,
    origin_of,
)
from eiospec.observations.handshake import TRANSPORTS
from eiospec.observations.session_cookie import SessionCookie
from eiospec.place import TARGET
from eiospec.plugin.run import Conformance
from eiospec.probes.cross_origin import declared_origins, strangers
from eiospec.probes.handshakes import handshakes
from eiospec.probes.identity import session_cookie as the_session_cookie
from eiospec.probes.probe import Probe
from eiospec.probes.user_agent import user_agent as the_user_agent
from eiospec.suites.observing import all_quick, answered, needs_probes, observed, origins, quick_at
from eiospec.target.contract import cors_of
from eiospec.target.profile import Profile

user_agent = observed(the_user_agent)
cookie_found = observed(the_session_cookie)


def asked_about(profile: Profile) -> list[str]:
    """Return the places that pages of other origins ask about."""
    return [TARGET, *(["cors"] if "cors" in profile.contract.mounts else [])]


def with_cors(profile: Profile) -> list[str]:
    """Return the places whose cors option is declared."""
    return [place for place in asked_about(profile) if place or profile.cors]


def without_cors(profile: Profile) -> list[str]:
    """Return the places whose cors option is off; by contract the mount `main` has none."""
    target = [TARGET] if profile.cors is False else []
    return [*target, *(["main"] if "main" in profile.contract.mounts else [])]


def pages_of(place: str, profile: Profile) -> tuple[Probe[Any], ...]:
    """Return the probes behind `cross_origin`."""
    return (*origins(place, profile), handshakes.on(place), the_session_cookie.on(place))


@needs_probes(pages_of, asked_about)
def cross_origin(conformance: Conformance, declared_place: str) -> CrossOrigin:
    """The answers to strangers and, where a cors option is declared, to the pages it is about."""
    policy = cors_of(declared_place) if declared_place else conformance.profile.cors or None
    seen = dict(conformance.observe(strangers.on(declared_place)).all)
    seen["handshake without Origin"] = conformance.observe(handshakes.on(declared_place)).first.answer
    if policy is None:
        return CrossOrigin(Answers(seen))
    cookie = conformance.cookie_roles(declared_place).expected
    seen |= conformance.observe(declared_origins.on(declared_place)).all
    return CrossOrigin(Answers(seen), policy, cookie.name if cookie else None)


@needs_probes((), with_cors)
def pages(cross_origin: CrossOrigin) -> CrossOrigin:
    """The same where a cors option is declared; not applicable elsewhere."""
    return replace(cross_origin, declared=cross_origin.policy)


@needs_probes(all_quick, lambda profile: [*TRANSPORTS, *with_cors(profile)])
def credentialed(conformance: Conformance, request: pytest.FixtureRequest, place: str) -> Responses:
    """Responses that allow credentials: every one over a transport, or those that a declaration requires to.

    Not applicable when there is none; blocked when those that are required to allow no origin at all.
    """
    if place in TRANSPORTS:
        every = answered(conformance, place, {TARGET, *conformance.profile.contract.mounts}).exchanges
        found = tuple(exchange for exchange in every if field_of(exchange, ALLOW_CREDENTIALS))
        if not found:
            raise NotApplicable(f"no response over {place} allows credentials")
        return Responses(found)
    pages: CrossOrigin = request.getfixturevalue("pages")
    if not pages.policy.credentials:
        raise NotApplicable("the declaration does not allow credentials")
    found = tuple(one for one in pages.from_allowed_origins if field_of(one, ALLOW_ORIGIN))
    if not found:
        raise Blocked("no declared origin is allowed (CO-006)")
    return Responses(found)


@needs_probes(quick_at)
def without_origin(conformance: Conformance, declared_place: str) -> Responses:
    """Every response over polling to a request without Origin; blocked without one."""
    every = answered(conformance, "polling", {declared_place})
    found = tuple(exchange for exchange in every.exchanges if origin_of(exchange) is None)
    if not found:
        raise Blocked("no request without Origin was answered")
    return Responses(found)


@needs_probes(quick_at, without_cors)
def switched_off(conformance: Conformance, declared_place: str, transport: str) -> Responses:
    """Every response of a place whose cors option is declared off."""
    if not declared_place and conformance.profile.cors is not False:
        raise NotApplicable("the profile does not declare cors = false")
    return answered(conformance, transport, {declared_place})


@needs_probes((the_session_cookie,))
def named_cookie(conformance: Conformance) -> SessionCookie:
    """The session cookie; not applicable when none was detected."""
    found = conformance.cookie_roles().found
    if found is None:
        raise NotApplicable("no session cookie was detected")
    return found


@needs_probes((the_session_cookie,))
def own_cookies(conformance: Conformance) -> frozenset[str]:
    """The names of the cookies that the server itself sets on a handshake."""
    expected = conformance.cookie_roles().expected
    return frozenset({expected.name} if expected is not None else ())
