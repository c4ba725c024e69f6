"""The results of a run: verdicts, control exchanges and failures, collected from all workers, and the run as a value."""

from __future__ import annotations

import base64
import pickle
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import eiospec
from eiospec.errors import Blocked, Broken, NotApplicable, NotRecorded
from eiospec.observations.additions import additions
from eiospec.observations.cookie_fields import own_values
from eiospec.observations.diagnosis import diagnosis
from eiospec.observations.fixation import CHOSEN
from eiospec.observations.guessing import CHOSEN_SID
from eiospec.observations.handshake import Handshake
from eiospec.observations.queries import MARKUP
from eiospec.observations.survey import survey_of
from eiospec.plugin.catalogue import entries, excluded
from eiospec.plugin.options import Options
from eiospec.plugin.run import Conformance
from eiospec.probes.identity import session_cookie
from eiospec.probes.sticky import sessions
from eiospec.replay.record import each_once, recorded
from eiospec.replay.typed import written
from eiospec.requirements import Capability
from eiospec.target.baseline import Baseline
from eiospec.target.profile import Profile
from eiospec.verdicts import (
    Additions,
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
from eiospec.wire.exchange import Exchange

# Cookie values that probes make up; they stay readable in a masked report.
OWN_VALUES = (
    *("1", "2", "3", "4", "xyz", "bar", "garbage", "eiospec", CHOSEN),
    *("q", "%41", "x=y", "1+2"),
    # What the contract's callbacks set, and the same arrays joined into one field by a server.
    *("1234", "abc", "zzz", "evil", "randomId", "1,b=2", "3,d=4", "1,mw2=2"),
    # Values that a server may fail to handle.
    *(CHOSEN_SID, MARKUP, *own_values()),
)
FURTHER_SID = re.compile(rb'\\?"sid\\?"\s*:\s*\\?"([!#-\[\]-~]{1,7000})\\?"')


class Results:
    """Verdicts and failures of a run.

    With xdist each worker keeps its own and hands it over with `pack`; the process that started pytest collects all.
    """

    def __init__(self, conformance: Conformance) -> None:
        self.conformance = conformance
        self.judgements: list[Judgement] = []
        # Test files that could not be imported, with the error: without them the run is incomplete.
        self.uncollected: list[str] = []
        # Failed tests that carry no requirement, with the error.
        self.other_failures: list[str] = []
        # False when only some checks were judged: -k, -x, --lf or a path.
        self.complete = False
        self._balancer: BalancerSeen | None = None
        # From xdist's workers.
        self._exchanges: list[Exchange] = []
        self._detections: list[Detection] = []
        self._observations: list[Recorded] = []
        self._has_workers = False

    @property
    def options(self) -> Options:
        """The options of the run."""
        return self.conformance.options

    @property
    def controls(self) -> list[Control]:
        """The control exchanges so far."""
        return self.conformance.controls

    def settled(self, judgement: Judgement) -> Judgement:
        """Return the judgement as this run reports it."""
        return judgement

    def pack(self) -> str:
        """Return what a worker saw, as text that xdist can transfer."""
        self.diagnose()
        contents = (
            tuple(self.conformance.transcript.exchanges),
            tuple(self.conformance.detections()),
            self._balancer,
            self._own_observations(),
        )
        return base64.b64encode(pickle.dumps(contents)).decode("ascii")

    def unpack(self, packed: str) -> None:
        """Add what a worker saw."""
        exchanges, detections, balancer, observations = pickle.loads(base64.b64decode(packed))
        self._exchanges += exchanges
        self._detections += detections
        self._observations += observations
        self._balancer = balancer or self._balancer
        self._has_workers = True

    def discard_unanswered(self) -> None:
        """If the target was lost during the run, report findings about unanswered requests as broken."""
        last = next((control for control in self.controls if control.when == "last"), None)
        if last is None or last.ok:
            return
        exchanges = self.conformance.transcript.exchanges
        unanswered = {exchange.id for exchange in exchanges if exchange.response is None}
        self.judgements = [
            replace(judged, verdict=Verdict.BROKEN, reason=last.sentence, expected="", observed="")
            if judged.verdict in (Verdict.FAIL, Verdict.WARN) and unanswered & set(judged.evidence)
            else judged
            for judged in self.judgements
        ]

    def record(self, exit_code: int) -> Run:
        """Return the run as a value."""
        conformance = self.conformance
        exchanges = (*conformance.transcript.exchanges, *self._exchanges)
        found = (*conformance.detections(), *self._detections)
        detections = {detection.capability: detection for detection in found}
        return Run(
            tool_version=eiospec.__version__,
            target=str(conformance.target),
            started=conformance.started,
            seconds=conformance.transcript.clock(),
            options=self.options.shown,
            detections=tuple(detections[capability] for capability in Capability if capability in detections),
            controls=tuple(self.controls),
            judgements=tuple(self.judgements),
            excluded=excluded(),
            exchanges=exchanges,
            exit_code=exit_code,
            ours=self._unmasked(exchanges),
            balancer=self._balancer,
            complete=self.complete,
            requirement_set=self._requirement_set(),
            additions=_additions(exchanges),
            recording=self._recording(),
        )

    def _unmasked(self, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
        """Return the values that stay readable in a masked report."""
        return (*unmasked(exchanges), *(self._balancer.nodes if self._balancer else ()))

    def _own_observations(self) -> tuple[Recorded, ...]:
        return tuple(recorded(probe, seen) for probe, seen in self.conformance.conductor.held())

    def _recording(self) -> Recording | None:
        """Return what --replay needs."""
        baseline = self.options.baseline
        return Recording(
            written(self.conformance.profile, Profile),
            None if baseline is None else written(baseline, Baseline),
            self._has_workers,
            each_once((*self._own_observations(), *self._observations)),
        )

    def _requirement_set(self) -> RequirementSet | None:
        release = self.options.release
        if release is None:
            return None
        changed = release.changed(entry.requirement for entry in entries())
        return RequirementSet(release.name, len(release.requirements), changed)

    def diagnose(self) -> None:
        """Describe the load balancer, if this process opened sessions through one."""
        conformance = self.conformance
        if conformance.profile.sticky is None or not conformance.conductor.has_held(sessions):
            return
        try:
            seen = conformance.observe(sessions)
            cookie = conformance.observe(session_cookie)
        except (Blocked, Broken, NotApplicable, NotRecorded) as reason:
            self._balancer = BalancerSeen(f"The balancer cannot be judged: {reason}.")
        else:
            text = diagnosis(seen, cookie.name if cookie else "")
            self._balancer = BalancerSeen(text, seen.sticky.node, seen.affinity, seen.nodes)


def _additions(exchanges: Iterable[Exchange]) -> Additions | None:
    """Return what the target adds to its responses; None when no response was surveyed."""
    surveyed = survey_of(exchanges)
    return additions(surveyed) if surveyed.sightings else None


def unmasked(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """Return values that stay readable in a masked report: those of the probes, and ids of sessions they opened."""
    found = list(OWN_VALUES)
    for exchange in exchanges:
        handshake = Handshake("websocket" if exchange.is_websocket else "polling", exchange)
        found += filter(None, (handshake.sid_or_none, *_further_sids(exchange)))
    return tuple(dict.fromkeys(found))


def _further_sids(exchange: Exchange) -> Iterator[str]:
    """Yield session ids in JSONP bodies, where the open packet is a JavaScript string, and after the response."""
    response = exchange.response
    if response is not None and (response.surplus or response.body.startswith(b"___eio[")):
        for match in FURTHER_SID.finditer(response.body + response.surplus):
            yield match[1].decode("latin-1")


def pack(judgement: Judgement) -> str:
    """Return a judgement as text that xdist can transfer."""
    return base64.b64encode(pickle.dumps(judgement)).decode("ascii")


def unpack(packed: Any) -> Judgement:
    """Return a packed judgement."""
    judgement = pickle.loads(base64.b64decode(packed))
    if not isinstance(judgement, Judgement):
        raise TypeError(f"a report has {type(judgement).__name__} instead of a judgement")
    return judgement
