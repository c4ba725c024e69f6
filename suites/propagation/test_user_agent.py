"""A user agent that returns every cookie it was given, whoever set it: what a browser's user gets."""

from __future__ import annotations

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answer, Answers, outcome
from eiospec.observations.cookies import Responses, sent_cookies
from eiospec.observations.handshakes import Handshakes, WebSocketHandshakes
from eiospec.observations.session_cookie import SessionCookie
from eiospec.observations.upgrading import Upgrade
from eiospec.observations.user_agent import (
    AGAIN,
    ALONE,
    HANDSHAKE,
    POLLS,
    POSTS,
    UPGRADE,
    UserAgentJourney,
    displaced,
    other_sessions,
    set_by_default,
    set_values,
)
from eiospec.requirements import SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, RFC6265BIS


def with_cookies(journey: UserAgentJourney, label: str) -> Answer:
    """Return an answer; not applicable when its request returned no cookie."""
    answer = journey[label]
    if not sent_cookies(answer.exchange):
        raise NotApplicable(f"no cookie was set that a user agent returns in “{label}”")
    return answer


def blocked_unless(served: bool, what: str, ids: str) -> None:
    """Block where the target does not serve the same request without cookies."""
    if not served:
        raise Blocked(f"{what} without cookies is not served either ({ids})")


@requirement(
    "PR-025",
    SHOULD,
    "When a client returns every cookie, as browsers do, its POSTs and polls are served and its messages answered.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=(Capability.POLLING, Capability.STIMULUS),
)
def test_session_with_all_cookies_is_served(user_agent: UserAgentJourney, errors: Answers) -> None:
    for kind in ("POST", "poll"):
        blocked_unless(outcome(errors[f"a fresh sid: {kind}"]) == "answered 200", f"a {kind}", "HS-018")
    with_cookies(user_agent, POSTS[0])
    seen = {label: user_agent[label] for label in (*POSTS, *POLLS) if label in user_agent.answers}
    refused = {label: outcome(answer) for label, answer in seen.items() if outcome(answer) != "answered 200"}
    assert refused == {}
    assert [label for label in POLLS if label not in user_agent.reached] == [], "a message was not answered"


@requirement(
    "PR-026",
    SHOULD,
    "When a client returns every cookie, as browsers do, it can open another session.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=Capability.POLLING,
)
def test_another_session_with_all_cookies(user_agent: UserAgentJourney, handshakes: Handshakes) -> None:
    blocked_unless(handshakes.first.sid_or_none is not None, "a handshake", "HS-001, HS-004")
    answer = with_cookies(user_agent, AGAIN)
    assert outcome(answer) == "answered 200"
    assert AGAIN in user_agent.reached, "the handshake opened no session of its own"


@requirement(
    "PR-027",
    SHOULD,
    "When a client returns every cookie, as browsers do, its upgrade works: 101, and 3probe for 2probe.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=(Capability.POLLING, Capability.UPGRADE),
)
def test_upgrade_with_all_cookies(user_agent: UserAgentJourney, bare_upgrade: Upgrade) -> None:
    blocked_unless(bare_upgrade.probed, "an upgrade", "HS-016")
    answer = with_cookies(user_agent, UPGRADE)
    assert outcome(answer) == "answered 101"
    assert UPGRADE in user_agent.reached, "2probe was not answered with 3probe"


@requirement(
    "PR-028",
    SHOULD,
    "When a client returns every cookie, as browsers do, it can open a WebSocket-only session.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=(Capability.POLLING, Capability.WEBSOCKET),
)
def test_websocket_with_all_cookies(
    user_agent: UserAgentJourney, websocket_handshakes: WebSocketHandshakes
) -> None:
    plain = websocket_handshakes.plain
    frames = plain.exchange.frames
    opened = plain.sid_or_none is not None and bool(frames) and frames[0].by_target
    blocked_unless(opened, "a WebSocket-only handshake", "HS-014")
    answer = with_cookies(user_agent, ALONE)
    assert outcome(answer) == "answered 101"
    assert ALONE in user_agent.reached, "no open packet arrived"


@requirement(
    "PR-029",
    SHOULD,
    "When a client returns every cookie, its next session still sets the session cookie, not only other cookies.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
def test_no_cookie_takes_the_place_of_the_session_cookie(
    user_agent: UserAgentJourney, cookie_found: SessionCookie | None
) -> None:
    if cookie_found is None or cookie_found.name not in set_values(user_agent[HANDSHAKE].exchange):
        raise Blocked("the first handshake did not set the session cookie (CK-001)")
    if AGAIN not in user_agent.reached:
        raise Blocked("no other session was opened (PR-026)")
    with_cookies(user_agent, AGAIN)
    assert displaced(user_agent, cookie_found.name) == []


@requirement(
    "PR-030",
    SHOULD,
    "When a client returns every cookie, the application keeps one session for it: a returned cookie keeps its value.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=Capability.POLLING,
)
def test_one_application_session(
    user_agent: UserAgentJourney, cookie_found: SessionCookie | None, polled: Responses, remarks: Remarks
) -> None:
    name = cookie_found.name if cookie_found else None
    by_default = set_by_default(polled.exchanges)
    names = by_default.keys() - {name}
    returned = {one for answer in user_agent.answered.values() for one in sent_cookies(answer.exchange)}
    if not names & returned:
        raise NotApplicable("no cookie is set on requests of a session that return none, and then returned")
    remarks.note(f"cookies of the application: {', '.join(sorted(names & returned))}")
    assert other_sessions(user_agent, by_default, name) == []


@requirement(
    "PR-031",
    SHOULD,
    "Cookies that the engine sets come back to it: they have not expired, and their Path covers the engine.",
    source=RFC6265BIS.at("§5.1.4, §5.7, §5.8.3"),
    needs=Capability.POLLING,
)
def test_cookies_come_back(
    user_agent: UserAgentJourney, cookie_found: SessionCookie | None, remarks: Remarks
) -> None:
    """The session cookie is judged by CA-022 and PR-010, and what user agents refuse by CA-015 to CA-021."""
    if not any(set_values(answer.exchange) for answer in user_agent.answered.values()):
        raise NotApplicable("no response set a cookie")
    found = []
    for one in user_agent.unreturned:
        sentence = f"“{one.name}” never comes back: {one.why}"
        if one.refused or one.deletes or (cookie_found is not None and one.name == cookie_found.name):
            remarks.note(sentence)
        else:
            found.append(user_agent.finding(one.exchange, sentence))
    assert found == []
