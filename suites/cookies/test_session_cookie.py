"""The session cookie: set once, by the first request of a session, with the session id as its value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from eiospec.cookies.grammar import MOST_PAIR_OCTETS
from eiospec.errors import Blocked, NotApplicable, Remarks, Shortfall
from eiospec.observations.another_client import FIRST, SECOND
from eiospec.observations.answer import Answer, Answers, show
from eiospec.observations.cookie_roles import ExpectedCookie
from eiospec.observations.cookies import Responses, deletes, sent_cookies
from eiospec.observations.diagnosis import many
from eiospec.observations.farewell import FAREWELL, Farewell
from eiospec.observations.fixation import CHOSEN, Fixation
from eiospec.observations.handshake import Handshake, carries
from eiospec.observations.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, ENGINE_IO, RFC6265BIS

NEEDS = (Capability.POLLING, Capability.SESSION_COOKIE)


@requirement(
    "CK-001",
    MUST,
    "A polling handshake sets the session cookie exactly once.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=Capability.POLLING,
)
def test_set_once(polled: Responses, expected_cookie: ExpectedCookie, remarks: Remarks) -> None:
    handshakes, name = polled.handshakes(), expected_cookie.name
    lacking = [handshake for handshake in handshakes if not handshake.cookies_named(name)]
    if expected_cookie.declared and len(lacking) == len(handshakes):
        raise never_set(polled, lacking, expected_cookie)
    if lacking:
        remarks.note(f"handshakes without “{name}”: {expected_cookie.replaced_by(lacking)}")
    assert not_set_once(polled, handshakes, name) == []


def never_set(responses: Responses, handshakes: Sequence[Handshake], expected: ExpectedCookie) -> Shortfall:
    """Return the finding that none of these handshakes sets a declared cookie, with what they set in its place."""
    sentence = f"“{expected.name}” is set 0 times by {many(len(handshakes), 'handshake')}: "
    found = sentence + expected.replaced_by(handshakes)
    return Shortfall(f"“{expected.name}”, once", responses.finding(handshakes[0].exchange, found))


def not_set_once(responses: Responses, handshakes: Iterable[Handshake], name: str) -> list[str]:
    """Return the handshakes that set the cookie never, or more than once."""
    return [
        responses.finding(handshake.exchange, f"set {times} times")
        for handshake in handshakes
        if (times := len(handshake.cookies_named(name))) != 1
    ]


@requirement(
    "CK-019",
    MUST,
    "Each polling handshake that does not carry a declared cookie of the application sets it exactly once.",
    source=COOKIE_HOWTO.at("initial_headers, headers"),
    needs=Capability.POLLING,
)
@pytest.mark.declared_at
def test_declared_cookie_is_set_once(
    polled: Responses, application_cookie: ExpectedCookie, remarks: Remarks
) -> None:
    """One that is set for clients with other cookies only, as in the how-to, is judged on their handshakes."""
    name = application_cookie.name
    asked = [one for one in polled.handshakes() if name not in sent_cookies(one.exchange)]
    if not asked:
        raise Blocked(f"every handshake brings “{name}”")
    with_others = [one for one in asked if sent_cookies(one.exchange)]
    without = [one for one in asked if not sent_cookies(one.exchange)]
    judged = asked
    if with_others and not any(one.cookies_named(name) for one in without):
        judged = with_others
    lacking = [one for one in judged if not one.cookies_named(name)]
    if len(lacking) == len(judged):
        raise never_set(polled, asked, application_cookie)
    if lacking:
        remarks.note(f"handshakes without “{name}”: {application_cookie.replaced_by(lacking)}")
    if judged is not asked:
        remarks.note(f"no handshake of a client without cookies sets “{name}”")
    assert not_set_once(polled, judged, name) == []


@requirement(
    "CK-002",
    MUST,
    "The session cookie's value is the session id of the open packet in the same response.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=NEEDS,
)
@pytest.mark.usefixtures("unwritten_cookie")
def test_value_is_the_session_id(polled: Responses, session_cookie_name: str) -> None:
    assert values_other_than_the_sid(polled.handshakes(), session_cookie_name) == []


def values_other_than_the_sid(handshakes: Iterable[Handshake], name: str) -> list[str]:
    """Return the values of that cookie that are not the session id of their handshake, each with the id."""
    return [
        f"the value {cookie.value!r} in the session {handshake.sid_or_none!r} (exchange {handshake.exchange.id})"
        for handshake in handshakes
        for cookie in handshake.cookies_named(name)
        if not carries(cookie, handshake.sid_or_none or "")
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
    reference = f"io={handshakes.first.sid_or_none}; Path=/; HttpOnly; SameSite=Lax".encode()
    remarks.note("byte-exact" if cookie.octets == reference else f"differs: {show(cookie.octets)}")


@requirement(
    "CK-006",
    MUST,
    "The session cookie is set by the handshake only: no later poll or POST of the session sets it again.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=NEEDS,
)
@pytest.mark.target_only
@pytest.mark.parametrize("case", ["POST", "GET"])
def test_not_set_again(polled: Responses, session_cookie_name: str, case: str) -> None:
    """A server may delete the cookie with the session; CK-016 records what closing does."""
    found = [
        polled.finding(answer.exchange, "set again")
        for answer in polled.served(case)
        for cookie in answer.cookies_named(session_cookie_name)
        if not (closes_the_session(answer) and deletes(cookie))
    ]
    assert found == []


def closes_the_session(answer: Answer) -> bool:
    """Return True for the answer to a POST of a close packet alone, and to the poll that it ends."""
    return answer.exchange.request.body == b"1" or answer.exchange.probe == FAREWELL


@requirement(
    "CK-007",
    MUST,
    "The 101 that upgrades an existing session does not set the session cookie.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(*NEEDS, Capability.UPGRADE),
)
@pytest.mark.target_only
def test_upgrade_does_not_set_it(streamed: Responses, session_cookie_name: str) -> None:
    found = [
        streamed.finding(answer.exchange, show(cookie.octets))
        for answer in streamed.upgrades()
        for cookie in answer.cookies_named(session_cookie_name)
    ]
    assert found == []


@requirement(
    "CK-008",
    SHOULD,
    "A WebSocket-only handshake, being the first HTTP request of its session, sets the session cookie on the 101.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(Capability.WEBSOCKET, Capability.SESSION_COOKIE),
)
def test_websocket_handshake_sets_it(streamed: Responses, detected_cookie: str) -> None:
    """The words of the how-to include this handshake, but no implementation known in 2026 sets the cookie on it."""
    assert not_set_once(streamed, streamed.handshakes(), detected_cookie) == []


@requirement(
    "CK-009",
    MUST,
    "If a WebSocket-only 101 sets the session cookie, its value is the sid of the open packet that follows.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=(Capability.WEBSOCKET, Capability.SESSION_COOKIE),
)
@pytest.mark.usefixtures("unwritten_cookie")
def test_websocket_value_is_the_sid(streamed: Responses, detected_cookie: str) -> None:
    handshakes = streamed.handshakes()
    if not any(handshake.cookies_named(detected_cookie) for handshake in handshakes):
        raise NotApplicable("the 101 sets no session cookie (CK-008)")
    assert values_other_than_the_sid(handshakes, detected_cookie) == []


@requirement(
    "CK-010",
    SHOULD,
    "A handshake that presents a session cookie gets a new sid and a new cookie; the presented value is never adopted.",
    source=RFC6265BIS.at("§8.4"),
    needs=NEEDS,
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("case", ["chosen", "quoted", "second", "borrowed", "stale"])
def test_presented_value_is_not_adopted(
    fixation: Fixation, another_client: Answers, session_cookie_name: str, available: str, case: str
) -> None:
    """A missing cookie on WebSocket is reported by CK-008; here only the new session id is checked. A live value is
    presented on a kept connection as well."""
    handshake = fixation.handshake(available, case)
    presented = {CHOSEN, fixation.live_sid or CHOSEN, fixation.stale_sids[available] or CHOSEN}
    sid = new_session(handshake)
    kept = [Handshake("polling", another_client[label].exchange) for label in (FIRST, SECOND)]
    assert new_session(kept[0]) not in new_session(kept[1])
    assert [value for value in sorted(presented) if value.lower() in sid.lower()] == []
    if available == "polling":
        times = len(handshake.cookies_named(session_cookie_name))
        assert times == 1, f"the cookie is set {times} times"
    assert values_other_than_the_sid([handshake], session_cookie_name) == []


def new_session(handshake: Handshake) -> str:
    """Return the session id of a handshake; raise Blocked without one (PR-005, PR-006)."""
    if handshake.sid_or_none is None:
        raise Blocked("no session was opened")
    return handshake.sid_or_none


@requirement(
    "CK-012",
    MUST,
    "Under concurrent handshakes every response carries the cookie of its own session.",
    source=COOKIE_HOWTO.at("with the value of the Engine.IO session ID"),
    needs=NEEDS,
)
def test_no_crosstalk(crowd: Crowd, session_cookie_name: str) -> None:
    opened = [handshake for handshake in crowd.all if handshake.sid_or_none is not None]
    if len(opened) < 2:
        raise Blocked("fewer than two of the crowd's handshakes opened a session")
    assert values_other_than_the_sid(opened, session_cookie_name) == []
    times = {len(handshake.cookies_named(session_cookie_name)) for handshake in opened}
    assert times == {1}, f"the cookie is set {sorted(times)} times"
    assert len({handshake.sid_or_none for handshake in opened}) == len(opened)


@requirement(
    "CK-015",
    SHOULD,
    "Name and value of the session cookie together stay within 4096 octets, so that user agents keep it.",
    source=RFC6265BIS.at("§5.6 step 5"),
    needs=NEEDS,
)
def test_user_agents_keep_it(
    handshakes: Handshakes, websocket_handshakes: WebSocketHandshakes, session_cookie_name: str
) -> None:
    opened = (*handshakes.all, websocket_handshakes.plain, websocket_handshakes.with_cookie)
    lines = [
        cookie
        for handshake in opened
        if handshake.exchange.response is not None
        for cookie in handshake.cookies_named(session_cookie_name)
    ]
    assert [octets for octets in (cookie.pair_length for cookie in lines) if octets > MOST_PAIR_OCTETS] == []


@requirement(
    "CK-016",
    INFO,
    "What happens to the cookie of a closed session is recorded.",
    source=ENGINE_IO,
    needs=NEEDS,
)
def test_closing_and_the_cookie(farewell: Farewell, session_cookie_name: str, remarks: Remarks) -> None:
    set_again = [
        cookie
        for answer in (farewell.closing, farewell.pending)
        if answer.exchange.response is not None
        for cookie in answer.cookies_named(session_cookie_name)
    ]
    remarks.note(
        f"closing sends {show(set_again[0].octets)}" if set_again else "closing leaves the cookie alone"
    )
