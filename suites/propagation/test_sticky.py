"""Sticky sessions: every request of a session reaches the node that has it, through any balancer."""

from __future__ import annotations

import re
from collections import Counter

from eiospec.errors import Blocked, Broken, NotApplicable, Remarks
from eiospec.observations.answer import describe
from eiospec.observations.session_cookie import SessionCookie
from eiospec.observations.sessions import LOST, Fate, IdlePoll, Journey, Sessions, Step
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import EIO4, MULTIPLE_NODES, RFC9110, RFC9111, SERVER_API, TROUBLESHOOTING

BALANCER = (Capability.BALANCER, Capability.POLLING)
SAME_PROCESS = MULTIPLE_NODES.at("sticky load balancing")


@requirement(
    "ST-001",
    MUST,
    "With the cookies a user agent returns, every poll and POST of a session reaches its node: none is answered "
    "“Session ID unknown”.",
    source=SAME_PROCESS,
    needs=BALANCER,
)
def test_sessions_stay_on_their_node(sessions: Sessions) -> None:
    assert sessions.judged
    assert sessions.losses_of_polling == []


@requirement(
    "ST-002",
    MUST,
    "The upgrade of a session with its cookies reaches the session's node: 101, 3probe, and messages flow.",
    source=SAME_PROCESS,
    needs=(*BALANCER, Capability.UPGRADE),
)
def test_upgrades_reach_their_node(sessions: Sessions) -> None:
    assert sessions.losses_of_upgrades == []


@requirement(
    "ST-003",
    MUST,
    "In prefix mode the session cookie's value is the node's name, ~ and the session id.",
    source=MULTIPLE_NODES.at("HAProxy"),
    needs=BALANCER,
)
def test_prefix(sessions: Sessions, named_cookie: SessionCookie) -> None:
    in_mode(sessions, "prefix")
    wrong = [
        f"{cookie.name}={cookie.value} in the session {journey.handshake.sid_or_none}"
        for journey in sessions.jarred
        for cookie in journey.handshake.cookies_named(named_cookie.name)
        if not re.fullmatch(rf"[^~;]+~{re.escape(journey.handshake.sid_or_none or '')}", cookie.value)
    ]
    assert wrong == []


@requirement(
    "ST-004",
    MUST,
    "In insert mode the balancer's cookie is sent in addition to the session cookie, and neither is replaced.",
    source=MULTIPLE_NODES.at("sticky load balancing"),
    needs=BALANCER,
)
def test_insert(sessions: Sessions, own_cookies: frozenset[str]) -> None:
    in_mode(sessions, "insert")
    assert incomplete(sessions, own_cookies) == []


@requirement(
    "ST-005",
    INFO,
    "What happens to sessions that return no cookie is recorded.",
    source=TROUBLESHOOTING.at("you didn't enable sticky sessions"),
    needs=BALANCER,
)
def test_without_cookies(sessions: Sessions, remarks: Remarks) -> None:
    assert sessions.judged
    fates = Counter(str(journey.lost.fate) if journey.lost else "kept" for journey in sessions.bare)
    remarks.note("; ".join(f"{number} {fate}" for fate, number in sorted(fates.items())) or "none was opened")


@requirement(
    "ST-006",
    MUST,
    "All responses of a session come from one node, while sessions are spread over several.",
    source=SAME_PROCESS,
    needs=(*BALANCER, Capability.NODE_FIELD),
)
def test_one_node_a_session(sessions: Sessions) -> None:
    several = [journey.nodes(sessions.sticky.node) for journey in served(sessions)]
    assert ["; ".join(nodes) for nodes in several if len(nodes) > 1] == []
    if len(sessions.nodes) < 2:
        raise NotApplicable(f"only one node answered: {', '.join(sessions.nodes)}")


@requirement(
    "ST-007",
    MUST,
    "Session ids are unique across the nodes.",
    source=SERVER_API.at("engine.generateId"),
    needs=BALANCER,
)
def test_ids_are_unique(sessions: Sessions) -> None:
    opened = Counter(journey.handshake.sid_or_none for journey in (*sessions.judged, *sessions.bare))
    assert [f"{sid}: {times} sessions" for sid, times in opened.items() if times > 1] == []


@requirement(
    "ST-008",
    MUST,
    "Handshake responses do not come from a cache: two handshakes with equal URLs open two sessions.",
    source=RFC9111.at("§3"),
    needs=BALANCER,
)
def test_not_cached(sessions: Sessions) -> None:
    answers = Counter(answer_of(journey) for journey in (*sessions.judged, *sessions.bare))
    assert [f"{times} times the same response" for times in answers.values() if times > 1] == []


@requirement(
    "ST-009",
    SHOULD,
    "A cookie that is set on every response is set on the 101, too, on a separate line.",
    source=RFC9110.at("§5.3, §7.8"),
    needs=(*BALANCER, Capability.UPGRADE),
)
def test_cookies_on_the_101(sessions: Sessions) -> None:
    upgraded = [step for step in sessions.upgrades if step.kept]
    if not upgraded or not sessions.rotating:
        raise NotApplicable("no cookie is set on every response of a session")
    wanted = set(sessions.rotating)
    lines = [[cookie.name for cookie in step.cookies if cookie.name in wanted] for step in upgraded]
    assert [", ".join(names) or "none of them" for names in lines if sorted(names) != sorted(wanted)] == []


@requirement(
    "ST-010",
    MUST,
    "Two sessions that share their cookies, as two tabs do, both keep working.",
    source=EIO4.at("§Query parameters"),
    needs=BALANCER,
)
def test_two_tabs(sessions: Sessions) -> None:
    lost = [str(journey.lost) for journey in sessions.shared if is_lost(journey)]
    if not sessions.judged or not (lost or any(journey.answered for journey in sessions.shared)):
        raise Blocked("no session of the two was opened and answered")
    if lost and sessions.losses_of_polling:
        raise Blocked("sessions that do not share cookies are lost, too (ST-001)")
    assert lost == []


@requirement(
    "ST-011",
    SHOULD,
    "An older value of a cookie that is renewed on every response still reaches the session's node.",
    source=MULTIPLE_NODES.at("AWS Application Load Balancer"),
    needs=BALANCER,
)
def test_older_value(sessions: Sessions) -> None:
    if not sessions.judged or sessions.older is None or not sessions.rotating:
        raise NotApplicable("no cookie was renewed on every response")
    if sessions.losses_of_polling:
        raise Blocked("sessions with the newest values are lost, too (ST-001)")
    assert sessions.older.fate is Fate.KEPT, f"a POST with the first values: {sessions.older}"


@requirement(
    "ST-012",
    INFO,
    "What happens to a request with the cookies of a session on another node is recorded.",
    source=MULTIPLE_NODES.at("sticky load balancing"),
    needs=BALANCER,
)
def test_cookies_of_another_session(sessions: Sessions, remarks: Remarks) -> None:
    assert sessions.judged
    remarks.note(str(sessions.crossed) if sessions.crossed else "no session had other cookies")


@requirement(
    "ST-013",
    SHOULD,
    "The balancer leaves an idle poll open until the server's ping is due.",
    source=MULTIPLE_NODES.at("the timeout of a proxy must exceed pingInterval + pingTimeout"),
    needs=(*BALANCER, Capability.HEARTBEAT_IN_TIME),
)
def test_idle_polls_stay_open(idle_poll: IdlePoll, sessions: Sessions) -> None:
    if sessions.losses_of_polling and idle_poll.step.fate in LOST:
        raise Blocked("polls that are answered at once do not reach their session either (ST-001)")
    ended = f"the poll ended after {seconds_of(idle_poll.step)} s: {describe(idle_poll.step.exchange)}"
    assert idle_poll.step.kept, ended
    assert idle_poll.pinged, f"{ended}, without the ping"


def in_mode(sessions: Sessions, mode: str) -> None:
    """Raise NotApplicable unless the balancer is declared to work in that mode."""
    if sessions.sticky.mode != mode:
        raise NotApplicable(f"the profile does not declare --sticky {mode}")
    assert sessions.judged


def is_lost(journey: Journey) -> bool:
    """Return True when a request of the session did not reach its node."""
    return journey.lost is not None and journey.lost.fate in LOST


def served(sessions: Sessions) -> tuple[Journey, ...]:
    """Return the sessions with an answered request after the handshake; raise Blocked without one."""
    found = tuple(journey for journey in sessions.judged if journey.answered)
    if not found:
        raise Blocked("no session was answered after its handshake (ST-001)")
    return found


def answer_of(journey: Journey) -> bytes:
    """Return the body of a handshake's response."""
    response = journey.handshake.exchange.response
    if response is None:
        raise Broken("a handshake without a response was counted")
    return response.body


def incomplete(sessions: Sessions, wanted: frozenset[str]) -> list[str]:
    """Return how many handshakes lack the balancer's cookie, or a wanted one that others set."""
    names = [{cookie.name for cookie in journey.handshake.set_cookies} for journey in sessions.jarred]
    own = {sessions.sticky.cookie or sessions.affinity} - {"", *wanted}
    found = [f"without {name}" for set_here in names for name in sorted((wanted | own) - set_here)]
    if not own:
        found += ["without a cookie of the balancer" for set_here in names if not set_here - wanted]
    return [f"{number} of {len(names)} handshakes {text}" for text, number in Counter(found).items()]


def seconds_of(step: Step) -> str:
    """Return how long the request was open."""
    return f"{step.exchange.ended - step.exchange.started:.1f}"
