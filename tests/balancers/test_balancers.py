"""Sessions stay with their node behind the balancers that are made for it, and are lost behind the others."""

from __future__ import annotations

import pytest

from balancers.conftest import Reach
from balancers.expected import CASES, Case
from balancers.visiting import Visit, visits

SESSIONS = 9


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_session_stays_with_its_node_or_is_lost_as_expected(case: Case, reach: Reach) -> None:
    client = reach(case.balancer, case.mount)
    seen = visits(lambda: Visit(client, case.jar, case.origin), SESSIONS)
    assert {visit.set_by_handshake for visit in seen} == {case.cookies}
    assert {name for visit in seen for name in visit.lost} == set(case.lost)
    assert {step for visit in seen for step in visit.lost.values()} <= case.loss
    assert all(len(set(visit.nodes)) == 1 for visit in seen if not visit.lost)
