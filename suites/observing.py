"""Which fixture stands on which probes, so that a run starts only what the selected checks need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from eiospec.errors import Blocked
from eiospec.observations.cookies import Responses, SetCookies, lines_of, of_lines
from eiospec.observations.session_cookie import FOREIGN
from eiospec.plugin.run import Conformance
from eiospec.probes.admission import admission, cors_and_hooks, middleware, session_middleware
from eiospec.probes.another_client import another_client
from eiospec.probes.application import handshake_cookie
from eiospec.probes.configured import outlived
from eiospec.probes.cookie_fields import cookie_fields, cookie_fields_for_hooks
from eiospec.probes.cross_origin import declared_origins, strangers
from eiospec.probes.elsewhere import elsewhere, upgrade_elsewhere
from eiospec.probes.errors import errors
from eiospec.probes.farewell import farewell
from eiospec.probes.fixation import fixation
from eiospec.probes.guessing import guessing
from eiospec.probes.handshakes import crowd, handshakes, websocket_handshakes
from eiospec.probes.heartbeat import heartbeat_polling, heartbeat_websocket
from eiospec.probes.hooks import arrays, counts, howto, overrides, rotation
from eiospec.probes.hygiene import hygiene
from eiospec.probes.identity import session_cookie
from eiospec.probes.jar import jar
from eiospec.probes.killing import injection, misconfigured, throwing
from eiospec.probes.probe import Probe
from eiospec.probes.queries import jsonp_index, queries
from eiospec.probes.refusals import refusals
from eiospec.probes.revision_3 import revision_3
from eiospec.probes.sticky import idle_poll, sessions
from eiospec.probes.store_session import store_session
from eiospec.probes.tour import tour
from eiospec.probes.upgrade import (
    upgrade_with_cookies,
    upgrade_with_foreign_cookie,
    upgrade_without_cookies,
)
from eiospec.target.contract import cors_of
from eiospec.target.profile import Profile
from eiospec.wire.exchange import Exchange

# What is seen of every mount, because it holds for every server.
EVERYWHERE: tuple[Probe[Any], ...] = (handshakes, websocket_handshakes, session_cookie)

# The conversations whose every response is looked at for cookies. The heartbeat's are not among them: nothing
# that is quick waits for what is slow.
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
)

# Hooks as the documentation writes them: what comes of them is the server's. Those that provoke a wrong
# header on purpose are judged by their own checks only.
DOCUMENTED: Mapping[str, tuple[Probe[Any], ...]] = {
    "main": (howto, arrays, middleware, session_middleware),
    "cors": (cors_and_hooks,),
}

# Where pages of other origins are asked about beside the target: a mount with the cors option, and one without.
ORIGINS = ("main", "cors")

ON_TARGET: Mapping[str, tuple[Probe[Any], ...]] = {
    "tour": (tour,),
    "upgrade": (upgrade_with_cookies,),
    "bare_upgrade": (upgrade_without_cookies,),
    "foreign_upgrade": (upgrade_with_foreign_cookie,),
    "errors": (errors,),
    "elsewhere": (elsewhere, upgrade_elsewhere),
    "refusals": (refusals,),
    "later_packets": QUICK,
    "fixation": (fixation,),
    "jar": (jar,),
    "farewell": (farewell,),
    "another_client": (another_client,),
    "crowd": (crowd,),
    "hygiene": (hygiene,),
    "guessing": (guessing,),
    "queries": (queries,),
    "heartbeat": (heartbeat_polling, heartbeat_websocket),
    "sessions": (sessions,),
    "idle_poll": (idle_poll,),
}

# What is held of several nodes behind a balancer: what one request shows, and the sessions through the balancer.
# The requests of every other conversation would have to reach one node, and to be as many as for one server.
BEHIND_A_BALANCER = frozenset(probe.name for probe in (*EVERYWHERE, sessions, idle_poll))

ON_MAIN: Mapping[str, tuple[Probe[Any], ...]] = {
    "howto": (howto,),
    "arrays": (arrays,),
    "overrides": (overrides,),
    "rotation": (rotation,),
    "hook_calls": (counts,),
    "admission": (admission,),
    "middleware": (middleware,),
    "session_middleware": (session_middleware,),
    "store_session": (store_session,),
    "handshake_cookie": (handshake_cookie,),
    "injection": (injection,),
    "throwing": (throwing,),
    "misconfigured": (misconfigured,),
}


# What is only seen of the target, or of one mount: a check that looks at any of it is judged once.
SEEN_ONCE = frozenset(
    {
        *ON_TARGET,
        *ON_MAIN,
        "cors_and_hooks",
        "revision_3",
        "jsonp_index",
        "handshakes_beside",
        "odd_cookies",
        "issued",
        "configured",
        "cookieless",
        "outlived",
        "responses",
        "default_cookies",
        "timings",
        "at",
    }
)


def quick_probes(profile: Profile) -> tuple[Probe[Any], ...]:
    """Every conversation whose responses are looked at for cookies, on the target and on what it declares."""
    if profile.sticky is not None:
        return (*EVERYWHERE, sessions)
    mounts = profile.contract.mounts
    hooked = bool(profile.contract.callbacks)
    return (
        *QUICK,
        *(probe.on(mount) for mount in mounts for probe in EVERYWHERE),
        *(probe for where in ("", *mounts) for probe in origins(where, profile)),
        *(probe.on(mount) for mount in mounts if hooked for probe in DOCUMENTED.get(mount, ())),
    )


def place_of(case: str) -> str:
    """The mount of a case, empty for the target itself."""
    return "" if case == "target" else case


def origins(mount: str, profile: Profile) -> tuple[Probe[Any], ...]:
    """The conversations of pages of other origins with the target or a mount."""
    if mount and mount not in ORIGINS:
        return ()
    declared = cors_of(mount) if mount else profile.cors
    asked = (strangers, declared_origins) if declared else (strangers,)
    return tuple(probe.on(mount) for probe in asked)


def probes_for(names: Iterable[str], params: Mapping[str, object], profile: Profile) -> list[Probe[Any]]:
    """The probes behind a check's fixtures; what the profile does not declare is not held."""
    mount, case = str(params.get("mount", "")), str(params.get("case", ""))
    place = place_of(str(params.get("place", "target")))
    found: list[Probe[Any]] = []
    for name in names:
        if name in ("responses", "set_cookies", "default_cookies"):
            found += quick_probes(profile)
        elif name == "issued":
            found += QUICK
        elif name == "odd_cookies" and case == "target":
            found.append(cookie_fields)
        elif name == "odd_cookies" and "main" in profile.contract.mounts:
            found.append(cookie_fields_for_hooks.on("main"))
        elif name in ("polled", "streamed", "opened"):
            found += [probe for probe in quick_probes(profile) if probe.mount == mount]
        elif name == "openings" and not mount and profile.sticky is None:
            found.append(another_client)
        elif name in ("handshake", "handshakes", "websocket_handshakes", "detected_cookie"):
            found += [probe.on(mount) for probe in EVERYWHERE]
        elif name == "credentialed":
            found += quick_probes(profile)
        elif name == "cross_origin" and (not place or place in profile.contract.mounts):
            found += [*origins(place, profile), handshakes.on(place), session_cookie.on(place)]
        elif name in ("without_origin", "switched_off"):
            found += [probe for probe in quick_probes(profile) if probe.mount == place]
        elif name in ("sessions", "idle_poll") and profile.sticky is None:
            continue
        elif name in ON_TARGET:
            found += ON_TARGET[name]
        elif name in ON_MAIN and "main" in profile.contract.mounts:
            killing = any(probe.kills for probe in ON_MAIN[name])
            found += [probe.on("main") for probe in ON_MAIN[name] if profile.contract.killing or not killing]
        elif name == "cors_and_hooks" and "cors" in profile.contract.mounts:
            found.append(cors_and_hooks.on("cors"))
        elif name == "revision_3" and "revision3" in profile.contract.mounts:
            found.append(revision_3.on("revision3"))
        elif name == "jsonp_index" and "revision3" in profile.contract.mounts:
            found.append(jsonp_index.on("revision3"))
        elif name == "handshakes_beside" and "revision3" in profile.contract.mounts:
            found += [handshakes.on("revision3"), websocket_handshakes.on("revision3")]
        elif name in ("configured", "cookieless", "timings", "outlived"):
            where = "" if case == "declared" else case
            if not where or where in profile.contract.mounts:
                found += [probe.on(where) for probe in ((outlived,) if name == "outlived" else EVERYWHERE)]
    return found


def beyond_the_balancer(probes: Iterable[Probe[Any]], params: Mapping[str, object], profile: Profile) -> str:
    """Why a check that stands on these conversations is not judged; empty when it is."""
    if profile.sticky is None:
        return ""
    within = all(probe.name in BEHIND_A_BALANCER and not probe.mount for probe in probes)
    if within and not params.get("mount"):
        return ""
    return "several nodes answer behind a balancer: judge this on one of them directly"


def answered(conformance: Conformance, transport: str, mounts: Collection[str]) -> Responses:
    """What the quick conversations on these mounts ("" is the target) were answered, over one transport."""
    found = seen_over(conformance, transport, mounts)
    if not found:
        raise Blocked(f"no request over {transport} was answered")
    return Responses(found)


def seen_over(conformance: Conformance, transport: str, mounts: Collection[str]) -> tuple[Exchange, ...]:
    """The exchanges of those conversations that were answered; there may be none."""
    return conformance.once(
        ("answered", transport, *sorted(mounts)), lambda: _answered(conformance, transport, mounts)
    )


def _answered(conformance: Conformance, transport: str, mounts: Collection[str]) -> tuple[Exchange, ...]:
    probes = [probe for probe in quick_probes(conformance.profile) if probe.mount in mounts]
    conformance.wait_for(probes)
    upgrades, rank = transport == "websocket", {probe.title: number for number, probe in enumerate(probes)}
    found = [
        exchange
        for exchange in conformance.transcript.exchanges
        if exchange.probe in rank and exchange.response is not None and exchange.is_websocket == upgrades
    ]
    if conformance.profile.sticky is not None:
        # A balancer need not set again what it is sent (HAProxy, `cookie … indirect`): that is not the server's doing.
        found = [exchange for exchange in found if "sid=" in exchange.url or not brings_cookies(exchange)]
    # Not in the order they came: what a check says first is the same in every run.
    return tuple(sorted(found, key=lambda exchange: (rank[exchange.probe], exchange.label)))


def balancers_own(conformance: Conformance) -> frozenset[str]:
    """The cookies of the balancer, which are not the application's to answer for; the session cookie is not among them."""
    seen, cookie = conformance.observe(sessions), conformance.observe(session_cookie)
    names = {name for journey in seen.jarred for name in seen.set_by(journey)}
    theirs = {name for name in names if FOREIGN.match(name)} | {seen.affinity, seen.sticky.cookie or ""}
    return frozenset(theirs - {cookie.name if cookie else ""})


def brings_cookies(exchange: Exchange) -> bool:
    """The request has a Cookie field."""
    return bool(exchange.request.headers.values("cookie"))


def set_cookies_of(conformance: Conformance, transport: str, mounts: Collection[str]) -> SetCookies:
    """Every Set-Cookie line of those answers; NotApplicable when there is none."""
    responses = answered(conformance, transport, mounts)
    if conformance.profile.sticky is not None:
        theirs = balancers_own(conformance)
        lines = lines_of(responses.exchanges)
        return of_lines(tuple(line for line in lines if line.cookie.name not in theirs))
    key = ("set-cookie lines", transport, *sorted(mounts))
    return of_lines(conformance.once(key, lambda: lines_of(responses.exchanges)))
