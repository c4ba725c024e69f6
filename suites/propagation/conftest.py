"""The vocabulary of the suite about origins: what pages were answered by the target, and on a mount."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

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
from eiospec.plugin.options import OPTIONS
from eiospec.plugin.run import Conformance
from eiospec.probes.cross_origin import declared_origins, strangers
from eiospec.probes.handshakes import handshakes
from eiospec.probes.identity import session_cookie
from eiospec.suites.observing import answered, place_of
from eiospec.target.contract import cors_of
from eiospec.target.profile import Profile


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge wherever there is something to judge; without such a place one case says why there is none."""
    if "place" in metafunc.fixturenames:
        profile = metafunc.config.stash[OPTIONS].profile
        metafunc.parametrize("place", places(metafunc.fixturenames, profile) or ["target"])


def places(names: Collection[str], profile: Profile) -> list[str]:
    """The target and the mounts that a check with these fixtures is about, and the transports if it is about all."""
    mounts = profile.contract.mounts
    on_mount = ["cors"] if "cors" in mounts else []
    declared = [*(["target"] if profile.cors else []), *on_mount]
    if "credentialed" in names:
        return [*TRANSPORTS, *declared]
    if "pages" in names:
        return declared
    if "switched_off" in names:
        return [*(["target"] if profile.cors is False else []), *(["main"] if "main" in mounts else [])]
    return ["target", *on_mount]


@pytest.fixture
def at(conformance: Conformance, place: str) -> str:
    """The mount of a case, empty for the target; not applicable when the profile does not declare it."""
    mount = place_of(place)
    if mount and mount not in conformance.profile.contract.mounts:
        raise NotApplicable(f"the profile does not declare the mount {mount}")
    return mount


@pytest.fixture
def cross_origin(conformance: Conformance, at: str) -> CrossOrigin:
    """What strangers were answered and, where a cors option is declared, the pages it is about."""
    policy = cors_of(at) if at else conformance.profile.cors or None
    seen = dict(conformance.observe(strangers.on(at)).answers.all)
    seen["handshake without Origin"] = conformance.observe(handshakes.on(at)).first.answer
    if policy is None:
        return CrossOrigin(Answers(seen, []))
    cookie = conformance.observe(session_cookie.on(at))
    seen |= conformance.observe(declared_origins.on(at)).answers.all
    return CrossOrigin(Answers(seen, []), policy, cookie.name if cookie else None)


@pytest.fixture
def pages(cross_origin: CrossOrigin) -> CrossOrigin:
    """The same where a cors option is declared; not applicable elsewhere."""
    return replace(cross_origin, declared=cross_origin.policy)


@pytest.fixture
def credentialed(conformance: Conformance, request: pytest.FixtureRequest, place: str) -> Responses:
    """Responses that allow credentials: all of the run over a transport, or those a declaration says have to.

    Not applicable when there is none; blocked when those that have to allow no origin at all.
    """
    if place in TRANSPORTS:
        every = answered(conformance, place, {"", *conformance.profile.contract.mounts}).exchanges
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


@pytest.fixture
def without_origin(conformance: Conformance, at: str) -> Responses:
    """Every response over polling to a request that came from no page; blocked without one."""
    every = answered(conformance, "polling", {at})
    found = tuple(exchange for exchange in every.exchanges if origin_of(exchange) is None)
    if not found:
        raise Blocked("no request without Origin was answered")
    return Responses(found)


@pytest.fixture
def switched_off(conformance: Conformance, at: str, transport: str) -> Responses:
    """Every response of a place whose cors option is declared off; the mount `main` has none by contract."""
    if not at and conformance.profile.cors is not False:
        raise NotApplicable("the profile does not declare cors = false")
    return answered(conformance, transport, {at})
