"""The vocabulary of the suites: every observation a check can ask for, by name.

A check that asks for `transport`, or for a fixture that does, is judged on each transport. What a check looks
at becomes its evidence, so answers are handed out afresh each time.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.another_client import FIRST, MORE, SECOND, STREAMED
from eiospec.observations.answer import Answers
from eiospec.observations.application import HandshakeCookie
from eiospec.observations.configured import Configured, Outlived
from eiospec.observations.cookie_stores import Jar, StoreSession
from eiospec.observations.cookies import Responses, SetCookies, session_named
from eiospec.observations.errors import Errors, Refusals
from eiospec.observations.farewell import Farewell
from eiospec.observations.fixation import Fixation
from eiospec.observations.handshake import TRANSPORTS, Handshake, LaterPackets, Openings
from eiospec.observations.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.observations.heartbeat import Heartbeat
from eiospec.observations.hygiene import Hygiene
from eiospec.observations.sessions import IdlePoll, Sessions
from eiospec.observations.setting import Callbacks
from eiospec.observations.survival import Survival
from eiospec.observations.tour import Tour
from eiospec.observations.upgrading import ForeignUpgrade, Upgrade, UpgradeAnswer
from eiospec.plugin.options import OPTIONS
from eiospec.plugin.run import Conformance
from eiospec.probes.another_client import another_client as the_other_client
from eiospec.probes.application import handshake_cookie as the_handshake_cookie
from eiospec.probes.configured import outlived as the_outlived
from eiospec.probes.errors import errors as the_errors
from eiospec.probes.farewell import farewell as the_farewell
from eiospec.probes.fixation import fixation as the_fixation
from eiospec.probes.handshakes import crowd as the_crowd
from eiospec.probes.handshakes import handshakes as the_handshakes
from eiospec.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.probes.heartbeat import heartbeat_polling, heartbeat_websocket
from eiospec.probes.hooks import howto as the_howto
from eiospec.probes.hygiene import hygiene as the_hygiene
from eiospec.probes.identity import session_cookie
from eiospec.probes.jar import jar as the_jar
from eiospec.probes.killing import misconfigured as the_misconfigured
from eiospec.probes.refusals import refusals as the_refusals
from eiospec.probes.sticky import idle_poll as the_idle_poll
from eiospec.probes.sticky import sessions as the_sessions
from eiospec.probes.store_session import store_session as the_store_session
from eiospec.probes.tour import tour as the_tour
from eiospec.probes.upgrade import upgrade_with_cookies, upgrade_with_foreign_cookie, upgrade_without_cookies
from eiospec.requirements import Capability
from eiospec.suites.observing import SEEN_ONCE, answered, set_cookies_of
from eiospec.target.contract import options_of
from eiospec.target.cookie_option import expected_of
from eiospec.target.profile import Timings
from eiospec.wire.exchange import Exchange, Opcode


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge on each transport what does not name its own, and on each mount what holds for every server."""
    mounts = metafunc.config.stash[OPTIONS].profile.contract.mounts
    everywhere = "mount" in metafunc.fixturenames and not SEEN_ONCE & set(metafunc.fixturenames)
    if mounts and everywhere and not metafunc.definition.get_closest_marker("target_only"):
        metafunc.parametrize("mount", ["", *mounts], ids=["target", *mounts])
    if "transport" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("parametrize"):
        metafunc.parametrize("transport", TRANSPORTS)


@pytest.fixture
def mount() -> str:
    """The target itself; checks of what holds for every server are parametrized over the contract's mounts."""
    return ""


def _afresh(answers: Answers) -> Answers:
    return replace(answers, looked_at=[])


@pytest.fixture
def available(conformance: Conformance, transport: str, mount: str) -> str:
    """The transport, if the target has it."""
    wanted = Capability.POLLING if transport == "polling" else Capability.WEBSOCKET
    detection = conformance.detect(wanted, mount)
    if not detection.present:
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return transport


@pytest.fixture
def handshakes(conformance: Conformance, mount: str) -> Handshakes:
    """Two handshakes on one connection, and one with cookies and unknown parameters."""
    return conformance.observe(the_handshakes.on(mount))


@pytest.fixture
def websocket_handshakes(conformance: Conformance, mount: str) -> WebSocketHandshakes:
    """WebSocket-only sessions, without and with a Cookie."""
    return conformance.observe(the_websocket_handshakes.on(mount))


@pytest.fixture
def handshake(conformance: Conformance, available: str, mount: str) -> Handshake:
    """The first handshake over the transport."""
    if available == "polling":
        return conformance.observe(the_handshakes.on(mount)).first
    return conformance.observe(the_websocket_handshakes.on(mount)).plain


@pytest.fixture
def revision_4(conformance: Conformance, mount: str) -> None:
    """Blocks what only revision 4 is asked for, where handshakes are answered in revision 3."""
    conformance.observe(the_handshakes.on(mount)).first.require_revision_4()


@pytest.fixture
def polled(conformance: Conformance, mount: str) -> Responses:
    """What the target, or one mount, answered over long-polling."""
    return answered(conformance, "polling", {mount})


@pytest.fixture
def openings(conformance: Conformance, handshake: Handshake, transport: str, mount: str) -> Openings:
    """The first handshake over the transport, and those beside it: with other parameters and cookies, and another
    client's, which writes them in another order."""
    seen, streamed = the_handshakes.on(mount), the_websocket_handshakes.on(mount)
    others = (
        [*conformance.observe(seen).all[1:]]
        if transport == "polling"
        else [conformance.observe(streamed).with_cookie]
    )
    if not mount and conformance.profile.sticky is None:
        another = conformance.observe(the_other_client)
        labels = (FIRST, SECOND) if transport == "polling" else [f"{STREAMED} {more}" for more in MORE]
        others += [Handshake(transport, another[label].exchange) for label in labels if label in another]
    return Openings((handshake, *others), 200 if transport == "polling" else 101)


@pytest.fixture
def detected_cookie(conformance: Conformance, mount: str) -> str:
    """The name of the session cookie, whichever handshake gave it away; not applicable when none did."""
    found = conformance.observe(session_cookie.on(mount))
    if found is None:
        raise NotApplicable("no session cookie was detected")
    return found.name


@pytest.fixture
def session_cookie_name(conformance: Conformance, detected_cookie: str, mount: str) -> str:
    """The name of the session cookie, which the first polling handshake has set.

    Absence elsewhere says nothing unless the cookie is there where it belongs: without it a check is blocked.
    """
    if not conformance.observe(the_handshakes.on(mount)).first.cookies_named(detected_cookie):
        raise Blocked(f"the polling handshake did not set the session cookie “{detected_cookie}” (CK-001)")
    return detected_cookie


@pytest.fixture
def tour(conformance: Conformance) -> Tour:
    """One polling session, each request with another Cookie field."""
    seen = conformance.observe(the_tour)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def upgrade(conformance: Conformance) -> Upgrade:
    """The upgrade of a session with the cookies a user agent returns."""
    return conformance.observe(upgrade_with_cookies)


@pytest.fixture
def bare_upgrade(conformance: Conformance) -> Upgrade:
    """The upgrade of a session without any Cookie field."""
    return conformance.observe(upgrade_without_cookies)


@pytest.fixture
def foreign_upgrade(conformance: Conformance) -> ForeignUpgrade:
    """The upgrade of a session with another session's cookie."""
    return conformance.observe(upgrade_with_foreign_cookie)


@pytest.fixture
def errors(conformance: Conformance) -> Errors:
    """The answers to the error matrix."""
    seen = conformance.observe(the_errors)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def refusals(conformance: Conformance) -> Refusals:
    """The answers to wrong opening handshakes."""
    seen = conformance.observe(the_refusals)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def refusal(conformance: Conformance, refusals: Refusals, case: str) -> UpgradeAnswer:
    """What became of one wrong opening handshake; with revision 3 on, a strange EIO is not wrong."""
    if "EIO" in case:
        detection = conformance.detect(Capability.REVISION_4_ONLY)
        if not detection.present:
            raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return UpgradeAnswer(refusals[case].exchange)


@pytest.fixture
def later_packets(conformance: Conformance, available: str) -> LaterPackets:
    """What sessions carried after their handshake, each packet with its exchange."""
    answers = answered(conformance, available, {""})
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


@pytest.fixture
def fixation(conformance: Conformance) -> Fixation:
    """Handshakes that present invented, live and stale session cookies."""
    seen = conformance.observe(the_fixation)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def jar(conformance: Conformance) -> Jar:
    """Two sessions in one cookie store."""
    seen = conformance.observe(the_jar)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def farewell(conformance: Conformance) -> Farewell:
    """A session that was closed."""
    return conformance.observe(the_farewell)


@pytest.fixture
def another_client(conformance: Conformance) -> Callbacks:
    """A session of a client that writes the protocol in another way."""
    seen = conformance.observe(the_other_client)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def crowd(conformance: Conformance) -> Crowd:
    """A hundred handshakes, several at once."""
    return replace(conformance.observe(the_crowd), looked_at=[])


@pytest.fixture
def hygiene(conformance: Conformance) -> Hygiene:
    """The answers to raw HTTP requests."""
    seen = conformance.observe(the_hygiene)
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def heartbeat(conformance: Conformance, available: str) -> Heartbeat:
    """The first ping over the transport."""
    return conformance.observe(heartbeat_polling if available == "polling" else heartbeat_websocket)


@pytest.fixture
def sessions(conformance: Conformance) -> Sessions:
    """Sessions through the balancer, with their cookies and without."""
    return conformance.observe(the_sessions)


@pytest.fixture
def idle_poll(conformance: Conformance) -> IdlePoll:
    """A poll left open through the balancer until the ping is due."""
    return conformance.observe(the_idle_poll)


@pytest.fixture
def howto(conformance: Conformance) -> Callbacks:
    """The handlers of the cookie how-to, wherever a response of a session is written."""
    seen = conformance.observe(the_howto.on("main"))
    return replace(seen, answers=_afresh(seen.answers))


@pytest.fixture
def store_session(conformance: Conformance) -> StoreSession:
    """A session with a cookie store on the how-to's hooks."""
    return conformance.observe(the_store_session.on("main"))


@pytest.fixture
def handshake_cookie(conformance: Conformance) -> HandshakeCookie:
    """What the application says of its handshake cookies."""
    return conformance.observe(the_handshake_cookie.on("main"))


def _mount(conformance: Conformance, case: str) -> str:
    """The mount of a case; "declared" is the target itself. Not applicable when the profile does not declare it."""
    if case == "declared":
        return ""
    if case not in conformance.profile.contract.mounts:
        raise NotApplicable(f"the profile does not declare the mount {case}")
    return case


@pytest.fixture
def configured(conformance: Conformance, case: str) -> Configured:
    """A handshake beside what its cookie option promises."""
    mount = _mount(conformance, case)
    if conformance.profile.cookie is False and mount:
        raise NotApplicable("the profile declares cookie = false: the server has no cookie option")
    option = options_of(mount).get("cookie") if mount else conformance.profile.cookie
    if option is None:
        raise NotApplicable("the profile does not declare the session cookie (--cookie)")
    seen, streamed = (
        conformance.observe(the_handshakes.on(mount)),
        conformance.observe(the_websocket_handshakes.on(mount)),
    )
    others = (seen.second, seen.third, streamed.plain, streamed.with_cookie)
    return Configured(seen.first, expected_of(option) if option else None, others)


@pytest.fixture
def cookieless(conformance: Conformance, case: str) -> tuple[Handshake, ...]:
    """Handshakes where the session cookie is declared off, on both transports."""
    mount = _mount(conformance, case)
    if not mount and conformance.profile.cookie is not False:
        raise NotApplicable("the profile does not declare the session cookie off (--cookie none)")
    return conformance.observe(the_handshakes.on(mount)).all


@pytest.fixture
def timings(conformance: Conformance, case: str) -> tuple[Handshake, Timings]:
    """A handshake beside the timings that were configured."""
    mount = _mount(conformance, case)
    declared = conformance.profile.timings
    if mount:
        options = options_of(mount)
        names = ("pingInterval", "pingTimeout", "maxHttpBufferSize")
        declared = Timings(*(options.get(name) for name in names))
    if declared == Timings():
        raise NotApplicable("the profile does not declare timings")
    return conformance.observe(the_handshakes.on(mount)).first, declared


@pytest.fixture
def outlived(conformance: Conformance, case: str) -> Outlived:
    """A session after its cookie has expired."""
    return conformance.observe(the_outlived.on(_mount(conformance, case)))


@pytest.fixture
def working(conformance: Conformance) -> None:
    """Blocked unless a session was opened over either transport: of a server that opens none, responses say nothing."""
    streamed = conformance.observe(the_websocket_handshakes)
    opened = (*conformance.observe(the_handshakes).all, streamed.plain, streamed.with_cookie)
    if all(handshake.sid_or_none is None for handshake in opened):
        raise Blocked("no handshake opened a session (HS-001, HS-002, HS-014)")


@pytest.fixture
def responses(conformance: Conformance, transport: str) -> Responses:
    """Every response of the target and of all mounts."""
    return answered(conformance, transport, {"", *conformance.profile.contract.mounts})


@pytest.fixture
def set_cookies(conformance: Conformance, transport: str) -> SetCookies:
    """Every Set-Cookie line of those responses; not applicable when there is none."""
    return set_cookies_of(conformance, transport, {"", *conformance.profile.contract.mounts})


@pytest.fixture
def default_cookies(conformance: Conformance, transport: str) -> SetCookies:
    """The same without the mounts whose cookie is configured oddly on purpose."""
    mounts = [mount for mount in conformance.profile.contract.mounts if not mount.startswith("cookie-")]
    return set_cookies_of(conformance, transport, {"", *mounts})


@pytest.fixture
def misconfigured(conformance: Conformance) -> Survival:
    """A server with an invalid cookie option."""
    seen = conformance.observe(the_misconfigured.on("main"))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))
