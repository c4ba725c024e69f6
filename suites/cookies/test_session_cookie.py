"""The session cookie: set once, by the first request of a session, with the session id as its value."""

from __future__ import annotations

import pytest

from eiospec.fixtures.cookies.grammar import MOST_PAIR_OCTETS
from eiospec.fixtures.judging import NotApplicable, Remarks
from eiospec.fixtures.observations.answer import Answer, show
from eiospec.fixtures.observations.handshake import Handshake, carries
from eiospec.fixtures.probes.farewell import Farewell
from eiospec.fixtures.probes.fixation import CHOSEN, Fixation
from eiospec.fixtures.probes.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.fixtures.probes.tour import Tour
from eiospec.fixtures.probes.upgrade import Upgrade
from eiospec.fixtures.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import COOKIE_HOWTO, ENGINE_IO, RFC6265BIS

NEEDS = (Capability.POLLING, Capability.SESSION_COOKIE)
HANDSHAKES = ("first", "second", "third")


@requirement(
    "CK-001",
    MUST,
    "A polling handshake sets the session cookie exactly once.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", HANDSHAKES)
def test_set_once(handshakes: Handshakes, detected_cookie: str, case: str) -> None:
    handshake: Handshake = getattr(handshakes, case)
    assert len(handshake.cookies_named(detected_cookie)) == 1


@requirement(
    "CK-002",
    MUST,
    "The session cookie's value is the session id of the open packet in the same response.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", HANDSHAKES)
def test_value_is_the_session_id(handshakes: Handshakes, session_cookie_name: str, case: str) -> None:
    handshake: Handshake = getattr(handshakes, case)
    assert values_beside_the_sid(handshake, session_cookie_name) == []


def values_beside_the_sid(handshake: Handshake, name: str) -> list[str]:
    """The values of that cookie which are not the session id of this handshake, beside the id."""
    sid = handshake.open_packet.sid
    return [
        f"the value {cookie.value!r} in the session {sid!r}"
        for cookie in handshake.cookies_named(name)
        if not carries(cookie, sid)
    ]


@requirement(
    "CK-004",
    INFO,
    "Whether the field value is byte for byte the reference's serialisation is recorded.",
    source=COOKIE_HOWTO.at("transcript"),
    needs=NEEDS,
)
def test_reference_serialisation(handshakes: Handshakes, session_cookie_name: str, remarks: Remarks) -> None:
    cookie = handshakes.first.cookies_named(session_cookie_name)[0]
    reference = f"io={handshakes.first.open_packet.sid}; Path=/; HttpOnly; SameSite=Lax".encode()
    remarks.record("byte-exact" if cookie.octets == reference else f"differs: {show(cookie.octets)}")


@requirement(
    "CK-006",
    MUST,
    "The session cookie is set by the handshake only: no later poll or POST of the session sets it again.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["POST", "poll"])
def test_not_set_again(tour: Tour, session_cookie_name: str, case: str) -> None:
    stop = tour.post("no Cookie") if case == "POST" else tour.poll("no Cookie")
    others = tour.labelled(case)
    assert stop.status == 200
    assert [answer.exchange.label for answer in others if answer.cookies_named(session_cookie_name)] == []


@requirement(
    "CK-007",
    MUST,
    "The 101 that upgrades an existing session does not set the session cookie.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(*NEEDS, Capability.UPGRADE),
)
@pytest.mark.parametrize("case", ["with cookies", "without cookies"])
def test_upgrade_does_not_set_it(
    upgrade: Upgrade, bare_upgrade: Upgrade, session_cookie_name: str, case: str
) -> None:
    answer = (upgrade if case == "with cookies" else bare_upgrade).accepted
    assert [show(cookie.octets) for cookie in answer.cookies_named(session_cookie_name)] == []


@requirement(
    "CK-008",
    SHOULD,
    "A WebSocket-only handshake, being the first HTTP request of its session, sets the session cookie on the 101.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(Capability.WEBSOCKET, Capability.SESSION_COOKIE),
)
def test_websocket_handshake_sets_it(websocket_handshakes: WebSocketHandshakes, detected_cookie: str) -> None:
    """The words of the how-to include this handshake; no implementation known in 2026 sets the cookie on it, so a
    server that does not is in good company."""
    found = opened(websocket_handshakes.plain).cookies_named(detected_cookie)
    assert len(found) == 1


def opened(handshake: Handshake) -> Answer:
    """The 101 of a WebSocket-only handshake; blocked when there is no open packet behind it."""
    assert handshake.open_packet.sid
    return handshake.answer


@requirement(
    "CK-009",
    MUST,
    "If a WebSocket-only 101 sets the session cookie, its value is the sid of the open packet that follows.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=(Capability.WEBSOCKET, Capability.SESSION_COOKIE),
)
def test_websocket_value_is_the_sid(websocket_handshakes: WebSocketHandshakes, detected_cookie: str) -> None:
    if not opened(websocket_handshakes.plain).cookies_named(detected_cookie):
        raise NotApplicable("the 101 sets no session cookie (CK-008)")
    assert values_beside_the_sid(websocket_handshakes.plain, detected_cookie) == []


@requirement(
    "CK-010",
    SHOULD,
    "A handshake that presents a session cookie gets a new sid and a new cookie; the presented value is never adopted.",
    source=RFC6265BIS.at("§8.4"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["chosen", "borrowed", "stale"])
def test_presented_value_is_not_adopted(fixation: Fixation, session_cookie_name: str, case: str) -> None:
    handshake: Handshake = getattr(fixation, case)
    assert handshake.open_packet.sid not in (CHOSEN, fixation.live_sid, fixation.stale_sid)
    assert [
        carries(cookie, handshake.open_packet.sid) for cookie in handshake.cookies_named(session_cookie_name)
    ] == [True]


@requirement(
    "CK-012",
    MUST,
    "Under concurrent handshakes every response carries the cookie of its own session.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=NEEDS,
)
def test_no_crosstalk(crowd: Crowd, session_cookie_name: str) -> None:
    wrong = [
        text for handshake in crowd.all for text in values_beside_the_sid(handshake, session_cookie_name)
    ]
    missing = [handshake for handshake in crowd.all if not handshake.cookies_named(session_cookie_name)]
    assert wrong == []
    assert len(missing) == 0
    assert len({handshake.open_packet.sid for handshake in crowd.all}) == len(crowd.all)


@requirement(
    "CK-015",
    SHOULD,
    "Name and value of the session cookie together stay within 4096 octets, so that user agents keep it.",
    source=RFC6265BIS.at("§5.6 step 5"),
    needs=NEEDS,
)
def test_user_agents_keep_it(handshakes: Handshakes, session_cookie_name: str) -> None:
    assert handshakes.first.cookies_named(session_cookie_name)[0].pair_length <= MOST_PAIR_OCTETS


@requirement(
    "CK-016",
    INFO,
    "What closing a session does to its cookie is recorded.",
    source=ENGINE_IO,
    needs=NEEDS,
)
def test_closing_and_the_cookie(farewell: Farewell, session_cookie_name: str, remarks: Remarks) -> None:
    set_again = farewell.closing.cookies_named(session_cookie_name)
    remarks.record(
        f"closing sends {show(set_again[0].octets)}" if set_again else "closing leaves the cookie alone"
    )
