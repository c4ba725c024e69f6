"""Sessions stay on their node behind sticky balancers, and are lost behind the others."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from reference.peer import Client

from balancers.conftest import Reach
from balancers.expected import CASES, GOOD, POLL, POST, QUICK, UNKNOWN, Case, sorted_by_cost
from balancers.visiting import Visit, visits

SESSIONS = 9
# Until a node sees that a connection was closed. Its heartbeat takes 45 s.
SECONDS_TO_NOTICE = 5.0


@pytest.mark.parametrize("case", sorted_by_cost(CASES, QUICK))
def test_a_session_stays_with_its_node_or_is_lost_as_expected(case: Case, reach: Reach) -> None:
    client = reach(case.balancer, case.mount)
    seen = visits(lambda: Visit(client, case.jar, case.origin), SESSIONS)
    assert {visit.set_by_handshake for visit in seen} == {case.cookies}
    assert {name for visit in seen for name in visit.lost} == set(case.lost)
    assert {step for visit in seen for step in visit.lost.values()} <= case.loss
    assert all(len(set(visit.nodes)) == 1 for visit in seen if not visit.lost)


# Waiting: what is silent for long


@pytest.mark.parametrize(
    "balancer", ["haproxy/insert", "nginx/ip-hash", "nginx/map-cookie", "own/insert", "own/alb"]
)
def test_an_idle_poll_ends_with_the_ping(balancer: str, reach: Reach) -> None:
    visit = Visit(reach(balancer, "quick"), has_jar=True)
    sid = visit.open()
    assert visit.ask(POLL, "GET", sid).body == b"2"


def test_an_idle_poll_is_cut_by_a_balancer_with_a_short_timeout(reach: Reach) -> None:
    visit = Visit(reach("haproxy/impatient", "cookie"), has_jar=True)
    sid = visit.open()
    assert visit.ask(POLL, "GET", sid).status == 504
    # To the node it was a client that went away, as soon as it notices: the session has gone, too, long before its
    # heartbeat would have ended it. A noop (`6`) changes nothing.
    noticed = time.monotonic() + SECONDS_TO_NOTICE
    while (answer := visit.ask(POST, "POST", sid, b"6")).status == 200 and time.monotonic() < noticed:
        pass
    assert answer.status == 400


def test_an_idle_poll_that_nginx_cuts_is_retried_on_another_node(reach: Reach) -> None:
    """nginx also marks the node as down (fail_timeout): a handshake from the same address goes elsewhere."""
    visit = Visit(reach("nginx/impatient", "cookie"), has_jar=True)
    answer = visit.ask(POLL, "GET", visit.open())
    assert (answer.status, answer.body) in UNKNOWN
    visit.open()
    assert len(set(visit.nodes)) == 2


def test_a_silent_websocket_is_cut_by_a_balancer_with_a_short_timeout(reach: Reach) -> None:
    with reach("nginx/impatient", "cookie").websocket() as peer:
        assert peer.ended()


# The second handshake with the first one's cookies


def test_a_second_handshake_behind_a_prefix_comes_back_without_its_cookie(reach: Reach) -> None:
    """`indirect`: HAProxy emits no cookie to a client that has a valid one. The old cookie still names the node."""
    visit = Visit(reach("haproxy/prefix", "cookie"), has_jar=True)
    visit.open()
    first = visit.set_by_handshake
    visit.run()
    assert (first, visit.set_by_handshake) == (("io",), ())
    assert (visit.lost, len(set(visit.nodes))) == ({}, 1)


# AWS: a preflight never has cookies (Fetch, CORS-preflight fetch), so it may reach any node


def test_a_preflight_is_answered_by_any_node(reach: Reach) -> None:
    visit = Visit(reach("own/alb", "cors"), has_jar=True, origin=GOOD)
    query = f"EIO=4&transport=polling&sid={visit.open()}"
    preflight = (f"Origin: {GOOD}", "Access-Control-Request-Method: POST")
    answers = [visit.client.ask("OPTIONS", query, *preflight) for _ in range(3)]
    assert {answer.status for answer in answers} == {204}
    assert {answer.one("access-control-allow-credentials") for answer in answers} == {"true"}


def test_aws_still_accepts_an_older_cookie(reach: Reach) -> None:
    visit = Visit(reach("own/alb", "cookie"), has_jar=True)
    sid = visit.open()
    oldest = dict(visit.jar)
    for _ in range(4):
        visit.jar = dict(oldest)
        assert visit.ask(POST, "POST", sid, b"40").status == 200
        assert visit.jar["AWSALB"] != oldest["AWSALB"]


# Node's cluster. The worker tells the primary of a session while its open packet is on its way: what the client
# sends at once may overtake that, and is lost. So may the first frame of a WebSocket, which is why none is sent.


def test_a_cluster_finds_a_session_once_its_primary_knows_it(sticky: Client) -> None:
    for _ in range(SESSIONS):
        visit = Visit(sticky, has_jar=False, probes=False)
        sid = visit.open()
        tries = (visit.ask(POST, "POST", sid, b"40").status for _ in range(100))
        assert 200 in tries
        visit.ask(POLL, "GET", sid)
        visit.upgrade(sid)
        assert visit.lost == {}
        assert len(set(visit.nodes)) == 1


def test_a_cluster_under_load_loses_only_early_requests(sticky: Client) -> None:
    with ThreadPoolExecutor(8) as together:
        visit = [together.submit(Visit(sticky, has_jar=False, probes=False).run) for _ in range(40)]
        seen = [one.result() for one in visit]
    assert {step for visit in seen for step in visit.lost.values()} <= UNKNOWN
    assert len({node for visit in seen for node in visit.nodes}) == 3
    assert sum(not visit.lost for visit in seen) > len(seen) / 2
