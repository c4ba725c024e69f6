"""The exit code of a run, and what a baseline has to do with it."""

from __future__ import annotations

from eiospec.plugin.catalogue import entries, matching
from eiospec.plugin.results import Results
from eiospec.verdicts import FAILS_THE_RUN, Verdict

CONFORMS, DOES_NOT, INTERRUPTED, HARNESS, USAGE, NOTHING, LOST = range(7)


def exit_code_of(results: Results, pytest_code: int) -> int:
    """Return 0 conforms, 1 does not, 2 interrupted, 3 suite failed, 4 usage error, 5 nothing judged, 6 target lost."""
    verdicts = {judgement.verdict for judgement in results.judgements}
    if any(not control.ok for control in results.controls):
        return LOST
    if results.uncollected:
        return HARNESS
    if pytest_code in (INTERRUPTED, HARNESS, USAGE):
        return pytest_code
    if baseline_mistakes(results):
        return USAGE
    if Verdict.BROKEN in verdicts:
        return HARNESS
    gated = {Verdict.WARN} if results.options.gate_should else set()
    if verdicts & (FAILS_THE_RUN | gated) or stale_entries(results):
        return DOES_NOT
    if pytest_code == DOES_NOT:
        return HARNESS  # a test without a requirement failed
    return NOTHING if verdicts <= {Verdict.NOT_APPLICABLE} else CONFORMS


def baseline_mistakes(results: Results) -> list[str]:
    """Return a sentence for each baseline entry that matches no check of a complete run."""
    baseline = results.options.baseline
    if baseline is None or not results.complete:
        return []
    release = results.options.release
    off = {
        entry.requirement.id
        for entry in entries()
        if (entry.off_by_default and "hygiene" not in results.options.areas)
        or (release is not None and not release.judges(entry.requirement))
    }
    unmatched = baseline.unmatched(results.judgements, matching(results.options.cases))
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} matches no check of this run: correct or delete it"
        for entry in unmatched
        if entry.id not in off
    ]


def stale_entries(results: Results) -> list[str]:
    """Return a sentence for each baseline glob that no longer explains any case."""
    baseline = results.options.baseline
    if baseline is None or not results.complete:
        return []
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} is stale: no case observes “{entry.observed}”"
        for entry in baseline.idle(results.judgements)
    ]


def expired_entries(results: Results) -> list[str]:
    """Return a sentence for each expired baseline entry that covers a judged case."""
    baseline = results.options.baseline
    return [
        f"--baseline: {entry.id} with the case {entry.case!r} expired after {entry.expires} and is ignored: "
        "fix the deviation or extend `expires`"
        for entry in (baseline.expired if baseline else ())
        if any(entry.covers(judged) for judged in results.judgements)
    ]
