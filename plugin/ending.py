"""The end of a run: its exit code, its reports, and the summary on the terminal."""

from __future__ import annotations

import shutil

import pytest

from eiospec.fixtures.verdicts import FAILS_THE_RUN, Verdict
from eiospec.plugin.catalogue import entries, matching
from eiospec.plugin.run import Conformance
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, document, save
from eiospec.reports.terminal import summary

# With -qqq and --no-report nobody reads the summary, and none is made.
UTTERLY_QUIET = -2
# Where a command that stands on a run gathers its documents.
DOCUMENTS: pytest.StashKey[list[Document]] = pytest.StashKey()
CONFORMS, DOES_NOT, INTERRUPTED, HARNESS, USAGE, NOTHING, LOST = range(7)


def exit_code_of(run: Conformance, pytest_says: int) -> int:
    """DESIGN §5: 0 conforms, 1 does not, 2 interrupted, 3 harness fault, 4 usage, 5 nothing judged, 6 target lost."""
    verdicts = {judgement.verdict for judgement in run.judgements}
    if any(not control.ok for control in run.controls):
        return LOST
    if run.uncollected:
        return HARNESS
    if pytest_says in (INTERRUPTED, HARNESS, USAGE):
        return pytest_says
    if baseline_mistakes(run):
        return USAGE
    if Verdict.BROKEN in verdicts:
        return HARNESS
    gated = {Verdict.WARN} if run.options.gate_should else set()
    if verdicts & (FAILS_THE_RUN | gated) or stale_entries(run):
        return DOES_NOT
    if pytest_says == DOES_NOT:
        return HARNESS  # something failed that is no requirement
    return NOTHING if verdicts <= {Verdict.NOT_APPLICABLE} else CONFORMS


def baseline_mistakes(run: Conformance) -> list[str]:
    """Entries of the baseline that no check of this run is about, as sentences; none for a run cut short."""
    baseline = run.options.baseline
    if baseline is None or not run.complete:
        return []
    release = run.options.release
    off = {
        entry.requirement.id
        for entry in entries()
        if (entry.off_by_default and "hygiene" not in run.options.areas)
        or (release is not None and not release.judges(entry.requirement))
    }
    unmatched = [
        entry
        for entry in baseline.unmatched(run.judgements, matching(run.options.cases))
        if entry.id not in off
    ]
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} matches no check of this run: correct or delete it"
        for entry in unmatched
    ]


def stale_entries(run: Conformance) -> list[str]:
    """Entries about several cases that explain none of them any more, as sentences."""
    baseline = run.options.baseline
    if baseline is None or not run.complete:
        return []
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} is stale: no case observes “{entry.observed}”"
        for entry in baseline.idle(run.judgements)
    ]


def expired_entries(run: Conformance) -> list[str]:
    """Entries about this run whose last day is over, as sentences; what they knew counts again."""
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} expired after {entry.expires} and excuses nothing"
        for entry in (run.options.baseline.expired if run.options.baseline else ())
        if any(entry.covers(judged) for judged in run.judgements)
    ]


def finish(run: Conformance, exit_code: int, config: pytest.Config) -> None:
    """Write the reports and the summary."""
    written: list[str] = []
    run.diagnose()
    folder, reporter = run.options.report, config.pluginmanager.get_plugin("terminalreporter")
    wanted = config.stash.get(DOCUMENTS, None)
    if wanted is None and folder is None and (reporter is None or config.option.verbose < UTTERLY_QUIET):
        return
    made = document(run.record(exit_code), mask=run.options.mask)
    if wanted is not None:
        wanted.append(made)
    if folder is not None:
        # Imported here: a run that writes no report does not wait for the template engine.
        from eiospec.reports.html import write_html
        from eiospec.reports.markdown import write_markdown

        try:
            written = [
                str(write_html([made], folder / "report.html")),
                str(save(made, folder / "report.json")),
                str(write_markdown(made, folder / "summary.md")),
            ]
        except ReportError as problem:
            written = [f"not written: {problem}"]
    if reporter is not None:
        width = shutil.get_terminal_size((100, 24)).columns
        reporter.write_line("")
        for error in run.uncollected:
            reporter.write_line(f"These checks cannot be imported: {visible(error)}")
        for mistake in (*baseline_mistakes(run), *stale_entries(run), *expired_entries(run)):
            reporter.write_line(mistake)
        colour = bool(getattr(reporter, "hasmarkup", False))
        reporter.write(summary(made, width=min(width, 110), colour=colour, written=written))
