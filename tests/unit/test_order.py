"""The order of the checks: those first whose conversations end first."""

from __future__ import annotations

from typing import Any, cast

import pytest

from eiospec.plugin.order import in_order, needed
from eiospec.target.profile import Profile

CONNECTIONS = 32


class Check:
    """As much of an item as tells what it stands on."""

    def __init__(self, *fixturenames: str) -> None:
        self.fixturenames = fixturenames


def items(*checks: Check) -> list[pytest.Item]:
    return cast(list[pytest.Item], list(checks))


def names_in_order(*checks: Check) -> list[tuple[str, ...]]:
    found: list[Any] = in_order(items(*checks), Profile(), CONNECTIONS)
    return [check.fixturenames for check in found]


def test_what_ends_early_is_judged_early() -> None:
    assert names_in_order(Check("crowd"), Check("handshakes"), Check("errors")) == [
        ("handshakes",),
        ("errors",),
        ("crowd",),
    ]


def test_what_stands_on_several_is_judged_when_the_last_has_ended() -> None:
    assert names_in_order(Check("handshakes", "crowd"), Check("errors")) == [
        ("errors",),
        ("handshakes", "crowd"),
    ]


def test_what_waits_comes_after_all_that_does_not() -> None:
    assert names_in_order(Check("heartbeat"), Check("set_cookies")) == [("set_cookies",), ("heartbeat",)]


def test_the_order_of_equals_stays() -> None:
    equals = items(Check("errors"), Check("errors"))
    assert in_order(equals, Profile(), CONNECTIONS) == equals


def test_a_probe_is_named_once_however_many_stand_on_it() -> None:
    assert [probe.name for probe in needed(items(Check("errors"), Check("errors")), Profile())] == ["errors"]
