"""The state of one run in one process: the conductor, what was detected, and the verdicts so far.

With xdist every worker conducts its own probes, because an observation cannot cross processes; the process
that started pytest holds the controls, gathers everything and reports.
"""

from __future__ import annotations

import asyncio
import base64
import pickle
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import pytest

import eiospec
from eiospec.capabilities import detect
from eiospec.errors import Blocked, Broken, NotApplicable, NotRecorded
from eiospec.observations.diagnosis import diagnosis
from eiospec.observations.handshake import Handshake
from eiospec.plugin.catalogue import entries, excluded
from eiospec.plugin.options import CONNECTIONS_TO_A_BALANCER, Options
from eiospec.plugin.progress import Progress
from eiospec.probes.conductor import Conductor
from eiospec.probes.control import ControlSeen, control
from eiospec.probes.cookie_fields import own_values
from eiospec.probes.fixation import CHOSEN
from eiospec.probes.guessing import CHOSEN_SID
from eiospec.probes.identity import session_cookie
from eiospec.probes.leftovers import sweep
from eiospec.probes.nodes import astray, several_nodes
from eiospec.probes.probe import Probe, Seen, Stage
from eiospec.probes.queries import MARKUP
from eiospec.probes.sticky import sessions
from eiospec.replay.record import each_once, recorded
from eiospec.replay.typed import written
from eiospec.requirements import Capability
from eiospec.target.baseline import Baseline
from eiospec.target.profile import Profile, Sticky
from eiospec.target.url import Target
from eiospec.verdicts import (
    BalancerSeen,
    Control,
    Detection,
    Judgement,
    Recorded,
    Recording,
    RequirementSet,
    Run,
    Verdict,
)
from eiospec.wire.bounds import Bounds, patience_for
from eiospec.wire.dialer import Dialer, Transcript
from eiospec.wire.exchange import Exchange
from eiospec.wire.stream import Address

# Cookie values the probes make up; they stay readable in a masked report.
OWN_VALUES = (
    *("1", "2", "3", "4", "xyz", "bar", "garbage", "eiospec", CHOSEN),
    *("q", "%41", "x=y", "1+2"),
    # What the contract's callbacks set, and what becomes of their arrays when a server folds them.
    *("1234", "abc", "zzz", "evil", "randomId", "1,b=2", "3,d=4", "1,mw2=2"),
    # What is sent to find out who chokes on it.
    *(CHOSEN_SID, MARKUP, *own_values()),
)


LAST = "last control"
# Farewells to sessions behind a balancer that may be in vain, in a run.
IN_VAIN = 60
Made = TypeVar("Made")
FURTHER_SID = re.compile(rb'\\?"sid\\?"\s*:\s*\\?"([!#-\[\]-~]{1,7000})\\?"')


class Conformance:
    """One run in one process."""

    def __init__(
        self,
        target: Target,
        options: Options,
        worker: str = "",
        revive: Callable[[], bool] = lambda: True,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.target = target
        self.options = options
        # Where the conversations are held; a thread with a loop of its own by default.
        self._loop = loop
        # What tells a user at a terminal what is waited for; the session sets it.
        self.progress: Progress | None = None
        # A worker of xdist: what may kill the target would kill it under the others.
        self.parallel = bool(worker)
        self.transcript = Transcript(
            prefix=f"{worker}-" if worker else "", now=time.monotonic if loop is None else loop.time
        )
        self.conductor = self._conductor(revive)
        # What the target declares; what the first control finds out of a balancer is added.
        self.profile = options.profile
        self._behind(options.profile.sticky)
        self.judgements: list[Judgement] = []
        self.controls: list[Control] = []
        # Files of checks that could not be imported, with the error: without them nothing is said of the target.
        self.uncollected: list[str] = []
        # What failed and is no requirement, each with its error.
        self.strangers: list[str] = []
        # False when only some of the checks were judged: by -k, -x, --lf or a path.
        self.complete = False
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._detections: dict[tuple[Capability, str], Detection] = {}
        self._made: dict[tuple[str, ...], Any] = {}
        self._balancer: BalancerSeen | None = None
        self._foreign: list[tuple[tuple[Exchange, ...], tuple[Detection, ...]]] = []
        self._foreign_observations: list[Recorded] = []

    def _conductor(self, revive: Callable[[], bool]) -> Conductor:
        """Who holds the conversations."""
        target, options = self.target, self.options
        dialer = Dialer(
            Address(target.host, target.port, options.tls, target.host),
            target.origin,
            target.authority,
            self.transcript,
            Bounds(max_wait=options.max_wait),
            f"eiospec/{eiospec.__version__}",
            options.headers,
        )
        return Conductor(
            target,
            dialer,
            options.connections,
            contract_path=options.profile.contract.path,
            sessions=options.sessions,
            crowd=options.crowd,
            cors=options.profile.cors or None,
            revive=revive,
            loop=self._loop,
        )

    @property
    def transports(self) -> tuple[str, ...]:
        """The transports the user declared; empty for none."""
        return self.options.transports

    def _behind(self, sticky: Sticky | None) -> None:
        """From now on the target is several nodes behind a balancer, if it is."""
        self.profile = replace(self.profile, sticky=sticky)
        self.conductor.sticky = sticky
        self.conductor.dialer.spare_farewells = IN_VAIN if sticky is not None else 0

    def _look_for_nodes(self) -> None:
        """When the first session was unknown to whoever took its farewell: one server, or several?"""
        if self.profile.sticky is None and astray(self.transcript.exchanges):
            self.conductor.dialer.spare_farewells = IN_VAIN
            found = self.conductor.run(several_nodes, "several nodes")
            self._behind(Sticky(found=found) if found else None)
            if found:
                self.conductor.limit(CONNECTIONS_TO_A_BALANCER)

    @property
    def max_wait(self) -> float:
        """Seconds a heartbeat may take."""
        return self.options.max_wait

    def control(self, when: str) -> Control:
        """Hold a control exchange: the first gives the patience of the run, after the last nothing stays open."""
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
        """Start the probes of the run. The last control exchange follows them and does not wait for the checks."""
        self.conductor.start(sorted(probes, key=lambda probe: probe.kills))
        if not self.parallel:
            self.conductor.end_with(self._last_control, LAST)

    def observe(self, probe: Probe[Seen], /) -> Seen:
        """What a probe saw, waiting for it."""
        if probe.kills and not any(control.when == "last" for control in self.controls):
            # What kills the target afterwards is no loss of the target.
            self.conductor.wait_for_all_but_killing()
            self.control("last")
            self.conductor.allow_killing()
        self.wait_for([probe])
        return self.conductor.observe(probe)

    def wait_for(self, probes: Iterable[Probe[Any]]) -> None:
        """Wait until these probes have ended; on a terminal, say what is waited for."""
        for probe in probes:
            future = self.conductor.submit(probe)
            if self.progress is not None:
                self.progress.watch(partial(self.conductor.wait, future), self.conductor.under_way)
            self.conductor.result(future)

    def once(self, key: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """What many checks look at, made for the first of them; `key` says what it is."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def detect(self, capability: Capability, mount: str = "") -> Detection:
        """Whether the target, or a mount, has a capability; found out once."""
        if (capability, mount) not in self._detections:
            self._detections[capability, mount] = detect(capability, OnMount(self, mount))
        return self._detections[capability, mount]

    def _of_the_target(self) -> list[Detection]:
        """What was detected of the target itself; mounts are as the contract says."""
        return [detection for (_, mount), detection in self._detections.items() if not mount]

    def parcel(self) -> str:
        """What a worker hands back to the process that reports, as text that xdist can carry."""
        self.diagnose()
        contents = (
            tuple(self.transcript.exchanges),
            tuple(self._of_the_target()),
            self._balancer,
            self._observations(),
        )
        return base64.b64encode(pickle.dumps(contents)).decode("ascii")

    def unpack(self, parcel: str) -> None:
        """Take in what a worker of ours handed back."""
        exchanges, detections, balancer, observations = pickle.loads(base64.b64decode(parcel))
        self._foreign.append((exchanges, detections))
        self._foreign_observations += observations
        self._balancer = balancer or self._balancer

    def settled(self, judgement: Judgement) -> Judgement:
        """The judgement as this run may say it."""
        return judgement

    def disown(self) -> None:
        """A target that was lost on the way: what it left unanswered says nothing of it."""
        last = next((control for control in self.controls if control.when == "last"), None)
        if last is None or last.ok:
            return
        silent = {exchange.id for exchange in self.transcript.exchanges if exchange.response is None}
        self.judgements = [
            replace(judged, verdict=Verdict.BROKEN, reason=last.sentence, expected="", observed="")
            if judged.verdict in (Verdict.FAIL, Verdict.WARN) and silent & set(judged.evidence)
            else judged
            for judged in self.judgements
        ]

    def record(self, exit_code: int) -> Run:
        """The run as a value."""
        exchanges = [*self.transcript.exchanges]
        detections = {detection.capability: detection for detection in self._of_the_target()}
        for foreign_exchanges, foreign_detections in self._foreign:
            exchanges += foreign_exchanges
            detections.update((detection.capability, detection) for detection in foreign_detections)
        return Run(
            tool_version=eiospec.__version__,
            target=str(self.target),
            started=self.started,
            seconds=self.transcript.clock(),
            options=self.options.shown,
            detections=tuple(detections[capability] for capability in Capability if capability in detections),
            controls=tuple(self.controls),
            judgements=tuple(self.judgements),
            excluded=excluded(),
            exchanges=tuple(exchanges),
            exit_code=exit_code,
            ours=self._ours(exchanges),
            balancer=self._balancer,
            complete=self.complete,
            requirement_set=self._requirement_set(),
            recording=self._recording(),
        )

    def _ours(self, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
        """What stays readable in the report."""
        return (*ours(exchanges), *(self._balancer.nodes if self._balancer else ()))

    def _observations(self) -> tuple[Recorded, ...]:
        """What the conversations of this process returned."""
        return tuple(recorded(probe, seen) for probe, seen in self.conductor.held())

    def _recording(self) -> Recording:
        """What this run can be judged again from."""
        baseline = self.options.baseline
        return Recording(
            written(self.profile, Profile),
            None if baseline is None else written(baseline, Baseline),
            bool(self._foreign),
            each_once((*self._observations(), *self._foreign_observations)),
        )

    def _requirement_set(self) -> RequirementSet | None:
        release = self.options.release
        if release is None:
            return None
        changed = release.changed(entry.requirement for entry in entries())
        return RequirementSet(release.name, len(release.requirements), changed)

    def diagnose(self) -> None:
        """Put into words what the sessions through a balancer showed, if any were held in this process."""
        if self.profile.sticky is None or not self.conductor.has_held(sessions):
            return
        try:
            seen = self.observe(sessions)
            cookie = self.observe(session_cookie)
        except (Blocked, Broken, NotApplicable, NotRecorded) as reason:
            self._balancer = BalancerSeen(f"Nothing can be said of the balancer: {reason}.")
        else:
            said = diagnosis(seen, cookie.name if cookie else "")
            self._balancer = BalancerSeen(said, seen.sticky.node, seen.affinity, seen.nodes)


@dataclass(frozen=True, slots=True)
class OnMount:
    """A run as detection sees it on one mount."""

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
        """The declarations."""
        return self.run.profile

    @property
    def parallel(self) -> bool:
        """Whether other processes judge the same target."""
        return self.run.parallel

    @property
    def max_wait(self) -> float:
        """Seconds a heartbeat may take."""
        return self.run.max_wait

    def observe(self, probe: Probe[Seen], /) -> Seen:
        """What a probe saw on the mount."""
        return self.run.observe(probe.on(self.mount))


def ours(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """What stays readable in a masked report: values the probes made up, and the ids of the sessions they opened."""
    found = list(OWN_VALUES)
    for exchange in exchanges:
        handshake = Handshake("websocket" if exchange.is_websocket else "polling", exchange)
        found += filter(None, (handshake.sid_or_none, *_further_sids(exchange)))
    return tuple(dict.fromkeys(found))


def _further_sids(exchange: Exchange) -> Iterator[str]:
    """The session ids in a body of JSONP, where the open packet is JavaScript's string, and behind the response."""
    response = exchange.response
    if response is not None and (response.surplus or response.body.startswith(b"___eio[")):
        for match in FURTHER_SID.finditer(response.body + response.surplus):
            yield match[1].decode("latin-1")


def pack(judgement: Judgement) -> str:
    """A judgement as text, to travel on a pytest report between processes of one run."""
    return base64.b64encode(pickle.dumps(judgement)).decode("ascii")


def unpack(parcel: Any) -> Judgement:
    """The judgement of a pytest report of this run."""
    judgement = pickle.loads(base64.b64decode(parcel))
    if not isinstance(judgement, Judgement):
        raise TypeError(f"a report carries {type(judgement).__name__} instead of a judgement")
    return judgement


# Where a pytest session keeps its run.
RUN: pytest.StashKey[Conformance] = pytest.StashKey()
