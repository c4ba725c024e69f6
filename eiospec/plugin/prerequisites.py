"""Prerequisites of the target for judging a check."""

from __future__ import annotations

import pytest

from eiospec.capabilities import HOOKS
from eiospec.errors import NotApplicable
from eiospec.place import TARGET
from eiospec.plugin.order import beyond_the_balancer, is_unnamed, mount_of, place_of
from eiospec.plugin.run import Conformance
from eiospec.requirements import Requirement


def require_capabilities(item: pytest.Item, requirement: Requirement, conformance: Conformance) -> None:
    """Raise NotApplicable when the target lacks a capability, or one node behind a balancer must be tested directly."""
    profile, place = conformance.profile, place_of(item)
    if reason := beyond_the_balancer(item, profile):
        raise NotApplicable(reason)
    mount = place if place in profile.contract.mounts and not is_unnamed(item, place) else TARGET
    for capability in requirement.needs:
        # The contract's hooks are others than those that are declared of the target.
        where = mount_of(item, profile) if profile.hooks and capability in HOOKS else mount
        detection = conformance.detect(capability, where)
        if not detection.present:
            raise NotApplicable(f"{capability}: {detection.evidence}")
