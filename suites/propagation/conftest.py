"""The vocabulary of the suite about origins: what pages were answered by the target, and on a mount."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import Blocked, NotApplicable
from eiospec.fixtures.observations.answer import Answers
from eiospec.fixtures.observations.cookies import Responses
from eiospec.fixtures.observations.cross_origin import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    CrossOrigin,
    field_of,
    origin_of,
)
from eiospec.fixtures.observations.handshake import TRANSPORTS
from eiospec.fixtures.probes.cross_origin import declared_origins, strangers
from eiospec.fixtures.probes.identity import session_cookie
from eiospec.fixtures.target.contract import cors_of
from eiospec.plugin.run import Conformance
from eiospec.suites.observing import answered, place_of


@pytest.fixture
def place(conformance: Conformance, where: str) -> str:
    """The mount of a case, empty for the target; not applicable when the profile does not declare it."""
    mount = place_of(where)
    if mount and mount not in conformance.profile.contract.mounts:
        raise NotApplicable(f"the profile does not declare the mount {mount}")
    return mount


@pytest.fixture
def cross_origin(conformance: Conformance, place: str) -> CrossOrigin:
    """What strangers were answered and, where a cors option is declared, the pages it is about."""
    policy = cors_of(place) if place else conformance.profile.cors or None
    seen = dict(conformance.observe(strangers.on(place)).answers.all)
    if policy is None:
        return CrossOrigin(Answers(seen, []))
    cookie = conformance.observe(session_cookie.on(place))
    seen |= conformance.observe(declared_origins.on(place)).answers.all
    return CrossOrigin(Answers(seen, []), policy, cookie.name if cookie else None)


@pytest.fixture
def credentialed(conformance: Conformance, request: pytest.FixtureRequest, where: str) -> Responses:
    """Responses that allow credentials: all of the run over a transport, or those a declaration says have to.

    Not applicable when there is none; blocked when those that have to allow no origin at all.
    """
    if where in TRANSPORTS:
        every = answered(conformance, where, {"", *conformance.profile.contract.mounts}).exchanges
        found = tuple(exchange for exchange in every if field_of(exchange, ALLOW_CREDENTIALS))
        if not found:
            raise NotApplicable(f"no response over {where} allows credentials")
        return Responses(found)
    pages: CrossOrigin = request.getfixturevalue("cross_origin")
    if not pages.policy.credentials:
        raise NotApplicable("the declaration does not allow credentials")
    found = tuple(one for one in pages.from_allowed_origins if field_of(one, ALLOW_ORIGIN))
    if not found:
        raise Blocked("no declared origin is allowed (CO-006)")
    return Responses(found)


@pytest.fixture
def without_origin(conformance: Conformance, place: str) -> Responses:
    """Every response over polling to a request that came from no page; blocked without one."""
    every = answered(conformance, "polling", {place})
    found = tuple(exchange for exchange in every.exchanges if origin_of(exchange) is None)
    if not found:
        raise Blocked("no request without Origin was answered")
    return Responses(found)


@pytest.fixture
def switched_off(conformance: Conformance, place: str, transport: str) -> Responses:
    """Every response of a place whose cors option is declared off; the mount `main` has none by contract."""
    if not place and conformance.profile.cors is not False:
        raise NotApplicable("the profile does not declare cors = false")
    return answered(conformance, transport, {place})
