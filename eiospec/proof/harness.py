"""Collect the checks for one set of options with pytest, and judge one server with them.

`collect` lets pytest collect once. `observe` runs the conversations with a server and calls each check as a function,
with the fixtures it asks for. Server and probes share a `MemoryLoop`. Everything the proof knows of the plugin and of
pytest's items is in this module.
"""

from __future__ import annotations

import contextlib
import io
import logging
import ssl
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from eiospec.cli.run import judge as run_pytest
from eiospec.errors import Remarks
from eiospec.fixtures.balancer import Cluster
from eiospec.fixtures.faults import Fault
from eiospec.fixtures.reference import BackgroundServer, Engine, Options
from eiospec.fixtures.reference.conformance import contract_options
from eiospec.observations.evidence import Recorder, record_into
from eiospec.place import TARGET
from eiospec.plugin.judging import effective_level, verdict_of
from eiospec.plugin.options import OPTIONS
from eiospec.plugin.options import Options as RunOptions
from eiospec.plugin.order import needed, place_of
from eiospec.plugin.prerequisites import require_capabilities
from eiospec.plugin.results import Results
from eiospec.plugin.run import Conformance, live_conductor
from eiospec.plugin.run_plugin import SUITES
from eiospec.proof.comparison import ComparedRun
from eiospec.proof.memory import MemoryLoop
from eiospec.proof.ways import Way
from eiospec.requirements import Requirement, requirement_of
from eiospec.target.url import parse_target
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.dialer import Transcript
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Collected:
    """What pytest collected, in the order of a run, and the options it read."""

    items: tuple[pytest.Function, ...]
    options: RunOptions


@dataclass(frozen=True)
class Seen:
    """One run: the gravest verdict of each requirement, by id, and every exchange. `loss` says why nothing was judged."""

    verdicts: Mapping[str, str]
    exchanges: tuple[Exchange, ...]
    loss: str = ""

    @cached_property
    def compared(self) -> ComparedRun:
        """The exchanges, ready for a comparison; kept because one control run is compared with hundreds of faults."""
        return ComparedRun(self.exchanges)


class _Collection:
    """A pytest plugin that keeps what was collected."""

    made: Collected | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        items = (item for item in session.items if isinstance(item, pytest.Function))
        self.made = Collected(tuple(items), session.config.stash[OPTIONS])


def collect(way: Way) -> Collected:
    """Collect the checks; raises RuntimeError with pytest's output when that fails."""
    # Nothing is sent there: with a target, only what the profile declares is collected.
    arguments = ["--collect-only", "-qqq", "-s", "-p", "no:cacheprovider", "--no-report"]
    arguments += ["--target", f"{way.scheme}://127.0.0.1:9/", *way.arguments]
    if not way.hooks:
        arguments += ["--ignore", str(SUITES / "hooks")]
    plugin, output = _Collection(), io.StringIO()
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as folder, contextlib.redirect_stdout(output):
        if way.profile:
            profile = Path(folder, "profile.toml")
            profile.write_text(way.profile, "utf-8")
            arguments += ["--profile", str(profile)]
        code = run_pytest(arguments, plugins=[plugin])
    if plugin.made is None or code:
        raise RuntimeError(f"pytest collected nothing (exit code {code}):\n{output.getvalue()}")
    return plugin.made


def server_for(fault: Fault | None, *, faulty: bool, contract: bool) -> BackgroundServer | Cluster:
    """Return the server of a run, not started: with the fault, or with its options only."""
    options = fault.options if fault is not None else Options()
    engine = fault.engine if fault is not None and faulty else Engine
    served = contract_options(options) if contract else options
    context = _certificate() if fault is not None and fault.tls else None
    policy = None if fault is None else fault.policy if faulty else fault.sound_policy
    if policy is None:
        return BackgroundServer(served, engine=engine, ssl=context)
    return Cluster(policy, served, engine, context)


@cache
def _certificate() -> ssl.SSLContext:
    """Return a server's context with a new certificate."""
    import trustme  # installed with eiospec[tests]; most faults do not need it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def observe(
    collected: Collected, server: BackgroundServer | Cluster, ids: Collection[str] | None = None
) -> Seen:
    """Start a server in memory and judge it. If ids are given, judge only these requirements, each until it is caught.

    Raises Stuck when a conversation does not end.
    """
    loop, stack = MemoryLoop(), AsyncExitStack()
    # A faulty server logs its errors and may raise where nothing awaits it; what that shows on the wire is judged.
    loop.set_exception_handler(lambda *_: None)
    logged = logging.root.manager.disable
    logging.disable()
    try:
        loop.run_until_complete(server.enter(stack))
        target = parse_target(server.url)
        conductor = live_conductor(
            target,
            collected.options,
            Transcript(now=loop.time),
            revive=lambda: target.port in loop.listeners,
            loop=loop,
        )
        results = Results(Conformance(target, collected.options, conductor=conductor))
        try:
            loss = _judge(results, collected.items, ids)
        finally:
            conductor.stop()
        loop.run_until_complete(stack.aclose())
        return Seen(_gravest(results.judgements), tuple(conductor.dialer.transcript.exchanges), loss)
    finally:
        loop.close()
        logging.disable(logged)


def _judge(results: Results, items: Iterable[pytest.Function], ids: Collection[str] | None) -> str:
    """Judge the items; return why nothing was judged, or ""."""
    run = results.conformance
    first = run.control("first")
    if not first.ok:
        return first.sentence
    judged = [
        (item, requirement)
        for item in items
        if (requirement := requirement_of(item.function)) is not None
        and (ids is None or requirement.id in ids)
    ]
    if ids is None:
        run.begin(needed((item for item, _ in judged), run.profile))
        results.judgements += [_judgement(item, requirement, run) for item, requirement in judged]
    else:
        results.judgements += _until_caught(judged, run)
    if run.controls[-1].when == "first":
        run.control("last")
    results.discard_unanswered()
    return ""


def _until_caught(
    judged: Iterable[tuple[pytest.Function, Requirement]], run: Conformance
) -> Iterator[Judgement]:
    """Yield judgements, those at the target first, and none of a requirement that was caught.

    No probe is started before a check needs it.
    """
    caught = set[str]()
    for item, requirement in sorted(judged, key=lambda one: place_of(one[0]) != TARGET):
        if requirement.id not in caught:
            judgement = _judgement(item, requirement, run)
            if judgement.verdict in (Verdict.FAIL, Verdict.WARN):
                caught.add(requirement.id)
            yield judgement


def _gravest(judgements: Iterable[Judgement]) -> dict[str, str]:
    found: dict[str, Verdict] = {}
    for judged in judgements:
        id = judged.requirement.id
        found[id] = max(found.get(id, judged.verdict), judged.verdict, key=lambda verdict: verdict.gravity)
    return {id: str(verdict) for id, verdict in found.items()}


def _judgement(item: pytest.Function, requirement: Requirement, run: Conformance) -> Judgement:
    """Call the check and return its judgement, as far as the proof looks at it."""
    recorder = Recorder()
    failure: Exception | None = None
    try:
        record_into(None)
        require_capabilities(item, requirement, run)
        record_into(recorder)
        _Fixtures(item, run).call()
    except Exception as raised:  # any other exception means that the check is broken
        failure = raised
    finally:
        record_into(None)
    level, _ = effective_level(requirement, run.options)
    evidence = recorder.exchanges
    verdict = verdict_of(level, failure, evidence)
    return Judgement(
        requirement, item.nodeid, "", verdict, evidence=tuple(exchange.id for exchange in evidence)
    )


def _params(item: pytest.Function) -> Mapping[str, object]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec else {}


class _Fixtures:
    """The fixtures of one check, each called once, without pytest's protocol. They have no teardown."""

    def __init__(self, item: pytest.Function, run: Conformance) -> None:
        self._item = item
        self.values: dict[str, Any] = {**_params(item), "conformance": run, "remarks": Remarks()}

    def call(self) -> None:
        """Resolve every fixture of the item, then call the check."""
        for name in self._item.fixturenames:
            if name != "request":
                self.getfixturevalue(name)
        self._item.function(**{name: self.getfixturevalue(name) for name in self._info.argnames})

    @property
    def _info(self) -> Any:
        return self._item._fixtureinfo

    def getfixturevalue(self, name: str) -> Any:
        """Return a fixture's value, as `request.getfixturevalue` does."""
        if name == "request":
            return self
        if name not in self.values:
            found = self._info.name2fixturedefs.get(name)
            if found is None:
                manager = self._item.session._fixturemanager
                found = manager.getfixturedefs(name, self._item)
            definition = found[-1]
            arguments = {needed: self.getfixturevalue(needed) for needed in definition.argnames}
            self.values[name] = definition.func(**arguments)
        return self.values[name]
