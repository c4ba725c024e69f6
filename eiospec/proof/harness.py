"""Collect the checks for one set of options with pytest, and judge one server with them.

`collect` lets pytest collect once. `observe` runs the conversations with a server and calls each check as a function,
with the fixtures it asks for. `caught_by_handshakes` is the control run of what `observe` caught early. Server and
probes share a `MemoryLoop`. Everything the proof knows of the plugin and of pytest's items is in this module.
"""

from __future__ import annotations

import contextlib
import io
import logging
import ssl
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
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
from eiospec.plugin.exit_codes import CONFORMS, NOTHING
from eiospec.plugin.judging import effective_level, verdict_of
from eiospec.plugin.options import OPTIONS
from eiospec.plugin.options import Options as RunOptions
from eiospec.plugin.order import needed, place_of, probes_of
from eiospec.plugin.prerequisites import require_capabilities
from eiospec.plugin.results import Results
from eiospec.plugin.run import Conformance, live_conductor
from eiospec.plugin.run_plugin import SUITES
from eiospec.plugin.selection import Selected
from eiospec.probes.errors import errors
from eiospec.probes.handshakes import crowd
from eiospec.probes.jar import jar
from eiospec.probes.tour import tour
from eiospec.proof.comparison import ComparedRun
from eiospec.proof.memory import MemoryLoop
from eiospec.proof.ways import Way
from eiospec.requirements import Requirement, requirement_of
from eiospec.target.url import parse_target
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.dialer import Transcript
from eiospec.wire.exchange import Exchange

Check = tuple[pytest.Function, Requirement]
CAUGHT = frozenset({Verdict.FAIL, Verdict.WARN})
# Only a check that searches all quick responses needs all of these.
SEARCHED = frozenset({crowd, errors, jar, tour})


@dataclass(frozen=True, slots=True)
class Collected:
    """What pytest collected, in the order of a run, and the options it read."""

    items: tuple[pytest.Function, ...]
    options: RunOptions


@dataclass(frozen=True)
class Seen:
    """One run: the gravest verdict of each requirement, by id, and every exchange. `loss` says why nothing was judged.

    `early` are the node ids of the checks that failed on the handshakes alone.
    """

    verdicts: Mapping[str, str]
    exchanges: tuple[Exchange, ...]
    loss: str = ""
    early: frozenset[str] = frozenset()

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


def collect(way: Way, ids: Collection[str] | None = None) -> Collected:
    """Collect the checks, if ids are given only those of these requirements.

    Raises RuntimeError with pytest's output when that fails.
    """
    # Nothing is sent there: with a target, only what the profile declares is collected.
    arguments = ["--collect-only", "-qqq", "-s", "-p", "no:cacheprovider", "--no-report"]
    arguments += ["--target", f"{way.scheme}://127.0.0.1:9/", *way.arguments]
    if not way.hooks:
        arguments += ["--ignore", str(SUITES / "hooks")]
    plugin, output = _Collection(), io.StringIO()
    plugins: list[object] = [plugin]
    if ids is not None:
        plugins.append(Selected(lambda requirement, _: requirement.id in ids))
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as folder, contextlib.redirect_stdout(output):
        if way.profile:
            profile = Path(folder, "profile.toml")
            profile.write_text(way.profile, "utf-8")
            arguments += ["--profile", str(profile)]
        code = run_pytest(arguments, plugins=plugins)
    # A run that only collects judges nothing, and says so.
    if plugin.made is None or code not in (CONFORMS, NOTHING) or (ids is None and not plugin.made.items):
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
    collected: Collected,
    server: BackgroundServer | Cluster,
    ids: Collection[str] | None = None,
    *,
    early: bool = True,
) -> Seen:
    """Start a server in memory and judge it. If ids are given, judge only these requirements, each until it is caught.

    With `early`, checks that wait for all quick probes are judged on the handshakes alone first. What
    fails there proves something only if `caught_by_handshakes` is False for the control server.

    Raises Stuck when a conversation does not end.
    """
    caught = set[str]()

    def judged(run: Conformance) -> Iterator[Judgement]:
        items = _checks(collected.items, ids)
        if ids is not None:
            yield from _until_caught(items, run, caught if early else None)
            return
        run.begin(needed((item for item, _ in items), run.profile))
        for item, requirement in items:
            yield _judgement(item, requirement, run)

    return replace(_run(collected.options, server, judged), early=frozenset(caught))


def caught_by_handshakes(
    collected: Collected, server: BackgroundServer | Cluster, nodes: Collection[str]
) -> bool:
    """Return whether one of these checks fails on the handshakes alone of a server, or nothing could be judged."""

    def judged(run: Conformance) -> Iterator[Judgement]:
        run.handshakes_only = True
        for item, requirement in _checks(collected.items):
            if item.nodeid in nodes:
                yield _judgement(item, requirement, run)

    seen = _run(collected.options, server, judged)
    return bool(seen.loss) or any(Verdict(verdict) in CAUGHT for verdict in seen.verdicts.values())


def _run(
    options: RunOptions,
    server: BackgroundServer | Cluster,
    judged: Callable[[Conformance], Iterator[Judgement]],
) -> Seen:
    """Start a server in memory, and judge it between two control exchanges."""
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
            options,
            Transcript(now=loop.time),
            revive=lambda: target.port in loop.listeners,
            loop=loop,
        )
        results = Results(Conformance(target, options, conductor=conductor))
        try:
            loss = _judge(results, judged)
        finally:
            conductor.stop()
        loop.run_until_complete(stack.aclose())
        return Seen(_gravest(results.judgements), tuple(conductor.dialer.transcript.exchanges), loss)
    finally:
        loop.close()
        logging.disable(logged)


def _judge(results: Results, judged: Callable[[Conformance], Iterator[Judgement]]) -> str:
    """Judge the server; return why nothing was judged, or ""."""
    run = results.conformance
    first = run.control("first")
    if not first.ok:
        return first.sentence
    results.judgements += judged(run)
    if run.controls[-1].when == "first":
        run.control("last")
    results.discard_unanswered()
    return ""


def _checks(items: Iterable[pytest.Function], ids: Collection[str] | None = None) -> list[Check]:
    """Return the items with a requirement, if ids are given only those of these requirements."""
    found = ((item, requirement_of(item.function)) for item in items)
    return [
        (item, requirement)
        for item, requirement in found
        if requirement is not None and (ids is None or requirement.id in ids)
    ]


def _searches_all_responses(item: pytest.Function, run: Conformance) -> bool:
    """Return whether a check at the target waits for all quick probes."""
    return place_of(item) == TARGET and {*probes_of(item, run.profile)} >= SEARCHED


def _until_caught(
    checks: Iterable[Check], run: Conformance, early: set[str] | None = None
) -> Iterator[Judgement]:
    """Yield judgements, those at the target first, and none of a requirement that was caught.

    No probe is started before a check needs it. With `early`, judge on the handshakes alone first, and add to it the
    node ids of the checks that fail there.
    """
    caught = set[str]()
    ordered = sorted(checks, key=lambda one: place_of(one[0]) != TARGET)
    if early is not None:
        run.handshakes_only = True
        for item, requirement in ordered:
            if requirement.id not in caught and _searches_all_responses(item, run):
                judgement = _judgement(item, requirement, run)
                if judgement.verdict in CAUGHT:
                    caught.add(requirement.id)
                    early.add(item.nodeid)
                    yield judgement
        run.handshakes_only = False
    for item, requirement in ordered:
        if requirement.id not in caught:
            judgement = _judgement(item, requirement, run)
            if judgement.verdict in CAUGHT:
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
