"""When probes are likely to end: the conductor's order, in round trips."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eiospec.probes.probe import Probe, Stage
from eiospec.probes.schedule import A_WAIT, expected_ends

CONNECTIONS = 4


async def _nothing(_: Stage) -> None:
    """Never called."""


def lasts(rounds: int, *needs: Probe[Any], name: str = "", connections: int = 1) -> Probe[None]:
    """A probe of so many round trips."""
    return Probe(name or f"{rounds} rounds", _nothing, needs, connections, rounds)


def test_those_that_fit_run_together() -> None:
    short, long = lasts(3), lasts(8)
    assert expected_ends([short, long], CONNECTIONS) == {short: 3, long: 8}


def test_a_probe_begins_after_the_probes_it_needs() -> None:
    first = lasts(5)
    second = lasts(2, first)
    assert expected_ends([second], CONNECTIONS) == {first: 5, second: 7}


def test_the_longest_goes_first_where_there_is_no_room_for_all() -> None:
    short, long = lasts(2, connections=3), lasts(9, connections=3)
    assert expected_ends([short, long], CONNECTIONS) == {long: 9, short: 11}


def test_a_probe_does_not_overtake_the_first_in_line() -> None:
    holds, wide, narrow = lasts(9, connections=2), lasts(8, connections=4), lasts(1)
    assert expected_ends([holds, narrow, wide], CONNECTIONS) == {holds: 9, wide: 17, narrow: 18}


def test_one_that_wants_more_than_there_are_gets_all() -> None:
    assert list(expected_ends([lasts(2, connections=40)], CONNECTIONS).values()) == [2]


def test_a_wait_ends_after_all_that_does_not_wait() -> None:
    waits, others = replace(lasts(1), waits=True), [lasts(24, name=str(number)) for number in range(9)]
    ends = expected_ends([waits, *others], CONNECTIONS)
    assert ends[waits] == A_WAIT + 1 > max(ends[other] for other in others)


def test_a_killing_probe_has_no_expected_end() -> None:
    assert expected_ends([replace(lasts(1), kills=True)], CONNECTIONS) == {}


def test_nothing_ends_where_nothing_is_held() -> None:
    assert expected_ends([], CONNECTIONS) == {}
