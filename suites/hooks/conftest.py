"""The vocabulary of the hook suites: what the contract's mounts answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from eiospec.observations.handshake import Handshake
from eiospec.observations.setting import Callbacks, state_of
from eiospec.observations.survival import Survival
from eiospec.plugin.run import Conformance
from eiospec.probes.admission import admission as the_admission
from eiospec.probes.admission import cors_and_hooks as the_cors_and_hooks
from eiospec.probes.admission import middleware as the_middleware
from eiospec.probes.admission import session_middleware as the_session_middleware
from eiospec.probes.handshakes import handshakes as the_handshakes
from eiospec.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.probes.hooks import arrays as the_arrays
from eiospec.probes.hooks import counts as the_counts
from eiospec.probes.hooks import overrides as the_overrides
from eiospec.probes.hooks import rotation as the_rotation
from eiospec.probes.killing import injection as the_injection
from eiospec.probes.killing import throwing as the_throwing
from eiospec.probes.probe import Probe
from eiospec.probes.revision_3 import revision_3 as the_revision_3
from eiospec.requirements import Capability


def _afresh(conformance: Conformance, probe: Probe[Callbacks], mount: str = "main") -> Callbacks:
    seen = conformance.observe(probe.on(mount))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def arrays(conformance: Conformance) -> Callbacks:
    """Hooks that set arrays of cookies."""
    return _afresh(conformance, the_arrays)


@pytest.fixture
def overrides(conformance: Conformance) -> Callbacks:
    """Hooks that spell, override and collide."""
    return _afresh(conformance, the_overrides)


@pytest.fixture
def rotation(conformance: Conformance) -> Callbacks:
    """A hook that rotates a cookie."""
    return _afresh(conformance, the_rotation)


@pytest.fixture
def hook_calls(conformance: Conformance) -> Callbacks:
    """How often the callbacks ran."""
    return _afresh(conformance, the_counts)


@pytest.fixture
def calls_of_a_denied_handshake(conformance: Conformance) -> list[str]:
    """Which hooks ran for it, by the app's own count; none when the app does not count."""
    if not conformance.detect(Capability.STATE).present:
        return []
    counted = state_of(_afresh(conformance, the_counts)["after a denied handshake"])
    return [hook for hook in ("initial", "headers") if counted[hook]]


@pytest.fixture
def admission(conformance: Conformance) -> Callbacks:
    """What allowRequest decided."""
    return _afresh(conformance, the_admission)


@pytest.fixture
def middleware(conformance: Conformance) -> Callbacks:
    """What middlewares set, and what became of it."""
    return _afresh(conformance, the_middleware)


@pytest.fixture
def session_middleware(conformance: Conformance) -> Callbacks:
    """What a session middleware set."""
    return _afresh(conformance, the_session_middleware)


@pytest.fixture
def cors_and_hooks(conformance: Conformance) -> Callbacks:
    """Hooks on a mount with CORS."""
    return _afresh(conformance, the_cors_and_hooks, "cors")


@pytest.fixture
def revision_3(conformance: Conformance) -> Callbacks:
    """Sessions in revision 3."""
    return _afresh(conformance, the_revision_3, "revision3")


@pytest.fixture
def handshakes_beside(conformance: Conformance) -> Mapping[str, Handshake]:
    """The first handshake in revision 4 over each transport, on the same mount."""
    return {
        "polling": conformance.observe(the_handshakes.on("revision3")).first,
        "websocket": conformance.observe(the_websocket_handshakes.on("revision3")).plain,
    }


@pytest.fixture
def injection(conformance: Conformance) -> Survival:
    """A hook that was given CR and LF."""
    seen = conformance.observe(the_injection.on("main"))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def throwing(conformance: Conformance) -> Survival:
    """A hook that threw."""
    seen = conformance.observe(the_throwing.on("main"))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))
