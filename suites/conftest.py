"""The vocabulary of the suites: every observation a check can request, by name.

A check that requests `transport`, directly or through another fixture, is judged on each transport; one that requests
`place` is judged at the target and at each declared mount.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.another_client import FIRST, MORE, SECOND, STREAMED
from eiospec.observations.answer import Answers
from eiospec.observations.configured import Configured, DeclaredLines, Outlived, Promised
from eiospec.observations.cookie_roles import ExpectedCookie
from eiospec.observations.cookie_stores import StoreSession
from eiospec.observations.cookies import Line, Responses, SetCookies, deletes, lines_of, session_named
from eiospec.observations.handshake import TRANSPORTS, Handshake, LaterPackets, Openings
from eiospec.observations.handshakes import Handshakes, WebSocketHandshakes
from eiospec.observations.heartbeat import Heartbeat
from eiospec.observations.hooked import Hooked, session_cookie_of
from eiospec.observations.setting import SESSION
from eiospec.observations.survey import Survey
from eiospec.observations.upgrading import UpgradeAnswer
from eiospec.place import TARGET
from eiospec.plugin.options import OPTIONS
from eiospec.plugin.run import Conformance
from eiospec.probes import application, hooks, killing, sticky
from eiospec.probes import configured as configured_sessions
from eiospec.probes import errors as wrong_requests
from eiospec.probes import farewell as farewells
from eiospec.probes import fixation as fixations
from eiospec.probes import handshakes as openers
from eiospec.probes import hygiene as raw_requests
from eiospec.probes import jar as jars
from eiospec.probes import refusals as wrong_upgrades
from eiospec.probes import store_session as store_sessions
from eiospec.probes import tour as tours
from eiospec.probes import upgrade as upgrades
from eiospec.probes.another_client import another_client as the_other_client
from eiospec.probes.heartbeat import heartbeat_polling, heartbeat_websocket
from eiospec.probes.probe import Probe
from eiospec.requirements import Capability
from eiospec.suites.observing import (
    EVERYWHERE,
    QUICK,
    all_quick,
    answered,
    everywhere,
    hooked_places,
    hooked_probes,
    needs_probes,
    observed,
    place_id,
    places_of,
    quick_at,
    seen_over,
    set_cookies_of,
    stored_probes,
    surveyed,
)
from eiospec.target.contract import options_of
from eiospec.target.cookie_option import Expected, expected_of
from eiospec.target.hooks import OF_THE_CONTRACT, HookSet
from eiospec.target.profile import Profile, Timings
from eiospec.wire.exchange import Exchange, Opcode


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge each check on each transport and at each place it is about, unless it names its own."""
    named = {
        name.strip()
        for mark in metafunc.definition.iter_markers("parametrize")
        for name in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0])
    }
    profile = metafunc.config.stash[OPTIONS].profile
    marked = metafunc.definition.get_closest_marker("declared_at")
    if marked is not None:
        _parametrize_declared(metafunc, marked.args, [cookie.name for cookie in profile.cookies])
    elif "place" in metafunc.fixturenames and "place" not in named:
        places = places_of(metafunc, profile)
        if places:
            ids = [place_id(metafunc, place) for place in places]
            metafunc.parametrize("place", places, ids=ids)
    if "transport" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("parametrize"):
        metafunc.parametrize("transport", TRANSPORTS)


def _parametrize_declared(metafunc: pytest.Metafunc, places: Sequence[str], names: Sequence[str]) -> None:
    """Judge what is declared at each place, and then each cookie that is declared by name: its case id is the name."""
    ids = [place or "declared" for place in places]
    ids += [f"cookie {name}" if name in ids else name for name in names]
    cases = [*((place, "") for place in places), *((TARGET, name) for name in names)]
    if cases:
        metafunc.parametrize(("place", "cookie_name"), cases, ids=ids)


@pytest.fixture
def place() -> str:
    """The target, unless the check is parametrized over places."""
    return TARGET


@pytest.fixture
def cookie_name() -> str:
    """The name of a declared cookie that is judged, empty for the session cookie."""
    return ""


crowd = observed(openers.crowd)
tour = observed(tours.tour)
upgrade = observed(upgrades.upgrade_with_cookies)
bare_upgrade = observed(upgrades.upgrade_without_cookies)
foreign_upgrade = observed(upgrades.upgrade_with_foreign_cookie)
errors = observed(wrong_requests.errors)
refusals = observed(wrong_upgrades.refusals)
fixation = observed(fixations.fixation)
jar = observed(jars.jar)
farewell = observed(farewells.farewell)
another_client = observed(the_other_client)
hygiene = observed(raw_requests.hygiene)
sessions = observed(sticky.sessions)
idle_poll = observed(sticky.idle_poll)
handshake_cookie = observed(application.handshake_cookie, on="main")
misconfigured = observed(killing.misconfigured, on="main")


@needs_probes(hooked_probes, hooked_places, unnamed="main")
def howto(conformance: Conformance, place: str) -> Hooked:
    """The responses to a visit with hooks: the target's that are declared, and the how-to's on the contract's mount."""
    if place:
        return Hooked(conformance.observe(hooks.howto.on(place)), OF_THE_CONTRACT, SESSION, contract=True)
    expected = conformance.cookie_roles().expected
    answers = conformance.observe(hooks.howto)
    name = expected.name if expected is not None else session_cookie_of(answers)
    return Hooked(answers, conformance.profile.hook_set, name)


howto_of_the_contract = observed(hooks.howto, on="main")


@needs_probes(stored_probes, hooked_places, unnamed="main")
def store_session(conformance: Conformance, place: str) -> StoreSession:
    """A session with a cookie store where hooks set cookies."""
    return conformance.observe(store_sessions.store_session.on(place))


@pytest.fixture
def hook_set(conformance: Conformance, place: str) -> HookSet:
    """What the hooks of the place are declared to set."""
    return OF_THE_CONTRACT if place else conformance.profile.hook_set


@pytest.fixture
def available(conformance: Conformance, transport: str, place: str) -> str:
    """The transport; not applicable when the target does not have it."""
    wanted = Capability.POLLING if transport == "polling" else Capability.WEBSOCKET
    declared = place in conformance.profile.contract.mounts
    detection = conformance.detect(wanted, place if declared else TARGET)
    if not detection.present:
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return transport


@needs_probes(everywhere)
def handshakes(conformance: Conformance, place: str) -> Handshakes:
    """Two handshakes on one connection, and one with cookies and unknown parameters."""
    return conformance.observe(openers.handshakes.on(place))


@needs_probes(everywhere)
def websocket_handshakes(conformance: Conformance, place: str) -> WebSocketHandshakes:
    """WebSocket-only sessions, without and with a Cookie."""
    return conformance.observe(openers.websocket_handshakes.on(place))


@needs_probes(everywhere)
def handshake(conformance: Conformance, available: str, place: str) -> Handshake:
    """The first handshake over the transport."""
    if available == "polling":
        return conformance.observe(openers.handshakes.on(place)).first
    return conformance.observe(openers.websocket_handshakes.on(place)).plain


@needs_probes(everywhere)
def revision_4(conformance: Conformance, place: str) -> None:
    """Blocks checks of revision 4 where handshakes are answered in revision 3."""
    conformance.observe(openers.handshakes.on(place)).first.require_revision_4()


@needs_probes(quick_at)
def polled(conformance: Conformance, place: str) -> Responses:
    """Every answer over long-polling at one place."""
    return answered(conformance, "polling", {place})


@needs_probes(lambda place, profile: () if place or profile.sticky is not None else (the_other_client,))
def openings(conformance: Conformance, handshake: Handshake, transport: str, place: str) -> Openings:
    """The first handshake over the transport, then those with other parameters and cookies, and those of another
    client, which writes the parameters in another order."""
    seen, streamed = openers.handshakes.on(place), openers.websocket_handshakes.on(place)
    others = (
        [*conformance.observe(seen).all[1:]]
        if transport == "polling"
        else [conformance.observe(streamed).with_cookie]
    )
    if place == TARGET and conformance.profile.sticky is None:
        another = conformance.observe(the_other_client)
        labels = (FIRST, SECOND) if transport == "polling" else [f"{STREAMED} {more}" for more in MORE]
        others += [Handshake(transport, another.all[label].exchange) for label in labels if label in another]
    return Openings((handshake, *others), 200 if transport == "polling" else 101)


@needs_probes(everywhere)
def detected_cookie(conformance: Conformance, place: str) -> str:
    """The name of the session cookie; not applicable when no handshake showed it."""
    found = conformance.cookie_roles(place).found
    if found is None:
        raise NotApplicable("no session cookie was detected")
    return found.name


@needs_probes(everywhere)
def expected_cookie(conformance: Conformance, place: str) -> ExpectedCookie:
    """The session cookie that is declared, or was detected; not applicable without one."""
    found = conformance.cookie_roles(place).expected
    if found is None:
        detection = conformance.detect(Capability.SESSION_COOKIE, place)
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return found


@needs_probes(everywhere)
def application_cookie(conformance: Conformance, place: str, cookie_name: str) -> ExpectedCookie:
    """A cookie of the application that is declared by name; not applicable when none is."""
    if not cookie_name:
        raise NotApplicable("no cookie is declared by name (--cookie, [[cookies]])")
    return conformance.cookie_roles(place).expected_other(cookie_name)


@needs_probes(everywhere)
def session_cookie_name(conformance: Conformance, detected_cookie: str, place: str) -> str:
    """The name of the session cookie; blocked when the first polling handshake does not set it.

    The absence of the cookie on other responses proves nothing if the handshake does not set it.
    """
    if not conformance.observe(openers.handshakes.on(place)).first.cookies_named(detected_cookie):
        raise Blocked(f"the polling handshake did not set the session cookie “{detected_cookie}” (CK-001)")
    return detected_cookie


@pytest.fixture
def refusal(conformance: Conformance, refusals: Answers, case: str) -> UpgradeAnswer:
    """The answer to one wrong opening handshake; not applicable to a strange EIO when revision 3 is enabled."""
    if "EIO" in case:
        detection = conformance.detect(Capability.REVISION_4_ONLY)
        if not detection.present:
            raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return UpgradeAnswer(refusals[case].exchange)


@needs_probes(QUICK)
def later_packets(conformance: Conformance, available: str) -> LaterPackets:
    """Every packet of a session after its handshake, with its exchange."""
    answers = answered(conformance, available, {TARGET})
    found: list[tuple[str, Exchange]] = []
    for answer in answers.polls if available == "polling" else ():
        found += [(packet, answer.exchange) for packet in answer.packets]
    for exchange in answers.exchanges if available == "websocket" else ():
        opened = session_named(exchange) is None
        frames = Handshake("websocket", exchange).messages[1:] if opened else exchange.received()
        texts = (frame.payload for frame in frames if frame.opcode is Opcode.TEXT)
        found += [(text.decode("utf-8", "replace"), exchange) for text in texts]
    if not found:
        raise Blocked("no poll of a session was answered, or no message followed an open packet")
    return LaterPackets(tuple(found))


@needs_probes((heartbeat_polling, heartbeat_websocket))
def heartbeat(conformance: Conformance, available: str) -> Heartbeat:
    """The first ping over the transport."""
    return conformance.observe(heartbeat_polling if available == "polling" else heartbeat_websocket)


@pytest.fixture
def declared_place(conformance: Conformance, place: str) -> str:
    """The place, empty for the target; not applicable when the profile does not declare that mount."""
    if place and place not in conformance.profile.contract.mounts:
        raise NotApplicable(f"the profile does not declare the mount {place}")
    return place


def declared_probes(place: str, profile: Profile) -> list[Probe[Any]]:
    """Return the probes behind `configured`: a cookie that is declared by name may be set on any response."""
    return [
        *everywhere(place, profile),
        *(quick_at(TARGET, profile) if profile.cookies and not place else ()),
    ]


@needs_probes(declared_probes)
def configured(conformance: Conformance, declared_place: str, cookie_name: str) -> Promised:
    """A handshake, and what the cookie option promises of it; or every line of a cookie that is declared by name."""
    if cookie_name:
        declared = conformance.cookie_roles().other(cookie_name)
        return DeclaredLines(declared.expected, lines_of_cookie(conformance, cookie_name))
    if conformance.profile.cookie is False and declared_place:
        raise NotApplicable("the profile declares cookie = false: the server has no cookie option")
    expected = expected_session_cookie(conformance, declared_place)
    seen = conformance.observe(openers.handshakes.on(declared_place))
    streamed = conformance.observe(openers.websocket_handshakes.on(declared_place))
    others = (seen.second, seen.third, streamed.plain, streamed.with_cookie)
    return Configured(expected, seen.first, others, declared_place)


def lines_of_cookie(conformance: Conformance, name: str) -> tuple[Line, ...]:
    """Return every line of the target's responses that sets this cookie, without those that delete it."""
    key = ("lines of a cookie", name)
    return conformance.once(
        key,
        lambda: tuple(
            line
            for transport in TRANSPORTS
            for line in lines_of(seen_over(conformance, transport, {TARGET}))
            if line.cookie.name == name and not deletes(line.cookie)
        ),
    )


def expected_session_cookie(conformance: Conformance, place: str) -> Expected | None:
    """Return what is declared of the session cookie, None when it is off; raise NotApplicable when it is undeclared."""
    if place:
        option = options_of(place).get("cookie")
        return expected_of(option) if option else None
    if conformance.profile.cookie is False:
        return None
    declared = conformance.cookie_roles().declared
    if declared is None:
        raise NotApplicable("the profile does not declare the session cookie (--cookie)")
    return declared


@needs_probes(everywhere)
def cookieless(conformance: Conformance, declared_place: str) -> tuple[Handshake, ...]:
    """Handshakes on both transports where the session cookie is declared off."""
    if not declared_place and conformance.profile.cookie is not False:
        raise NotApplicable("the profile does not declare the session cookie off (--cookie none)")
    return conformance.observe(openers.handshakes.on(declared_place)).all


@needs_probes(everywhere)
def timings(conformance: Conformance, declared_place: str) -> tuple[Handshake, Timings]:
    """A handshake, and the timings that were configured."""
    declared = conformance.profile.timings
    if declared_place:
        options = options_of(declared_place)
        names = ("pingInterval", "pingTimeout", "maxHttpBufferSize")
        declared = Timings(*(options.get(name) for name in names))
    if declared == Timings():
        raise NotApplicable("the profile does not declare timings")
    return conformance.observe(openers.handshakes.on(declared_place)).first, declared


@needs_probes(lambda place, _: (configured_sessions.outlived.on(place),))
def outlived(conformance: Conformance, declared_place: str) -> Outlived:
    """A session after its cookie has expired."""
    return conformance.observe(configured_sessions.outlived.on(declared_place))


@needs_probes(EVERYWHERE)
def working(conformance: Conformance) -> None:
    """Blocked unless a session was opened over either transport: without one, other responses prove nothing."""
    streamed = conformance.observe(openers.websocket_handshakes)
    opened = (*conformance.observe(openers.handshakes).all, streamed.plain, streamed.with_cookie)
    if all(handshake.sid_or_none is None for handshake in opened):
        raise Blocked("no handshake opened a session (HS-001, HS-002, HS-014)")


@needs_probes(all_quick)
def responses(conformance: Conformance, transport: str) -> Responses:
    """Every response of the target and of all mounts."""
    return answered(conformance, transport, {TARGET, *conformance.profile.contract.mounts})


@needs_probes(all_quick)
def set_cookies(conformance: Conformance, transport: str) -> SetCookies:
    """Every Set-Cookie line of those responses; not applicable when there is none."""
    return set_cookies_of(conformance, transport, {TARGET, *conformance.profile.contract.mounts})


@needs_probes(all_quick)
def default_cookies(conformance: Conformance, transport: str) -> SetCookies:
    """The same without the mounts whose cookie option is unusual."""
    mounts = [mount for mount in conformance.profile.contract.mounts if not mount.startswith("cookie-")]
    return set_cookies_of(conformance, transport, {TARGET, *mounts})


@needs_probes(quick_at)
def survey(conformance: Conformance) -> Survey:
    """Which cookies and header fields the target itself adds, on which responses."""
    found = surveyed(conformance)
    found.require_sids()
    return found
