"""Timeouts and limits."""

from __future__ import annotations

import pytest

from eiospec.wire.bounds import LEAST_PATIENCE, MOST_PATIENCE, Bounds, patience_for


@pytest.mark.parametrize(
    ("round_trip", "patience"),
    [(0.0, LEAST_PATIENCE), (0.001, LEAST_PATIENCE), (0.2, 4.0), (0.5, MOST_PATIENCE), (60.0, MOST_PATIENCE)],
)
def test_patience_is_twenty_round_trips_within_bounds(round_trip: float, patience: float) -> None:
    assert patience_for(round_trip) == patience


def test_an_exchange_may_take_twice_the_patience() -> None:
    assert Bounds(patience=3).whole_exchange == 6


def test_a_message_is_a_header_block_and_a_body() -> None:
    assert Bounds(header_octets=10, body_octets=5).message_octets == 15
