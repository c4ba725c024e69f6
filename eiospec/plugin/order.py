"""The probes that each check needs, and the order of the checks.

Checks whose probes end early are judged early, while other probes are still running. Checks that wait for the server
come after those, and checks that may kill the target come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from eiospec.place import TARGET
from eiospec.probes.probe import Nodes, Probe
from eiospec.probes.schedule import expected_ends
from eiospec.target.profile import Profile

Probes = tuple[Probe[Any], ...]
# The probes of an item, with the profile they were computed for.
NEEDED: pytest.StashKey[tuple[Profile, Probes]] = pytest.StashKey()


def place_of(item: pytest.Item) -> str:
    """Return the place where an item is judged."""
    callspec = getattr(item, "callspec", None)
    params: Mapping[str, object] = callspec.params if callspec else {}
    return str(params.get("place", TARGET))


def probes_of(item: pytest.Item, profile: Profile) -> Probes:
    """Return the probes an item needs: those of its fixtures, as far as the profile allows them.

    Computed once for each item, and again only when the first control exchange has found a balancer.
    """
    known = item.stash.get(NEEDED, None)
    if known is None or known[0] != profile:
        known = profile, tuple(dict.fromkeys(_declared(item, profile)))
        item.stash[NEEDED] = known
    return known[1]


def _declared(item: pytest.Item, profile: Profile) -> Iterable[Probe[Any]]:
    return (probe for probe in _listed(item, profile) if _allowed(probe, profile))


def _listed(item: pytest.Item, profile: Profile) -> Iterable[Probe[Any]]:
    """Yield the probes of an item's fixtures, of mounts that are not declared, too."""
    place = place_of(item)
    for function in fixture_functions(item):
        declared = getattr(function, "probes", ())
        yield from declared(place, profile) if callable(declared) else declared


def mount_of(item: pytest.Item, profile: Profile) -> str:
    """Return the mount that an item is about, declared or not; TARGET for none.

    A mount that the cases do not name counts as well: it is where hooks are judged that a contract configures.
    """
    place = place_of(item)
    if place:
        return place
    return next((probe.place for probe in _listed(item, profile) if probe.place), TARGET)


def is_unnamed(item: pytest.Item, place: str) -> bool:
    """Return whether the cases of an item do not name this place."""
    return any(getattr(function, "unnamed", TARGET) == place for function in fixture_functions(item))


def fixture_functions(item: pytest.Item) -> list[Callable[..., Any]]:
    """Return the functions of all fixtures that an item requests, directly or not."""
    info = getattr(item, "_fixtureinfo", None)
    names = getattr(item, "fixturenames", ())
    return (
        [info.name2fixturedefs[name][-1].func for name in names if name in info.name2fixturedefs]
        if info
        else []
    )


def _allowed(probe: Probe[Any], profile: Profile) -> bool:
    """Return True unless the profile rules a probe out."""
    if probe.place and probe.place not in profile.contract.mounts:
        return False
    if probe.kills and not profile.contract.killing:
        return False
    return probe.nodes is not Nodes.SEVERAL or profile.sticky is not None


def beyond_the_balancer(item: pytest.Item, profile: Profile) -> str:
    """Return why an item cannot be judged through a balancer; empty if it can."""
    if profile.sticky is None:
        return ""
    within = all(probe.nodes is not Nodes.ONE and not probe.place for probe in probes_of(item, profile))
    if within and place_of(item) not in profile.contract.mounts:
        return ""
    return "several nodes answer behind a balancer: judge this on one of them directly"


def needed(items: Iterable[pytest.Item], profile: Profile) -> list[Probe[Any]]:
    """Return the probes that these items need, each once."""
    judged = (item for item in items if not beyond_the_balancer(item, profile))
    return list(dict.fromkeys(probe for item in judged for probe in probes_of(item, profile)))


def in_order(items: Iterable[pytest.Item], profile: Profile, connections: int) -> list[pytest.Item]:
    """Return the items in the order in which their probes are expected to end."""
    stands_on = {item: tuple(needed([item], profile)) for item in items}
    ends = expected_ends((probe for probes in stands_on.values() for probe in probes), connections)

    def key(item: pytest.Item) -> tuple[bool, bool, int]:
        probes = stands_on[item]
        return (
            any(probe.kills for probe in probes),
            any(probe.waits for probe in probes),
            max((ends[probe] for probe in probes if not probe.kills), default=0),
        )

    return sorted(stands_on, key=key)
