"""The plugin's second half: what becomes of each check. Its outcome is made a judgement, which travels on pytest's report.

Registered by `eiospec.plugin.hooks`, which holds the run these hooks speak of.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from _pytest.outcomes import Skipped

from eiospec.errors import Blocked, Broken, NotApplicable, NotRecorded, Remarks
from eiospec.observations.evidence import Recorder, record_into
from eiospec.place import TARGET
from eiospec.plugin.judging import judge
from eiospec.plugin.options import Options
from eiospec.plugin.order import beyond_the_balancer, place_of
from eiospec.plugin.run import RUN, Conformance, ours, pack, unpack
from eiospec.plugin.terminal import counts_alone
from eiospec.reports.masking import NOTHING, Mask, mask
from eiospec.reports.xml import clean
from eiospec.requirements import Requirement, requirement_of
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.exchange import Exchange

COMPARISON: pytest.StashKey[tuple[str, object, object]] = pytest.StashKey()
REMARKS: pytest.StashKey[Remarks] = pytest.StashKey()
EVIDENCE: pytest.StashKey[Recorder] = pytest.StashKey()
# The attribute of a pytest report that holds its judgement.
CARRIED = "eiospec"

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


class Unjudged(Skipped):
    """A check that ends without a finding, in the shape for which pytest formats no traceback."""

    def __init__(self, reason: NotApplicable | NotRecorded | Blocked) -> None:
        super().__init__(str(reason))
        self.reason = reason


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Not applicable and blocked are outcomes, not errors: a check may find out itself."""
    try:
        return (yield)
    except (NotApplicable, NotRecorded, Blocked) as reason:
        raise Unjudged(reason) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """... or its fixtures find out; and a requirement whose capability is absent is not applicable."""
    try:
        _require(item)
        return (yield)
    except (NotApplicable, NotRecorded, Blocked) as reason:
        raise Unjudged(reason) from None


def _require(item: pytest.Item) -> None:
    """Raise NotApplicable when a capability is absent that the item's requirement needs."""
    requirement, run = requirement_of(getattr(item, "function", None)), item.config.stash.get(RUN, None)
    item.config.stash[REMARKS] = Remarks()
    item.config.stash[COMPARISON] = ("", None, None)
    item.config.stash[EVIDENCE] = Recorder()
    record_into(None)
    if requirement is None or run is None:
        return
    if reason := beyond_the_balancer(item, run.profile):
        raise NotApplicable(reason)
    mount = place_of(item) if place_of(item) in run.profile.contract.mounts else TARGET
    for capability in requirement.needs:
        detection = run.detect(capability, mount)
        if not detection.present:
            raise NotApplicable(f"{capability}: {detection.evidence}")
    record_into(item.config.stash[EVIDENCE])


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
    judgement = run.settled(_judgement(item, requirement, run, failure, call.duration))
    allure_folder = item.config.getoption("allure_report_dir", None)
    # A replay has no octets of its own: they are in the report it was made from.
    shows = bool(allure_folder) and run.options.replay is None
    evidence = item.config.stash[EVIDENCE].exchanges if shows else ()
    hide = _mask(run, evidence)
    setattr(report, CARRIED, judgement)
    _dress(report, judgement, run.options, hide)
    if allure_folder:
        from eiospec.reports import allure

        one_of_several = item.config.getoption("--one-target") or ""
        allure.annotate(judgement, evidence, hide, target=one_of_several)
    return report


def _mask(run: Conformance, evidence: tuple[Exchange, ...]) -> Mask:
    """What hides the secrets in the documents that are written while the run goes on."""
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
    return judge(
        requirement,
        node=item.nodeid,
        case=callspec.id if callspec else "",
        failure=failure,
        comparison=(operator, left, right) if operator else None,
        remarks=item.config.stash[REMARKS],
        evidence=item.config.stash[EVIDENCE].exchanges,
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
    elif verdict in (Verdict.NOT_APPLICABLE, Verdict.BLOCKED) or report.when == "setup":
        # A known finding of a fixture, too: after a setup that passed pytest would call the check without it.
        report.outcome = "skipped"
        where = report.location
        report.longrepr = (where[0], where[1] or 0, clean(hide.text(f"{verdict}: {judgement.reason}")))
    else:
        report.outcome = "passed"
        report.longrepr = None
    if verdict is Verdict.WARN:
        report.sections.append(("warning", _long(judgement, hide)))


def _long(judgement: Judgement, hide: Mask) -> str:
    """The finding as text for allure and for pytest's own report: secrets hidden, control characters visible."""
    requirement = judgement.requirement
    lines = [f"{requirement.id} {requirement.level} {requirement.sentence}"]
    if judgement.expected or judgement.observed:
        lines += [f"expected  {judgement.expected}", f"observed  {judgement.observed}"]
    if judgement.reason:
        lines.append(f"reason    {judgement.reason}")
    lines += [f"source    {requirement.source}", *judgement.reproduce]
    return clean(hide.text("\n".join(lines)))


def _carried(report: pytest.TestReport | pytest.CollectReport) -> Judgement | None:
    found: Judgement | None = getattr(report, CARRIED, None)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """Between xdist's processes a report travels as plain values."""
    data = yield
    if data and CARRIED in data:
        data[CARRIED] = pack(data[CARRIED])
    return data


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(data: dict[str, Any]) -> Generator[None, object, object]:
    """... and becomes a report again."""
    if CARRIED in data:
        data[CARRIED] = unpack(data[CARRIED])
    return (yield)


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """The verdict's own letter and word; while the run goes on, pytest writes them with -v only."""
    judgement = _carried(report)
    if judgement is None:
        return None
    category, letter, word = WORDS[judgement.verdict]
    return (category, "", "") if _current and counts_alone(config) else (category, letter, word)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the judgement, in whichever process it was made; and what failed without being a requirement."""
    judgement, run = _carried(report), _current[-1] if _current else None
    if run is None:
        return
    if judgement is None and report.failed:
        run.strangers.append(f"{report.nodeid} ({report.when}): {_last_line(report)}")
    if judgement is not None:
        run.judgements.append(judgement)
        if run.progress is not None:
            run.progress.judged()


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    said = report.longreprtext.strip().splitlines()
    return said[-1].removeprefix("E").strip() if said else "no reason was given"


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keep what could not be collected, in whichever process it was tried."""
    run = _current[-1] if _current else None
    if report.failed and run is not None:
        error = f"{report.nodeid or 'a file of yours'}: {_last_line(report)}"
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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The run is complete."""
    run = session.config.stash.get(RUN, None)
    if run in _current:
        _current.remove(run)


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
