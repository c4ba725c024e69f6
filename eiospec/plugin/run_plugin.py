"""The plugin object of one run: it starts the target, judges the checks and writes the reports.

The order of a run: start the target; collect, select and sort the checks; send the first control exchange; start the
probes; judge each check when its observations are there; send the last control exchange; write the reports.
"""

from __future__ import annotations

import traceback
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import eiospec
from eiospec.errors import Blocked, NotApplicable, NotRecorded, Remarks
from eiospec.observations.evidence import Recorder, record_into
from eiospec.plugin.exit_codes import (
    CONFORMS,
    HARNESS,
    baseline_mistakes,
    exit_code_of,
    expired_entries,
    stale_entries,
)
from eiospec.plugin.exit_codes import NOTHING as NOTHING_JUDGED
from eiospec.plugin.github import commands, summarize
from eiospec.plugin.item_reports import (
    JUDGEMENT,
    WORDS,
    Unjudged,
    add_judgement,
    judgement_of,
    last_line,
    masked_exception,
)
from eiospec.plugin.judging import judge
from eiospec.plugin.options import Options, writable
from eiospec.plugin.order import needed
from eiospec.plugin.prerequisites import require_capabilities
from eiospec.plugin.progress import Progress
from eiospec.plugin.report_files import allure_folder, write_reports
from eiospec.plugin.results import Results, pack, unmasked, unpack
from eiospec.plugin.run import Conformance, live_conductor
from eiospec.plugin.target import TargetHolder
from eiospec.plugin.terminal import USUAL, VERBOSE, Terminal, width
from eiospec.plugin.termination import drop_entries_without_line, ended_in_order
from eiospec.reports.comparison import compared
from eiospec.reports.escapes import visible
from eiospec.reports.masking import NOTHING, Mask, given_fields, mask
from eiospec.reports.model import Document, sealed, unsealed
from eiospec.reports.terminal import summary
from eiospec.requirements import requirement_of
from eiospec.verdicts import Judgement
from eiospec.wire.dialer import Transcript
from eiospec.wire.exchange import Exchange

# In a checkout eiospec/suites is a symbolic link; pytest collects the files it points to.
SUITES = (Path(eiospec.__file__).parent / "suites").resolve()
NAME = "eiospec-run"
# pytest's exit codes for a session that was not stopped early.
ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class Hooks:
    """Hooks of ours that other plugins may implement."""

    def pytest_eiospec_document(self, document: Document) -> None:
        """Receive the document of a run that has ended, as written to report.json."""


def judges(config: pytest.Config) -> bool:
    """Return whether this session judges a target: it is given the suites, and not --collect-only."""
    return not config.option.collectonly and given_suites(config)


def given_suites(config: pytest.Config) -> bool:
    """Return whether this session is given the suites, or some of them."""
    return any(SUITES in (path, *path.parents) or path in SUITES.parents for path in _given_paths(config))


def _given_paths(config: pytest.Config) -> list[Path]:
    """Return the paths to test; with --pyargs, eiospec.suites is the folder of the suites."""
    names = [argument.partition("::")[0] for argument in config.args]
    if config.option.pyargs:
        names = [
            str(SUITES.parent.joinpath(*name.split(".")[1:])) if name.split(".")[0] == "eiospec" else name
            for name in names
        ]
    return [Path(name).resolve() for name in names]


def plugin_of(config: pytest.Config) -> RunPlugin | None:
    """Return the plugin of this session's run, None when it judges nothing."""
    found = config.pluginmanager.get_plugin(NAME)
    return found if isinstance(found, RunPlugin) else None


class RunPlugin:
    """Registered with pytest for each session that judges a target."""

    conformance: Conformance
    results: Results
    _holder: TargetHolder

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        # The input of an xdist worker, None in the process that started pytest.
        self._worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._terminal = Terminal(config)
        self._junit: Path | None = None
        self._cleanup = ExitStack()
        # Of the check that is being judged.
        self.remarks = Remarks()
        self._evidence = Recorder()
        self._comparison: tuple[str, object, object] | None = None
        if self._worker is None:
            self._terminal.quieten_pytest()
            # pytest's own JUnit file would have tests only; ours has the result of the run.
            wanted = config.getoption("xmlpath", None)
            self._junit = Path(wanted) if wanted else None
            config.option.xmlpath = None

    # The session

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Start the target, before xdist starts its workers."""
        options = self._options
        if self._worker is not None:
            self._holder = TargetHolder.given(self._worker["eiospec_target"])
        else:
            if options.report is not None:
                writable(options.report)
            # An interrupt in another plugin's hook may keep pytest from calling pytest_sessionfinish.
            self._config.add_cleanup(self._cleanup.close)
            self._cleanup.enter_context(ended_in_order())
            self._holder = TargetHolder.start(options)
            self._cleanup.callback(self._holder.stop)
        self.conformance, self.results = self._begun()
        if self._worker is None and self._terminal.verbosity == USUAL:  # with -v it is in pytest's header
            self._terminal.write(f"{self._opening()}\n")

    def _begun(self) -> tuple[Conformance, Results]:
        target, options = self._holder.target, self._options
        if options.replay is not None:
            from eiospec.plugin.replaying import ReplayResults, ReplaySession

            replayed = ReplaySession(target, options, options.replay)
            return replayed, ReplayResults(replayed, options.replay)
        worker = str(self._worker["workerid"]) if self._worker is not None else ""
        transcript = Transcript(prefix=f"{worker}-" if worker else "")
        conductor = live_conductor(target, options, transcript, self._holder.revive)
        conformance = Conformance(target, options, worker, conductor)
        return conformance, Results(conformance)

    def _opening(self) -> str:
        against = f" against {self._options.release.name}" if self._options.release else ""
        return visible(f"eiospec {eiospec.__version__} judges {self._holder.target}{against}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Let pytest print any interrupt."""
        drop_entries_without_line(excinfo.tb)

    def pytest_report_header(self) -> str:
        """Return the first line, shown with -v."""
        return self._opening()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the target is."""
        node.workerinput["eiospec_target"] = str(self._holder.target)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the results of an xdist worker."""
        packed = getattr(node, "workeroutput", {}).get("eiospec")
        if packed:
            self.results.unpack(packed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Send the first control exchange, then start the probes that the selected checks need."""
        if session.testsfailed:
            return None
        first = self.conformance.control("first")
        if not first.ok and self._worker is None:
            return True  # nothing can be judged: the summary says why
        self.conformance.progress = Progress(self._config, self._terminal, len(session.items))
        if session.items:  # none in the process that started xdist's workers
            self.conformance.begin(needed(session.items, self.conformance.profile))
        return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, object, object]:
        """Send the last control exchange and write the reports; print the summary after all other output."""
        try:
            text = self._end(session, exitstatus)
        except Exception:
            # pytest would exit with 1, which means that the target does not conform.
            session.exitstatus = HARNESS
            text = f"The suite failed while it ended the run:\n{traceback.format_exc()}"
        finally:
            try:
                self.conformance.conductor.stop()
            finally:
                self._holder.stop()
                self._cleanup.close()
        try:
            return (yield)
        finally:
            # pytest ends with a blank line, unless it prints its own summary.
            more = self._terminal.verbosity >= VERBOSE or self._config.option.reportchars
            self._terminal.write(f"\n{text}" if more else text)

    def _end(self, session: pytest.Session, exitstatus: int) -> str:
        """End the run and return its summary. An xdist worker has none: it hands over its results."""
        conformance, results = self.conformance, self.results
        if conformance.progress is not None:
            conformance.progress.clear()
        if self._worker is not None:
            self._config.workeroutput["eiospec"] = results.pack()  # type: ignore[attr-defined]
            return ""
        if exitstatus == pytest.ExitCode.USAGE_ERROR and not results.controls:
            return ""  # no request was sent, and the previous report stays
        results.complete = exitstatus in ENDED and _is_complete(session)
        reached = any(control.ok for control in results.controls)
        if reached and results.controls[-1].when == "first" and exitstatus != pytest.ExitCode.INTERRUPTED:
            conformance.control("last")
        results.discard_unanswered()
        session.exitstatus, text = self._reported(exit_code_of(results, int(exitstatus)))
        return text

    def _reported(self, exit_code: int) -> tuple[int, str]:
        """Write the reports; return the exit code, which --compare may change, and the summary for the terminal."""
        results, options, hook = self.results, self._options, self._config.hook.pytest_eiospec_document
        results.diagnose()
        document_needed = options.report or self._junit or options.compare or hook.get_hookimpls()
        if not document_needed and not self._terminal.is_on:
            return exit_code, ""
        made = unsealed(results.record(exit_code), mask=options.mask)
        if options.compare is not None:
            stale = bool(stale_entries(results))
            made = compared(made, options.compare, should=options.gate_should, stale=stale)
        made = sealed(made)
        hook(document=made)
        notes = [
            *self._holder.exit_notes(),
            *(f"These checks cannot be imported: {error}" for error in results.uncollected),
            *(f"Non-requirement test failed: {error}" for error in results.other_failures),
            *baseline_mistakes(results),
            *stale_entries(results),
            *expired_entries(results),
        ]
        written, problems = write_reports(made, options.report, self._junit)
        notes += [f"Report not written: {problem}" for problem in problems]
        annotations = ""
        if self._terminal.is_on:
            notes += summarize([made])
            annotations = commands([made])
        code = made["exit"]["code"]
        return HARNESS if problems and code in (CONFORMS, NOTHING_JUDGED) else code, annotations + summary(
            made,
            width=width(),
            colour=self._terminal.coloured,
            verbosity=self._terminal.verbosity,
            written=[*written, *allure_folder(self._config)],
            notes=notes,
        )

    # The checks

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Skip a check whose capability is absent, or whose fixtures find it not applicable or blocked."""
        self.remarks, self._evidence, self._comparison = Remarks(), Recorder(), None
        record_into(None)
        try:
            requirement = requirement_of(getattr(item, "function", None))
            if requirement is not None:
                require_capabilities(item, requirement, self.conformance)
                record_into(self._evidence)
            return (yield)
        except (NotApplicable, NotRecorded, Blocked) as reason:
            raise Unjudged(reason) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """Turn NotApplicable and Blocked, raised by a check, into a skip."""
        try:
            return (yield)
        except (NotApplicable, NotRecorded, Blocked) as reason:
            raise Unjudged(reason) from None

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Keep the operands of a failed comparison: observed on the left, expected on the right."""
        self._comparison = (op, left, right)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the judgement of a check to its report."""
        report = yield
        requirement = requirement_of(getattr(item, "function", None))
        failure = call.excinfo.value if call.excinfo else None
        failure = failure.reason if isinstance(failure, Unjudged) else failure
        if requirement is None or report.when == "teardown":
            return report
        if isinstance(failure, KeyboardInterrupt | pytest.exit.Exception):
            return report
        if report.when == "setup" and failure is None:
            return report
        callspec = getattr(item, "callspec", None)
        evidence = self._evidence.exchanges
        judgement = judge(
            requirement,
            node=item.nodeid,
            case=callspec.id if callspec else "",
            failure=failure,
            comparison=self._comparison,
            remarks=self.remarks,
            evidence=evidence,
            options=self._options,
            target=str(self.conformance.target),
            seconds=call.duration,
        )
        hide = self._add(report, self.results.settled(judgement), evidence)
        if call.excinfo is not None:
            call.excinfo = masked_exception(call.excinfo, hide)
        return report

    def _add(self, report: pytest.TestReport, judgement: Judgement, evidence: tuple[Exchange, ...]) -> Mask:
        """Attach the judgement for pytest and allure; return the mask of what they show."""
        for_allure = bool(allure_folder(self._config))
        if not for_allure or self._options.replay is not None:  # a replay records no octets
            evidence = ()
        hide = self._mask(evidence)
        add_judgement(report, judgement, hide, gate_should=self._options.gate_should)
        if for_allure:
            from eiospec.reports import allure

            one_of_several = self._config.getoption("--one-target") or ""
            allure.annotate(judgement, evidence, hide, target=one_of_several)
        return hide

    def _mask(self, evidence: tuple[Exchange, ...]) -> Mask:
        """Return the mask for documents that are written while the run goes on."""
        if not evidence or not self._options.mask:
            return NOTHING
        target = str(self.conformance.target)
        shown = self._options.shown
        return mask(
            evidence,
            unmasked(evidence, self.conformance.profile.hook_set),
            shown.values(),
            target,
            given_fields(shown),
            shown.get("--query", ""),
        )

    # The results, possibly of xdist's workers

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self,
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Pack the judgement for xdist."""
        data = yield
        if data and JUDGEMENT in data:
            data[JUDGEMENT] = pack(data[JUDGEMENT])
        return data

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, object, object]:
        """Unpack the judgement."""
        if JUDGEMENT in data:
            data[JUDGEMENT] = unpack(data[JUDGEMENT])
        return (yield)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Return letter and word of the verdict, which pytest prints with -v only."""
        judgement = judgement_of(report)
        if judgement is None:
            return None
        category, letter, word = WORDS[judgement.verdict]
        return (category, letter, word) if self._terminal.prints_tests else (category, "", "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the judgement to the results, and failures of tests without a requirement."""
        judgement = judgement_of(report)
        if judgement is not None:
            self.results.judgements.append(judgement)
            if self.conformance.progress is not None:
                self.conformance.progress.judged()
        elif report.failed:
            self.results.other_failures.append(f"{report.nodeid} ({report.when}): {last_line(report)}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Add files that cannot be imported; each of xdist's workers reports them."""
        if report.failed:
            error = f"{report.nodeid or 'a file of yours'}: {last_line(report)}"
            if error not in self.results.uncollected:
                self.results.uncollected.append(error)


def _is_complete(session: pytest.Session) -> bool:
    """Return whether every check of the suites (or every one that --case selects) has been judged."""
    option = session.config.option
    narrowed = option.keyword or option.markexpr or getattr(option, "lf", False)
    whole = any(path == SUITES or path in SUITES.parents for path in _given_paths(session.config))
    return whole and not (narrowed or session.shouldfail or session.shouldstop)
