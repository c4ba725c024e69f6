"""Fixtures of the suites that return observations: each is declared with the probes it needs.

The plugin reads `probes` and `places` from the function of a fixture, so that a run starts only the probes that its
checks need.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

import pytest

from eiospec.errors import Blocked
from eiospec.observations.balancer_cookies import set_by_balancer
from eiospec.observations.cookies import Responses, SetCookies, lines_of, of_lines
from eiospec.observations.evidence import hand_out
from eiospec.observations.survey import Survey, survey_of
from eiospec.place import TARGET
from eiospec.plugin.run import Conformance
from eiospec.probes.admission import cors_and_hooks, middleware, session_middleware
from eiospec.probes.another_client import another_client
from eiospec.probes.cross_origin import declared_origins, strangers
from eiospec.probes.errors import errors
from eiospec.probes.farewell import farewell
from eiospec.probes.fixation import fixation
from eiospec.probes.handshakes import crowd, handshakes, websocket_handshakes
from eiospec.probes.hooks import arrays, howto
from eiospec.probes.identity import session_cookie
from eiospec.probes.jar import jar
from eiospec.probes.probe import Probe
from eiospec.probes.refusals import refusals
from eiospec.probes.sticky import sessions
from eiospec.probes.survey import survey
from eiospec.probes.tour import tour
from eiospec.probes.upgrade import (
    upgrade_with_cookies,
    upgrade_with_foreign_cookie,
    upgrade_without_cookies,
)
from eiospec.target.contract import cors_of
from eiospec.target.profile import Profile
from eiospec.wire.exchange import Exchange

Function = TypeVar("Function", bound=Callable[..., Any])
# The probes of a fixture, by the place a check is judged at and what the profile declares.
Needs = Callable[[str, Profile], Iterable[Probe[Any]]]

# At every place, because every server has handshakes.
EVERYWHERE: tuple[Probe[Any], ...] = (handshakes, websocket_handshakes, session_cookie)

# Probes: all their responses are searched for cookies. Without the heartbeat, which would delay them.
QUICK: tuple[Probe[Any], ...] = (
    *EVERYWHERE,
    tour,
    upgrade_with_cookies,
    upgrade_without_cookies,
    upgrade_with_foreign_cookie,
    errors,
    refusals,
    fixation,
    jar,
    farewell,
    another_client,
    crowd,
    survey,
)

# Hooks as the documentation writes them: their responses are the server's doing. Hooks that provoke a wrong header on
# purpose are judged by their own checks only.
DOCUMENTED: Mapping[str, tuple[Probe[Any], ...]] = {
    "main": (howto, arrays, middleware, session_middleware),
    "cors": (cors_and_hooks,),
}

# The mounts that pages of other origins ask: one with the cors option, and one without.
ORIGINS = ("main", "cors")


def observed(probe: Probe[Any], *, on: str = TARGET) -> Any:
    """Return a fixture that returns the observation of one probe at one place."""
    wanted = probe.on(on)

    def fixture(conformance: Conformance) -> Any:
        return hand_out(conformance.observe(wanted))

    fixture.__doc__ = probe.hold.__doc__
    fixture.probes = (wanted,)  # type: ignore[attr-defined]
    return pytest.fixture(fixture)


def needs_probes(
    needs: Needs | tuple[Probe[Any], ...], places: Callable[[Profile], list[str]] | None = None
) -> Callable[[Function], Function]:
    """Make a fixture that needs several probes; its value is recorded as evidence.

    `places` limits where the checks with this fixture are judged.
    """

    def make(function: Function) -> Function:
        @wraps(function)
        def fixture(*args: object, **kwargs: object) -> Any:
            return hand_out(function(*args, **kwargs))

        fixture.probes = needs  # type: ignore[attr-defined]
        if places is not None:
            fixture.places = places  # type: ignore[attr-defined]
        return cast(Function, pytest.fixture(fixture))

    return make


def everywhere(place: str, profile: Profile) -> list[Probe[Any]]:  # noqa: ARG001 - a Needs
    """Return the probes that run at every place."""
    return [probe.on(place) for probe in EVERYWHERE]


def quick_probes(profile: Profile) -> tuple[Probe[Any], ...]:
    """Return every probe whose responses are searched for cookies, at the target and the declared mounts."""
    if profile.sticky is not None:
        return (*EVERYWHERE, sessions)
    mounts = profile.contract.mounts
    hooked = bool(profile.contract.callbacks)
    return (
        *QUICK,
        *(probe.on(mount) for mount in mounts for probe in EVERYWHERE),
        *(probe for place in (TARGET, *mounts) for probe in origins(place, profile)),
        *(probe.on(mount) for mount in mounts if hooked for probe in DOCUMENTED.get(mount, ())),
    )


def all_quick(place: str, profile: Profile) -> tuple[Probe[Any], ...]:  # noqa: ARG001 - a Needs
    """Return the quick probes of all places."""
    return quick_probes(profile)


def quick_at(place: str, profile: Profile) -> list[Probe[Any]]:
    """Return the quick probes of one place."""
    return [probe for probe in quick_probes(profile) if probe.place == place]


def origins(place: str, profile: Profile) -> tuple[Probe[Any], ...]:
    """Return the probes of pages of other origins at a place."""
    if place and place not in ORIGINS:
        return ()
    declared = cors_of(place) if place else profile.cors
    asked = (strangers, declared_origins) if declared else (strangers,)
    return tuple(probe.on(place) for probe in asked)


def places_of(metafunc: pytest.Metafunc, profile: Profile) -> list[str]:
    """Return the places where a check is judged; none for a check that observes one place only.

    A fixture that needs probes and does not request `place` observes one place; one with `places` limits them.
    """
    definitions = metafunc.definition._fixtureinfo.name2fixturedefs
    functions = [definitions[name][-1].func for name in metafunc.fixturenames if name in definitions]
    limits = [function.places for function in functions if hasattr(function, "places")]
    if limits:
        return limits[0](profile) or [TARGET]
    mounts = profile.contract.mounts
    if not mounts or metafunc.definition.get_closest_marker("target_only"):
        return []
    observing = [function for function in functions if hasattr(function, "probes")]
    if any("place" not in inspect.signature(function).parameters for function in observing):
        return []
    return [TARGET, *mounts]


def answered(conformance: Conformance, transport: str, places: Collection[str]) -> Responses:
    """Return the answers to the quick probes at these places over one transport; raise Blocked without any."""
    found = seen_over(conformance, transport, places)
    if not found:
        raise Blocked(f"no request over {transport} was answered")
    return Responses(found)


def seen_over(conformance: Conformance, transport: str, places: Collection[str]) -> tuple[Exchange, ...]:
    """Return the answered exchanges of the quick probes at these places over one transport."""
    return conformance.once(
        ("answered", transport, *sorted(places)), lambda: _answered(conformance, transport, places)
    )


def _answered(conformance: Conformance, transport: str, places: Collection[str]) -> tuple[Exchange, ...]:
    probes = [probe for probe in quick_probes(conformance.profile) if probe.place in places]
    conformance.wait_for(probes)
    upgrades, rank = transport == "websocket", {probe.title: number for number, probe in enumerate(probes)}
    found = [
        exchange
        for exchange in conformance.transcript.exchanges
        if exchange.probe in rank and exchange.response is not None and exchange.is_websocket == upgrades
    ]
    if conformance.profile.sticky is not None:
        # A balancer need not set a cookie again that it was sent (HAProxy, `cookie … indirect`).
        found = [exchange for exchange in found if "sid=" in exchange.url or not brings_cookies(exchange)]
    # In a fixed order, so that a check reports the same finding first in every run.
    return tuple(sorted(found, key=lambda exchange: (rank[exchange.probe], exchange.label)))


def surveyed(conformance: Conformance) -> Survey:
    """Return the survey of what the target itself adds to its responses."""
    probes = [probe for probe in quick_probes(conformance.profile) if probe.place == TARGET]
    conformance.wait_for(probes)
    return conformance.once(("survey",), lambda: survey_of(conformance.transcript.exchanges))


def balancers_own(conformance: Conformance) -> frozenset[str]:
    """Return the names of the balancer's cookies, without the session cookie."""
    seen, cookie = conformance.observe(sessions), conformance.observe(session_cookie)
    return set_by_balancer(seen) - {cookie.name if cookie else ""}


def brings_cookies(exchange: Exchange) -> bool:
    """Return True if the request has a Cookie field."""
    return bool(exchange.request.headers.values("cookie"))


def set_cookies_of(conformance: Conformance, transport: str, places: Collection[str]) -> SetCookies:
    """Return every Set-Cookie line of the answers to the quick probes; raise NotApplicable without any."""
    responses = answered(conformance, transport, places)
    if conformance.profile.sticky is not None:
        theirs = balancers_own(conformance)
        lines = lines_of(responses.exchanges)
        return of_lines(tuple(line for line in lines if line.cookie.name not in theirs))
    key = ("set-cookie lines", transport, *sorted(places))
    return of_lines(conformance.once(key, lambda: lines_of(responses.exchanges)))
