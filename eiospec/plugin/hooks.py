"""The plugin: pytest's hooks, wired to the run.

Everything is inert unless a collected item carries a requirement, so that pytest may run other tests in the
same checkout. The order of a run: options are checked; the target is started if asked for; items are
collected, selected and sorted by when they can be judged; the first control exchange is
held; probes start; checks are judged as their observations arrive; the last control exchange; the reports.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import eiospec
from eiospec.plugin import catalogue, requirements_page
from eiospec.plugin.arguments import one_of
from eiospec.plugin.ending import exit_code_of, finish
from eiospec.plugin.folder import take_junit
from eiospec.plugin.options import (
    OPTIONS,
    Options,
    add_options,
    read_options,
    repetitions,
    targets,
    writable,
)
from eiospec.plugin.order import in_order, needed
from eiospec.plugin.progress import Progress
from eiospec.plugin.run import RUN, Conformance
from eiospec.plugin.target import TargetHolder
from eiospec.plugin.terminal import USUAL, VERBOSE, hush, loudness, say
from eiospec.reports.escapes import visible
from eiospec.requirements import requirement_of

# A checkout has a symbolic link there: what pytest collects are the files it leads to.
SUITES = (Path(eiospec.__file__).parent / "suites").resolve()

# Thresholds of the garbage collector: a run makes much, leaves little garbage in circles, and ends soon. Looked for as
# often as usual, the search takes a twentieth of its time.
RARELY = (50_000, 20, 20)
HOLDER: pytest.StashKey[TargetHolder] = pytest.StashKey()
# How pytest ends when nothing stopped it on the way.
ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
# What becomes of each check.
pytest_plugins = ["eiospec.plugin.outcomes"]


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
    """--list and --explain answer and end; several targets, and --repeat, are runs in processes of their own."""
    if config.getoption("--explain"):
        print(catalogue.explanation(config.getoption("--explain")))
        return 0
    if config.getoption("list_as"):
        kind = one_of(config.getoption("list_as"), ("text", "json", "markdown"), "--list")
        print(requirements_page.page() if kind == "markdown" else catalogue.listing(kind))
        return 0
    if len(targets(config)) > 1 and not config.option.collectonly:
        from eiospec.plugin.several import judge_all

        return judge_all(config)
    times = repetitions(config)
    if times > 1:
        from eiospec.plugin.repeating import repeat

        return repeat(config, times)
    return None


@pytest.hookimpl(tryfirst=True)  # before the terminal reporter reads what it shall report
def pytest_configure(config: pytest.Config) -> None:
    """Check the options; a mistake ends here with one sentence."""
    config.stash[OPTIONS] = options = read_options(config)
    selected = catalogue.matching(options.cases)
    if selected and options.release and not selected & options.release.requirements.keys():
        raise pytest.UsageError(
            f"--case {' '.join(options.cases)} selects nothing of {options.release.name}: leave out --require"
        )
    if _judges(config) and not _is_worker(config) and not config.option.collectonly:
        hush(config)
        take_junit(config)


def opening(run: Conformance) -> str:
    """What is said before anything is judged."""
    against = f" against {run.options.release.name}" if run.options.release else ""
    return visible(f"eiospec {eiospec.__version__} judges {run.target}{against}")


def pytest_report_header(config: pytest.Config) -> str | None:
    """One line above the run."""
    run = config.stash.get(RUN, None)
    return opening(run) if run else None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the target if that is ours to do, before xdist starts its workers."""
    config = session.config
    if not _judges(config) or config.option.collectonly:
        return
    gc.set_threshold(*RARELY)
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
    config.stash[RUN] = run = _run(holder, options, worker)
    if not worker and loudness(config) == USUAL:  # with -v it stands in pytest's header
        say(config, f"{opening(run)}\n")


def _run(holder: TargetHolder, options: Options, worker: str) -> Conformance:
    if options.replay is None:
        return Conformance(holder.target, options, worker, holder.revive)
    from eiospec.plugin.replaying import Replay

    return Replay(holder.target, options, options.replay)


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
    """Keep what was asked for, in the order in which it can be judged."""
    options = config.stash[OPTIONS]
    selected = catalogue.matching(options.cases)
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        requirement = requirement_of(getattr(item, "function", None))
        if requirement is None:
            kept.append(item)
        elif options.release is not None and not options.release.judges(requirement):
            dropped.append(item)
        elif selected:
            (kept if requirement.id in selected else dropped).append(item)
        else:
            off = "hygiene" in item.path.parts and "hygiene" not in options.areas
            (dropped if off else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    items[:] = in_order(kept, options.profile, options.connections)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """The first control exchange, then the probes that the selected checks need."""
    run = session.config.stash.get(RUN, None)
    if run is None or session.testsfailed:
        return None
    first = run.control("first")
    if not first.ok and not _is_worker(session.config):
        return True  # nothing can be judged: the summary says why
    # What is imported and collected by now stays to the end; the garbage collector need not look at it again.
    gc.freeze()
    run.progress = Progress(session.config, len(session.items))
    if session.items:  # with xdist the workers have them
        run.begin(needed(session.items, run.profile))
    return None


def _is_complete(session: pytest.Session) -> bool:
    """True when every check of the suites (or every one that --case selects) has been judged."""
    option = session.config.option
    narrowed = option.keyword or option.markexpr or getattr(option, "lf", False)
    paths = [Path(argument.partition("::")[0]).resolve() for argument in session.config.args]
    whole = any(path == SUITES or path in SUITES.parents for path in paths)
    return whole and not (narrowed or session.shouldfail or session.shouldstop)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
    """The last control exchange, the exit code, the reports; the summary comes after all that others say."""
    summary = _end(session, exitstatus)
    try:
        return (yield)
    finally:
        # pytest ends with a blank line, unless it has more to say.
        more = loudness(session.config) >= VERBOSE or session.config.option.reportchars
        say(session.config, f"\n{summary}" if more else summary)


def _end(session: pytest.Session, exitstatus: int) -> str:
    """End the run and give its summary; a worker of xdist has none, it hands over what it saw."""
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None:
        return ""
    try:
        if run.progress is not None:
            run.progress.clear()
        if _is_worker(config):
            config.workeroutput["eiospec"] = run.parcel()  # type: ignore[attr-defined]
            return ""
        if exitstatus == pytest.ExitCode.USAGE_ERROR and not run.controls:
            return ""  # nothing was asked of the target, and the last report stays
        run.complete = exitstatus in ENDED and _is_complete(session)
        reached = any(control.ok for control in run.controls)
        if reached and run.controls[-1].when == "first" and exitstatus != pytest.ExitCode.INTERRUPTED:
            run.control("last")
        run.disown()
        notes = config.stash[HOLDER].last_words()
        session.exitstatus, told = finish(run, exit_code_of(run, int(exitstatus)), config, notes)
        return told
    finally:
        run.conductor.stop()
        config.stash[HOLDER].stop()
