"""The order of the checks, and the probes they stand on.

A check whose conversations end early is judged early, while the others are still held; what waits for the server
comes after all that does not, and what may kill the target last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from eiospec.probes.probe import Probe
from eiospec.probes.schedule import foretold
from eiospec.target.profile import Profile


def needed(items: Iterable[pytest.Item], profile: Profile) -> list[Probe[Any]]:
    """The probes that the items stand on, on the mounts they are parametrized over, each once."""
    from eiospec.suites.observing import beyond_the_balancer, probes_for

    found: dict[Probe[Any], None] = {}
    for item in items:
        callspec = getattr(item, "callspec", None)
        names = getattr(item, "fixturenames", ())
        params = callspec.params if callspec else {}
        probes = probes_for(names, params, profile)
        if not beyond_the_balancer(probes, params, profile):
            found.update(dict.fromkeys(probes))
    return list(found)


def in_order(items: Iterable[pytest.Item], profile: Profile, connections: int) -> list[pytest.Item]:
    """The items, those first whose probes are likely to have ended first."""
    stands_on = {item: needed([item], profile) for item in items}
    ends = foretold((probe for probes in stands_on.values() for probe in probes), connections)

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        probes = stands_on[item]
        return (
            any(probe.kills for probe in probes),
            any(probe.waits for probe in probes),
            max((ends[probe] for probe in probes if not probe.kills), default=0),
        )

    return sorted(stands_on, key=place)
