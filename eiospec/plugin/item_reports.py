"""How a judgement appears in pytest's own reports: outcome, text and word."""

from __future__ import annotations

import pytest
from _pytest.outcomes import Skipped

from eiospec.errors import Blocked, NotApplicable, NotRecorded
from eiospec.reports.masking import Mask
from eiospec.reports.xml import clean
from eiospec.verdicts import Judgement, Verdict

# The attribute of a pytest report that holds its judgement.
JUDGEMENT = "eiospec"

# Category, letter and word of each verdict.
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
    """Ends a check without a finding. A kind of skip, because pytest formats no traceback for one."""

    def __init__(self, reason: NotApplicable | NotRecorded | Blocked) -> None:
        super().__init__(str(reason))
        self.reason = reason


def judgement_of(report: pytest.TestReport | pytest.CollectReport) -> Judgement | None:
    """Return the judgement of a report, None for a test without a requirement."""
    found: Judgement | None = getattr(report, JUDGEMENT, None)
    return found


def add_judgement(report: pytest.TestReport, judgement: Judgement, mask: Mask, *, gate_should: bool) -> None:
    """Attach a judgement to pytest's report and set the outcome: failed if it fails the run, else passed or skipped."""
    setattr(report, JUDGEMENT, judgement)
    verdict = judgement.verdict
    gated = verdict is Verdict.WARN and gate_should
    if verdict in (Verdict.FAIL, Verdict.BROKEN, Verdict.STALE) or gated:
        report.outcome = "failed"
        report.longrepr = _text(judgement, mask)
    elif verdict in (Verdict.NOT_APPLICABLE, Verdict.BLOCKED) or report.when == "setup":
        # Also for a known finding in a fixture: pytest calls the check after a setup that passed.
        report.outcome = "skipped"
        where = report.location
        report.longrepr = (where[0], where[1] or 0, clean(mask.text(f"{verdict}: {judgement.reason}")))
    else:
        report.outcome = "passed"
        report.longrepr = None
    if verdict is Verdict.WARN:
        report.sections.append(("warning", _text(judgement, mask)))


def _text(judgement: Judgement, mask: Mask) -> str:
    """Return the finding for allure and pytest: secrets masked, control characters visible."""
    requirement = judgement.requirement
    lines = [f"{requirement.id} {requirement.level} {requirement.sentence}"]
    if judgement.expected or judgement.observed:
        lines += [f"expected  {judgement.expected}", f"observed  {judgement.observed}"]
    if judgement.reason:
        lines.append(f"reason    {judgement.reason}")
    lines += [f"source    {requirement.source}", *judgement.reproduce]
    return clean(mask.text("\n".join(lines)))


def last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the last line of a failure."""
    lines = report.longreprtext.strip().splitlines()
    return lines[-1].removeprefix("E").strip() if lines else "no reason was given"


def masked_exception(
    info: pytest.ExceptionInfo[BaseException], hide: Mask
) -> pytest.ExceptionInfo[BaseException]:
    """Return the exception for other plugins, such as allure's, which write its text to their reports."""
    text = str(info.value)
    hidden = hide.text(text)
    if hidden == text:
        return info
    kinds: tuple[type[BaseException], ...] = (Skipped, AssertionError)
    kind = next((kind for kind in kinds if isinstance(info.value, kind)), RuntimeError)
    return pytest.ExceptionInfo.from_exc_info((kind, kind(hidden), info.tb))
