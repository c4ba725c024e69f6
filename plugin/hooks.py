"""The plugin: pytest's hooks, wired to the run.

Everything is inert unless a collected item carries a requirement, so that pytest may run other tests in the
same checkout. The order of a run: options are checked; the target is started if asked for; items are
collected, selected and sorted so that checks of slow conversations come last; the first control exchange is
held; probes start; checks are judged as their observations arrive; the last control exchange; the reports.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import Skipped

import eiospec
from eiospec.fixtures.judging import Blocked, Broken, NotApplicable, Remarks
from eiospec.fixtures.probes.probe import Probe
from eiospec.fixtures.requirements import Requirement, requirement_of
from eiospec.fixtures.target.profile import Profile
from eiospec.fixtures.verdicts import Judgement, Verdict
from eiospec.fixtures.wire.exchange import Exchange
from eiospec.plugin import catalogue
from eiospec.plugin.ending import exit_code_of, finish
from eiospec.plugin.judging import evidence_of, judge
from eiospec.plugin.options import OPTIONS, Options, add_options, one_of, read_options, repetitions, writable
from eiospec.plugin.run import Conformance, ours, pack, unpack
from eiospec.plugin.target import TargetHolder
from eiospec.reports.masking import NOTHING, Mask, mask
from eiospec.reports.xml import clean, properties

SUITES = Path(eiospec.__file__).resolve().parent / "suites"

HOLDER: pytest.StashKey[TargetHolder] = pytest.StashKey()
RUN: pytest.StashKey[Conformance] = pytest.StashKey()
COMPARISON: pytest.StashKey[tuple[str, object, object]] = pytest.StashKey()
REMARKS: pytest.StashKey[Remarks] = pytest.StashKey()
PARCEL = "eiospec"

WORDS: dict[Verdict, tuple[str, str, str]] = {
    Verdict.PASS: ("passed", ".", "pass"),
    Verdict.FAIL: ("failed", "F", "FAIL"),
    Verdict.WARN: ("warned", "w", "WARN"),
    Verdict.INFO: ("info", "i", "info"),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", "not applicable"),
    Verdict.BLOCKED: ("blocked", "b", "BLOCKED"),
    Verdict.BROKEN: ("broken", "E", "BROKEN"),
    Verdict.KNOWN: ("known", "k", "known"),
    Verdict.STALE: ("stale", "S", "STALE"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line."""
    add_options(parser)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _judges(config: pytest.Config) -> bool:
    """True when the paths given lead to the suites."""
    paths = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return any(SUITES in (path, *path.parents) or path in SUITES.parents for path in paths)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """--list and --explain answer and end; --repeat holds the run in processes of their own."""
    if config.getoption("--explain"):
        print(catalogue.explanation(config.getoption("--explain")))
        return 0
    if config.getoption("list_as"):
        print(catalogue.listing(one_of(config.getoption("list_as"), ("text", "json"), "--list")))
        return 0
    times = repetitions(config)
    if times > 1:
        from eiospec.plugin.repeating import repeat

        return repeat(config, times)
    return None


@pytest.hookimpl(tryfirst=True)  # before the terminal reporter reads what it shall report
def pytest_configure(config: pytest.Config) -> None:
    """Check the options; a mistake ends here with one sentence."""
    config.stash[OPTIONS] = options = read_options(config)
    catalogue.matching(options.cases)
    if _judges(config) and not _is_worker(config):
        # Our summary says what failed and why; pytest's own would repeat it with tracebacks.
        config.option.tbstyle = "no"
        if config.option.reportchars == "fE":
            config.option.reportchars = ""


def pytest_report_header(config: pytest.Config) -> str | None:
    """One line above the run."""
    run = config.stash.get(RUN, None)
    return f"eiospec {eiospec.__version__}: judging {run.target}" if run else None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the target if that is ours to do, before xdist starts its workers."""
    config = session.config
    if not _judges(config) or config.option.collectonly:
        return
    options = config.stash[OPTIONS]
    if options.report is not None and not _is_worker(config):
        writable(options.report)
    if _is_worker(config):
        given: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
        holder = TargetHolder.given(given["eiospec_target"])
        worker = str(given["workerid"])
    else:
        holder, worker = TargetHolder.start(options), ""
    config.stash[HOLDER] = holder
    config.stash[RUN] = Conformance(holder.target, options, worker, holder.revive)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the target is."""
    holder = node.config.stash.get(HOLDER, None)
    node.workerinput["eiospec_target"] = str(holder.target) if holder else ""


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001
    """Take in what a worker saw."""
    run, parcel = node.config.stash.get(RUN, None), getattr(node, "workeroutput", {}).get("eiospec")
    if run is not None and parcel:
        run.unpack(parcel)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what was asked for; checks of conversations that wait for a heartbeat come last."""
    options = config.stash[OPTIONS]
    selected = catalogue.matching(options.cases)
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        requirement = requirement_of(getattr(item, "function", None))
        if requirement is None:
            kept.append(item)
        elif selected:
            (kept if requirement.id in selected else dropped).append(item)
        else:
            off = "hygiene" in item.path.parts and "hygiene" not in options.areas
            (dropped if off else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    items[:] = sorted(kept, key=_slowness)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """The first control exchange, then the probes that the selected checks need."""
    run = session.config.stash.get(RUN, None)
    if run is None or session.testsfailed:
        return
    first = run.control("first")
    if not first.ok and not _is_worker(session.config):
        pytest.exit(first.sentence, returncode=6)
    run.conductor.start(sorted(_needed(session.items, run.profile), key=lambda probe: probe.kills))


def _needed(items: list[pytest.Item], profile: Profile) -> list[Probe[Any]]:
    """The probes that the items stand on, on the mounts they are parametrized over."""
    from eiospec.suites.observing import probes_for

    found: dict[Probe[Any], None] = {}
    for item in items:
        callspec = getattr(item, "callspec", None)
        names = getattr(item, "fixturenames", ())
        found.update(dict.fromkeys(probes_for(names, callspec.params if callspec else {}, profile)))
    return list(found)


def _slowness(item: pytest.Item) -> int:
    """0 for what is quick, 1 for what waits, 2 for what may kill the target."""
    probes = _needed([item], item.config.stash[OPTIONS].profile)
    return 2 if any(probe.kills for probe in probes) else int(any(probe.waits for probe in probes))


class Unjudged(Skipped):
    """A check that ends without a finding, in the shape for which pytest formats no traceback."""

    def __init__(self, reason: NotApplicable | Blocked) -> None:
        super().__init__(str(reason))
        self.reason = reason


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Not applicable and blocked are outcomes, not errors: a check may find out itself."""
    try:
        return (yield)
    except (NotApplicable, Blocked) as reason:
        raise Unjudged(reason) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """... or its fixtures find out; and a requirement whose capability is absent is not applicable."""
    try:
        _require(item)
        return (yield)
    except (NotApplicable, Blocked) as reason:
        raise Unjudged(reason) from None


def _require(item: pytest.Item) -> None:
    """Raise NotApplicable when a capability is absent that the item's requirement needs."""
    requirement, run = requirement_of(getattr(item, "function", None)), item.config.stash.get(RUN, None)
    item.config.stash[REMARKS] = Remarks()
    item.config.stash[COMPARISON] = ("", None, None)
    if requirement is None or run is None:
        return
    callspec = getattr(item, "callspec", None)
    mount = str(callspec.params.get("mount", "")) if callspec else ""
    for capability in requirement.needs:
        detection = run.detect(capability, mount)
        if not detection.present:
            raise NotApplicable(f"{capability}: {detection.evidence}")


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Keep what was compared: observed on the left, expected on the right."""
    if config.stash.get(RUN, None) is not None:
        config.stash[COMPARISON] = (op, left, right)
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the outcome of a check into a judgement that travels on the report."""
    report = yield
    requirement, run = requirement_of(getattr(item, "function", None)), item.config.stash.get(RUN, None)
    failure = call.excinfo.value if call.excinfo else None
    failure = failure.reason if isinstance(failure, Unjudged) else failure
    if requirement is None or run is None or report.when == "teardown":
        return report
    if isinstance(failure, KeyboardInterrupt | pytest.exit.Exception):
        return report
    if report.when == "setup" and failure is None:
        return report
    judgement = _judgement(item, requirement, run, failure, call.duration)
    evidence = evidence_of(getattr(item, "funcargs", {}).values()) if _documents(item.config) else ()
    hide = _mask(run, evidence)
    setattr(report, PARCEL, pack(judgement))
    _dress(report, judgement, run.options, hide)
    marks = properties(judgement, hide)
    item.user_properties.extend(marks)
    report.user_properties.extend(marks)
    if item.config.getoption("allure_report_dir", None):
        from eiospec.reports import allure

        allure.annotate(judgement, evidence, hide)
    return report


def _documents(config: pytest.Config) -> bool:
    """True when JUnit or allure documents are written while the run goes on."""
    return bool(config.getoption("xmlpath", None) or config.getoption("allure_report_dir", None))


def _mask(run: Conformance, evidence: tuple[Exchange, ...]) -> Mask:
    """What hides the secrets in those documents."""
    if not evidence or not run.options.mask:
        return NOTHING
    return mask(evidence, ours(evidence), run.options.shown.values(), str(run.target))


def _judgement(
    item: pytest.Item,
    requirement: Requirement,
    run: Conformance,
    failure: BaseException | None,
    seconds: float,
) -> Judgement:
    operator, left, right = item.config.stash[COMPARISON]
    callspec = getattr(item, "callspec", None)
    arguments = getattr(item, "funcargs", {})
    return judge(
        requirement,
        node=item.nodeid,
        case=callspec.id if callspec else "",
        failure=failure,
        comparison=(operator, left, right) if operator else None,
        remarks=item.config.stash[REMARKS],
        evidence=evidence_of(arguments.values()),
        options=run.options,
        target=str(run.target),
        seconds=seconds,
    )


def _dress(report: pytest.TestReport, judgement: Judgement, options: Options, hide: Mask) -> None:
    """Give pytest's report the outcome that gates: failed for what fails the run, passed or skipped else."""
    verdict = judgement.verdict
    gated = verdict is Verdict.WARN and options.gate_should
    if verdict in (Verdict.FAIL, Verdict.BROKEN, Verdict.STALE) or gated:
        report.outcome = "failed"
        report.longrepr = _long(judgement, hide)
    elif verdict in (Verdict.NOT_APPLICABLE, Verdict.BLOCKED):
        report.outcome = "skipped"
        where = report.location
        report.longrepr = (where[0], where[1] or 0, clean(hide.text(f"{verdict}: {judgement.reason}")))
    else:
        report.outcome = "passed"
        report.longrepr = None
    if verdict is Verdict.WARN:
        report.sections.append(("warning", _long(judgement, hide)))


def _long(judgement: Judgement, hide: Mask) -> str:
    """The finding as text for JUnit and for pytest's own report: secrets hidden, control characters visible."""
    requirement = judgement.requirement
    lines = [f"{requirement.id} {requirement.level} {requirement.sentence}"]
    if judgement.expected or judgement.observed:
        lines += [f"expected  {judgement.expected}", f"observed  {judgement.observed}"]
    if judgement.reason:
        lines.append(f"reason    {judgement.reason}")
    lines += [f"source    {requirement.source}", *judgement.reproduce]
    return clean(hide.text("\n".join(lines)))


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The verdict's own letter and word."""
    parcel = getattr(report, PARCEL, None)
    return WORDS[unpack(parcel).verdict] if parcel else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the judgement, in whichever process it was made."""
    parcel, run = getattr(report, PARCEL, None), _current[-1] if _current else None
    if parcel and run is not None:
        run.judgements.append(unpack(parcel))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keep what could not be collected, in whichever process it was tried."""
    run = _current[-1] if _current else None
    if report.failed and run is not None:
        said = report.longreprtext.strip().splitlines()[-1]
        error = f"{report.nodeid or 'a file of yours'}: {said.removeprefix('E').strip()}"
        # Each worker of xdist tries the same files.
        if error not in run.uncollected:
            run.uncollected.append(error)


# These two hooks get no config, so the run that is under way is kept here, a stack for nested sessions.
_current: list[Conformance] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """From here on judgements belong to this session's run."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        _current.append(run)


def _is_complete(session: pytest.Session) -> bool:
    """True when every check of the suites (or every one that --case selects) has been judged."""
    option = session.config.option
    narrowed = option.keyword or option.markexpr or getattr(option, "lf", False)
    paths = [Path(argument.partition("::")[0]).resolve() for argument in session.config.args]
    whole = any(path == SUITES or path in SUITES.parents for path in paths)
    return whole and not (narrowed or session.shouldfail or session.shouldstop)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The last control exchange, the exit code, the reports."""
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if run in _current:
        _current.remove(run)
    try:
        if _is_worker(config):
            config.workeroutput["eiospec"] = run.parcel()  # type: ignore[attr-defined]
            return
        run.complete = _is_complete(session)
        reached = any(control.ok for control in run.controls)
        if reached and run.controls[-1].when == "first" and exitstatus != pytest.ExitCode.INTERRUPTED:
            run.control("last")
        session.exitstatus = exit_code_of(run, int(exitstatus))
        finish(run, int(session.exitstatus), config)
    finally:
        run.conductor.stop()
        config.stash[HOLDER].stop()


@pytest.fixture
def remarks(request: pytest.FixtureRequest) -> Remarks:
    """What a check wants said beside its verdict."""
    return request.config.stash[REMARKS]


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Conformance:
    """The run this check belongs to."""
    run = request.config.stash.get(RUN, None)
    if run is None:
        raise Broken("the suites were collected, but no run was started")
    return run
