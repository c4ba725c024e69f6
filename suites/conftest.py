"""The vocabulary of the suites: every observation a check can ask for, by name.

A check that asks for `transport`, or for a fixture that does, is judged on each transport. What a check looks
at becomes its evidence, so answers are handed out afresh each time.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from eiospec.fixtures.judging import Blocked, NotApplicable
from eiospec.fixtures.observations.answer import Answers
from eiospec.fixtures.observations.cookies import Responses, SetCookies, set_cookies_of
from eiospec.fixtures.observations.handshake import TRANSPORTS, Handshake, LaterPackets
from eiospec.fixtures.observations.upgrading import UpgradeAnswer
from eiospec.fixtures.probes.errors import Errors
from eiospec.fixtures.probes.errors import errors as the_errors
from eiospec.fixtures.probes.farewell import Farewell
from eiospec.fixtures.probes.farewell import farewell as the_farewell
from eiospec.fixtures.probes.fixation import Fixation
from eiospec.fixtures.probes.fixation import fixation as the_fixation
from eiospec.fixtures.probes.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.fixtures.probes.handshakes import crowd as the_crowd
from eiospec.fixtures.probes.handshakes import handshakes as the_handshakes
from eiospec.fixtures.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.fixtures.probes.heartbeat import Heartbeat, heartbeat_polling, heartbeat_websocket
from eiospec.fixtures.probes.hygiene import Hygiene
from eiospec.fixtures.probes.hygiene import hygiene as the_hygiene
from eiospec.fixtures.probes.identity import session_cookie
from eiospec.fixtures.probes.jar import Jar
from eiospec.fixtures.probes.jar import jar as the_jar
from eiospec.fixtures.probes.refusals import Refusals
from eiospec.fixtures.probes.refusals import refusals as the_refusals
from eiospec.fixtures.probes.tour import Tour
from eiospec.fixtures.probes.tour import tour as the_tour
from eiospec.fixtures.probes.upgrade import (
    ForeignUpgrade,
    Upgrade,
    upgrade_with_cookies,
    upgrade_with_foreign_cookie,
    upgrade_without_cookies,
)
from eiospec.fixtures.requirements import Capability
from eiospec.fixtures.wire.exchange import Opcode
from eiospec.plugin.run import Conformance
from eiospec.suites.observing import QUICK


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Judge on each transport what does not name its own."""
    if "transport" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("parametrize"):
        metafunc.parametrize("transport", TRANSPORTS)


def _afresh(answers: Answers) -> Answers:
    return replace(answers, looked_at=[])


@pytest.fixture
def available(conformance: Conformance, transport: str) -> str:
    """The transport, if the target has it."""
    detection = conformance.detect(Capability.POLLING if transport == "polling" else Capability.WEBSOCKET)
    if not detection.present:
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return transport


@pytest.fixture
def handshakes(conformance: Conformance) -> Handshakes:
    """Two handshakes on one connection, and one with cookies and unknown parameters."""
    return conformance.observe(the_handshakes)


@pytest.fixture
def websocket_handshakes(conformance: Conformance) -> WebSocketHandshakes:
    """WebSocket-only sessions, without and with a Cookie."""
    return conformance.observe(the_websocket_handshakes)


@pytest.fixture
def handshake(conformance: Conformance, available: str) -> Handshake:
    """The first handshake over the transport."""
    if available == "polling":
        return conformance.observe(the_handshakes).first
    return conformance.observe(the_websocket_handshakes).plain


@pytest.fixture
def detected_cookie(conformance: Conformance) -> str:
    """The name of the session cookie, whichever handshake gave it away; not applicable when none did."""
    found = conformance.observe(session_cookie)
    if found is None:
        raise NotApplicable("no session cookie was detected")
    return found.name


@pytest.fixture
def session_cookie_name(conformance: Conformance, detected_cookie: str) -> str:
    """The name of the session cookie, which the first polling handshake has set.

    Absence elsewhere says nothing unless the cookie is there where it belongs: without it a check is blocked.
    """
    if not conformance.observe(the_handshakes).first.cookies_named(detected_cookie):
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
    """What sessions carried after their handshake."""
    if available == "polling":
        polls = conformance.observe(the_tour).polls()
        if not polls:
            raise Blocked("no poll of the session was answered")
        texts = tuple(packet for answer in polls for packet in answer.packets)
        return LaterPackets(texts, tuple(answer.exchange for answer in polls))
    plain = conformance.observe(the_websocket_handshakes).plain
    upgraded = conformance.observe(upgrade_without_cookies).socket
    frames = (*plain.messages[1:], *upgraded.received())
    if not frames:
        raise Blocked("no message followed the open packet, and no upgraded session carried one")
    texts = tuple(frame.payload.decode("utf-8", "replace") for frame in frames if frame.opcode is Opcode.TEXT)
    return LaterPackets(texts, (plain.exchange, upgraded))


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
def crowd(conformance: Conformance) -> Crowd:
    """A hundred handshakes, several at once."""
    return conformance.observe(the_crowd)


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
def responses(conformance: Conformance, transport: str) -> Responses:
    """Every response of the quick conversations, of requests that asked for an upgrade or of those that did not."""
    conformance.conductor.wait_for(QUICK)
    wanted = transport == "websocket"
    quick = {probe.name for probe in QUICK}
    found = tuple(
        exchange
        for exchange in conformance.transcript.exchanges
        if exchange.is_websocket == wanted and exchange.response is not None and exchange.probe in quick
    )
    if not found:
        raise Blocked(f"no request over {transport} was answered")
    return Responses(found)


@pytest.fixture
def set_cookies(responses: Responses) -> SetCookies:
    """Every Set-Cookie line of those responses; not applicable when there is none."""
    return set_cookies_of(responses.exchanges)
