"""The end of a run: its exit code, its reports, and the summary on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eiospec.plugin.catalogue import entries, matching
from eiospec.plugin.folder import allure_folder, junit_path, write_reports
from eiospec.plugin.github import commands, summarize
from eiospec.plugin.run import Conformance
from eiospec.plugin.terminal import coloured, is_heard, loudness, width
from eiospec.reports.comparison import compared
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, sealed, unsealed
from eiospec.reports.terminal import summary
from eiospec.verdicts import FAILS_THE_RUN, Verdict

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


def finish(
    run: Conformance, exit_code: int, config: pytest.Config, last_words: Sequence[str] = ()
) -> tuple[int, str]:
    """Write the reports; the exit code, and the summary for the terminal, nothing where nobody would read it.

    `last_words` are those of the command that served the target, if it has ended.
    The exit code is that which was given, unless the run is compared with an older one.
    """
    run.diagnose()
    folder, xml, wanted = run.options.report, junit_path(config), config.stash.get(DOCUMENTS, None)
    unread = folder is None and xml is None and not is_heard(config)
    if unread and wanted is None and run.options.compare is None:
        return exit_code, ""
    made = unsealed(run.record(exit_code), mask=run.options.mask)
    if run.options.compare is not None:
        stale = bool(stale_entries(run))
        made = compared(made, run.options.compare, should=run.options.gate_should, stale=stale)
    made = sealed(made)
    if wanted is not None:
        wanted.append(made)
    written: list[str] = []
    notes = [*last_words, *(f"These checks cannot be imported: {error}" for error in run.uncollected)]
    notes += [f"This failed and is no requirement: {error}" for error in run.strangers]
    notes += [*baseline_mistakes(run), *stale_entries(run), *expired_entries(run)]
    try:
        written = write_reports(made, folder, xml)
    except ReportError as problem:
        notes.append(f"not written: {problem}")
    said = ""
    if is_heard(config):
        notes += summarize([made])
        said = commands([made])
    return made["exit"]["code"], said + summary(
        made,
        width=width(),
        colour=coloured(config),
        loudness=loudness(config),
        written=[*written, *allure_folder(config)],
        notes=notes,
    )
