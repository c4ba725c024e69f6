"""The conversations of a run in one process: what checks and capability detection observe.

With xdist every worker runs its own probes, because observations cannot cross processes. The process that started
pytest sends the control exchanges and reports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import eiospec
from eiospec.capabilities import cookie_roles, detect
from eiospec.observations.cookie_roles import CookieRoles
from eiospec.plugin.options import CONNECTIONS_TO_A_BALANCER, Options
from eiospec.plugin.progress import Progress
from eiospec.probes.conductor import Conductor
from eiospec.probes.control import ControlSeen, control
from eiospec.probes.leftovers import sweep
from eiospec.probes.nodes import astray, several_nodes
from eiospec.probes.probe import Probe, Seen, Stage
from eiospec.requirements import Capability
from eiospec.target.profile import Profile, Sticky
from eiospec.target.url import Target
from eiospec.verdicts import Control, Detection
from eiospec.wire.bounds import Bounds, patience_for
from eiospec.wire.dialer import Dialer, Transcript
from eiospec.wire.stream import Address

LAST = "last control"
# How many close requests per run may fail behind a load balancer.
FAILED_CLOSES = 60
Made = TypeVar("Made")


def live_conductor(
    target: Target,
    options: Options,
    transcript: Transcript,
    revive: Callable[[], bool] = lambda: True,
    loop: asyncio.AbstractEventLoop | None = None,
) -> Conductor:
    """Return a conductor that talks to the target, in a thread with an event loop, or on a given loop.

    `revive` restarts a target that has died, if we have started it.
    """
    dialer = Dialer(
        Address(target.host, target.port, options.tls, target.host),
        target.origin,
        target.authority,
        transcript,
        Bounds(max_wait=options.max_wait),
        f"eiospec/{eiospec.__version__}",
        options.headers,
    )
    return Conductor(
        replace(target, query=options.query),
        dialer,
        options.connections,
        contract_path=options.profile.contract.path,
        sessions=options.sessions,
        crowd=options.crowd,
        cors=options.profile.cors or None,
        hooks=options.profile.hook_set,
        revive=revive,
        loop=loop,
    )


class Conformance:
    """The target of a run and everything observed of it so far.

    `worker` is the id of the xdist worker. `conductor` is a live one by default.
    """

    def __init__(
        self, target: Target, options: Options, worker: str = "", conductor: Conductor | None = None
    ) -> None:
        self.target = target
        self.options = options
        # Set on a terminal, to show what the run waits for.
        self.progress: Progress | None = None
        # True in an xdist worker: a probe that may kill the target would break the other workers.
        self.parallel = bool(worker)
        # Of the probes whose responses are all searched for cookies: only the handshakes, which a fault often suffices
        # to be found in. Only a narrow proof sets it.
        self.handshakes_only = False
        if conductor is None:
            conductor = live_conductor(target, options, Transcript(prefix=f"{worker}-" if worker else ""))
        self.conductor = conductor
        self.transcript = conductor.dialer.transcript
        # What the target declares, and the load balancer that the first control exchange may find.
        self.profile = options.profile
        self._set_sticky(options.profile.sticky)
        self.controls: list[Control] = []
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._detections: dict[tuple[Capability, str], Detection] = {}
        self._made: dict[tuple[str, ...], Any] = {}

    @property
    def transports(self) -> tuple[str, ...]:
        """The declared transports, or none."""
        return self.options.transports

    @property
    def max_wait(self) -> float:
        """Seconds to wait for a heartbeat."""
        return self.options.max_wait

    def _set_sticky(self, sticky: Sticky | None) -> None:
        """Treat the target as several nodes behind a load balancer, or as one server for None."""
        self.profile = replace(self.profile, sticky=sticky)
        self.conductor.sticky = sticky
        self.conductor.dialer.spare_farewells = FAILED_CLOSES if sticky is not None else 0

    def _look_for_nodes(self) -> None:
        """Find out whether several nodes answer, if closing the first session failed because it was unknown."""
        if self.profile.sticky is None and astray(self.transcript.exchanges):
            self.conductor.dialer.spare_farewells = FAILED_CLOSES
            found = self.conductor.run(several_nodes, "several nodes")
            self._set_sticky(Sticky(found=found) if found else None)
            if found:
                self.conductor.limit(CONNECTIONS_TO_A_BALANCER)

    def control(self, when: str) -> Control:
        """Send a control exchange. The first sets the timeouts of the run; the last closes all open sessions."""
        if when == "last":
            seen = self.conductor.ending() or self.conductor.run(self._last_control, LAST)
        else:
            seen = self.conductor.run(partial(control, when=when), f"{when} control")
        self.controls.append(seen.control)
        dialer = self.conductor.dialer
        if when == "first" and seen.control.ok:
            dialer.bounds = replace(dialer.bounds, patience=patience_for(seen.round_trip))
            self._look_for_nodes()
        return seen.control

    async def _last_control(self, stage: Stage) -> ControlSeen:
        seen = await control(stage, "last")
        await sweep(stage, self.transcript.exchanges)
        return seen

    def begin(self, probes: Iterable[Probe[Any]]) -> None:
        """Start the probes. The last control exchange follows them without waiting for the checks."""
        self.conductor.start(sorted(probes, key=lambda probe: probe.kills))
        if not self.parallel:
            self.conductor.end_with(self._last_control, LAST)

    def observe(self, probe: Probe[Seen], /) -> Seen:
        """Return what a probe saw, after waiting for it."""
        if probe.kills and not any(control.when == "last" for control in self.controls):
            # The last control exchange comes first: a target that this probe kills is not lost.
            self.conductor.wait_for_all_but_killing()
            self.control("last")
            self.conductor.allow_killing()
        self.wait_for([probe])
        return self.conductor.observe(probe)

    def wait_for(self, probes: Iterable[Probe[Any]]) -> None:
        """Wait until these probes have ended, and show that on a terminal."""
        for probe in probes:
            future = self.conductor.submit(probe)
            if self.progress is not None:
                self.progress.watch(partial(self.conductor.wait, future), self.conductor.under_way)
            self.conductor.result(future)

    def once(self, key: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """Return the value of `make`, cached by `key` for the run."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def detect(self, capability: Capability, mount: str = "") -> Detection:
        """Return whether the target, or a mount, has a capability; cached."""
        if (capability, mount) not in self._detections:
            self._detections[capability, mount] = detect(capability, OnMount(self, mount))
        return self._detections[capability, mount]

    def cookie_roles(self, mount: str = "") -> CookieRoles:
        """Return which cookie of the target, or of a mount, is the session cookie; cached."""
        return self.once(("cookie roles", mount), lambda: cookie_roles(OnMount(self, mount)))

    def detections(self) -> list[Detection]:
        """Return what was detected of the target itself, without its mounts."""
        return [detection for (_, mount), detection in self._detections.items() if not mount]


@dataclass(frozen=True, slots=True)
class OnMount:
    """A run as capability detection sees it on one mount."""

    run: Conformance
    mount: str

    @property
    def target(self) -> Target:
        """The target."""
        return self.run.target

    @property
    def transports(self) -> tuple[str, ...]:
        """The declared transports."""
        return self.run.transports

    @property
    def profile(self) -> Profile:
        """What the target declares."""
        return self.run.profile

    @property
    def parallel(self) -> bool:
        """Whether other processes test the same target."""
        return self.run.parallel

    @property
    def max_wait(self) -> float:
        """Seconds to wait for a heartbeat."""
        return self.run.max_wait

    def observe(self, probe: Probe[Seen], /) -> Seen:
        """Return what a probe saw on the mount."""
        return self.run.observe(probe.on(self.mount))
