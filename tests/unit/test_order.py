"""The probes that each check needs, and the order of the checks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eiospec.place import TARGET
from eiospec.plugin.order import beyond_the_balancer, in_order, needed, probes_of
from eiospec.probes.errors import errors
from eiospec.probes.handshakes import crowd, handshakes
from eiospec.probes.heartbeat import heartbeat_polling
from eiospec.probes.killing import throwing
from eiospec.probes.probe import Probe
from eiospec.probes.sticky import sessions
from eiospec.target.profile import Declared, Profile, Sticky

CONNECTIONS = 32
CONTRACT = Profile(contract=Declared(mounts=("main",), killing=True))
Declaration = tuple[Probe[Any], ...] | Callable[[str, Profile], list[Probe[Any]]]


class Check:
    """An item with one fixture that needs probes."""

    def __init__(self, *probes: Probe[Any], declared: Declaration | None = None, place: str = TARGET) -> None:
        def fixture() -> None:
            """Never called."""

        fixture.probes = probes if declared is None else declared  # type: ignore[attr-defined]
        self.fixturenames = ["request", "observation"]
        self._fixtureinfo = SimpleNamespace(name2fixturedefs={"observation": [SimpleNamespace(func=fixture)]})
        self.callspec = SimpleNamespace(params={"place": place})
        self.stash = pytest.Stash()


def item(*probes: Probe[Any], declared: Declaration | None = None, place: str = TARGET) -> pytest.Item:
    return cast(pytest.Item, Check(*probes, declared=declared, place=place))


def ordered(*items: pytest.Item) -> list[int]:
    """Return the numbers of the items in the order they are judged."""
    return [items.index(one) for one in in_order(items, Profile(), CONNECTIONS)]


def test_what_ends_early_is_judged_early() -> None:
    assert ordered(item(crowd), item(handshakes), item(errors)) == [1, 2, 0]


def test_a_check_with_several_probes_is_judged_when_the_last_has_ended() -> None:
    assert ordered(item(handshakes, crowd), item(errors)) == [1, 0]


def test_items_that_wait_are_last() -> None:
    assert ordered(item(heartbeat_polling), item(crowd)) == [1, 0]


def test_the_order_of_equals_stays() -> None:
    assert ordered(item(errors), item(errors)) == [0, 1]


def test_a_probe_is_named_once_however_many_stand_on_it() -> None:
    assert needed([item(errors), item(errors)], Profile()) == [errors]


def test_probes_may_depend_on_the_place() -> None:
    check = item(declared=lambda place, _: [handshakes.on(place)], place="main")
    assert [probe.title for probe in needed([check], CONTRACT)] == ["handshakes on main"]


def test_probes_of_an_item_are_computed_once() -> None:
    asked: list[str] = []

    def declared(place: str, _: Profile) -> list[Probe[Any]]:
        asked.append(place)
        return [handshakes]

    check = item(declared=declared)
    in_order([check], CONTRACT, CONNECTIONS)
    needed([check], CONTRACT)
    assert asked == [TARGET]


def test_a_balancer_found_later_changes_the_probes() -> None:
    check = item(sessions)
    assert probes_of(check, Profile()) == ()
    assert probes_of(check, Profile(sticky=Sticky())) == (sessions,)


@pytest.mark.parametrize("probe", [handshakes.on("main"), throwing])
def test_what_the_profile_does_not_declare_is_not_held(probe: Probe[Any]) -> None:
    assert needed([item(probe)], Profile()) == []
    assert needed([item(probe)], CONTRACT) == [probe]


def test_a_check_that_needs_one_node_is_not_judged_behind_a_balancer() -> None:
    behind = Profile(sticky=Sticky())
    assert needed([item(errors), item(handshakes), item(sessions)], behind) == [handshakes, sessions]
    assert beyond_the_balancer(item(errors), behind).startswith("several nodes answer")
    assert beyond_the_balancer(item(errors), Profile()) == ""
