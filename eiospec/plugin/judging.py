"""From a check's outcome to a judgement: which verdict, what was expected and observed, on what evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from eiospec.errors import (
    Blocked,
    Broken,
    LesserShortfall,
    NotApplicable,
    NotRecorded,
    Remarks,
    Shortfall,
)
from eiospec.observations.answer import show
from eiospec.plugin.options import Options
from eiospec.reports.reproduce import reproduce
from eiospec.requirements import Level, Requirement
from eiospec.target.baseline import FINDINGS, Baseline, said
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.exchange import Exchange

SHOWN = 600
LIMITED = "the target limits its clients (429 Too Many Requests): ask it for less at once with --connections"
MOST_EVIDENCE = 8
# How a finding says which exchange it is of.
OF_AN_EXCHANGE = re.compile(r"(.*) \((exchange .*)\)", re.DOTALL)


def in_words(value: object) -> str:
    """A compared value for a person: octets and text quoted, collections member by member."""
    if isinstance(value, bytes):
        return show(value)
    if isinstance(value, str):
        return f"“{value}”" if value else "nothing"
    if isinstance(value, set | frozenset):
        # In an order of its own, or two runs would differ.
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        members = [show(member) if isinstance(member, bytes) else str(member) for member in value]
        return "; ".join(together(members)) or "none"
    return str(value)


def together(findings: Iterable[str]) -> list[str]:
    """The same finding about several exchanges once, with the first of them: "… (exchange 17, poll, and 9 more)"."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        match = OF_AN_EXCHANGE.fullmatch(finding)
        what, where = (match[1], match[2]) if match else (finding, "")
        found.setdefault(what, []).append(where)
    return [one for what, places in found.items() for one in _placed(what, places)]


def _placed(what: str, places: list[str]) -> list[str]:
    if not all(places):
        return [f"{what} ({place})" if place else what for place in places]
    more = f", and {len(places) - 1} more" if len(places) > 1 else ""
    return [f"{what} ({places[0]}{more})"]


def compared(operator: str, observed: object, expected: object) -> tuple[str, str]:
    """Expected and observed of a comparison that did not hold."""
    wanted = in_words(expected)
    phrases = {
        "==": wanted,
        "!=": f"anything but {wanted}",
        "in": f"one of {wanted}",
        "not in": f"none of {wanted}",
    }
    return phrases.get(operator, f"{operator} {wanted}")[:SHOWN], in_words(observed)[:SHOWN]


def effective_level(requirement: Requirement, options: Options) -> tuple[Level, tuple[str, ...]]:
    """The level under the release and the cookie specification that were asked for, and what lowered it."""
    level, why = requirement.level, []
    if options.release is not None:
        level = options.release.level_of(requirement)
        if level is not requirement.level:
            why.append(f"{requirement.level} by now, {level} in {options.release.name}")
    if requirement.since_6265bis and options.cookie_spec == "6265" and level is Level.MUST:
        level = Level.SHOULD
        why.append(f"{Level.MUST} in RFC 6265bis, lowered by --cookie-spec {options.cookie_spec}")
    return level, tuple(why)


def _verdict_of_a_breach(level: Level) -> Verdict:
    return {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.WARN}.get(level, Verdict.INFO)


def limited(exchange: Exchange) -> bool:
    """True when the target, or a proxy before it, would not answer because it was asked too often (RFC 6585 §4)."""
    return exchange.response is not None and exchange.response.status == 429


def verdict_of(level: Level, failure: BaseException | None, evidence: Iterable[Exchange]) -> Verdict:
    """Return the verdict of a check at a level: `failure` is what it or a fixture of it raised."""
    if failure is None:
        return Verdict.INFO if level is Level.INFO else Verdict.PASS
    if isinstance(failure, NotApplicable | NotRecorded):
        return Verdict.NOT_APPLICABLE
    if isinstance(failure, Blocked):
        verdict = Verdict.BLOCKED
    elif isinstance(failure, AssertionError):
        lesser = isinstance(failure, LesserShortfall) and level is Level.MUST
        verdict = _verdict_of_a_breach(Level.SHOULD if lesser else level)
    else:
        return Verdict.BROKEN
    unanswered = verdict is not Verdict.INFO and any(map(limited, evidence))
    return Verdict.BROKEN if unanswered else verdict


def judge(
    requirement: Requirement,
    *,
    node: str,
    case: str,
    failure: BaseException | None,
    comparison: tuple[str, object, object] | None,
    remarks: Remarks,
    evidence: tuple[Exchange, ...],
    options: Options,
    target: str,
    seconds: float,
) -> Judgement:
    """The judgement of one check on one case."""
    level, lowered = effective_level(requirement, options)
    verdict = verdict_of(level, failure, evidence)
    said: dict[str, Any] = {}
    if verdict is Verdict.BROKEN and isinstance(failure, Blocked | AssertionError):
        said["reason"] = LIMITED
    elif isinstance(failure, NotApplicable | NotRecorded | Blocked | Broken):
        said["reason"] = str(failure)
    elif isinstance(failure, AssertionError):
        said["expected"], said["observed"] = _said(requirement, failure, comparison)
    elif failure is not None:
        said["reason"] = f"the check itself failed: {failure!r}"
    judgement = Judgement(
        requirement,
        node,
        case,
        verdict,
        remarks=(*remarks.lines, *lowered),
        evidence=tuple(exchange.id for exchange in evidence[-MOST_EVIDENCE:]),
        reproduce=reproduce(requirement.id, target, evidence[-MOST_EVIDENCE:], options.shown),
        seconds=seconds,
        **said,
    )
    if options.baseline is None or isinstance(failure, NotRecorded):
        return judgement
    return against(options.baseline, judgement)


def against(baseline: Baseline, judgement: Judgement) -> Judgement:
    """The judgement in the light of a baseline: known, stale, or as it was."""
    entry = baseline.entry_for(judgement)
    if entry is None or judgement.verdict is Verdict.BROKEN:
        return judgement
    if entry.explains(judgement):
        if entry.expired(baseline.day):
            past = f"the baseline entry expired on {entry.expires}: fix the deviation or extend `expires`"
            return replace(judgement, remarks=(*judgement.remarks, past))
        return replace(judgement, verdict=Verdict.KNOWN, remarks=(*judgement.remarks, *entry.remarks))
    if entry.is_glob:
        return judgement  # stale only if it explains no case at all, which shows at the end
    found = judgement.verdict in FINDINGS
    now = f"observes “{said(judgement)}”" if found else f"says {judgement.verdict}"
    reason = f"the baseline expects “{entry.observed}”, and this run {now}: correct the entry or delete it"
    # What is still a finding stays observed; what is none any more observes nothing.
    expected, observed = (judgement.expected, said(judgement)) if found else ("", "")
    return replace(judgement, verdict=Verdict.STALE, reason=reason, expected=expected, observed=observed)


def _said(
    requirement: Requirement, failure: AssertionError, comparison: tuple[str, object, object] | None
) -> tuple[str, str]:
    if isinstance(failure, Shortfall):
        return failure.expected[:SHOWN], failure.observed[:SHOWN]
    text = str(failure)
    if text and not text.startswith("assert "):
        return requirement.sentence, text.partition("\nassert ")[0][:SHOWN]
    if comparison is not None:
        return compared(*comparison)
    return requirement.sentence, text.removeprefix("assert ").splitlines()[0][:SHOWN] if text else "otherwise"
