"""Turn the outcome of a check into a judgement: the verdict, expected and observed, the evidence."""

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
from eiospec.target.baseline import FINDINGS, Baseline, observation
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.exchange import Exchange

SHOWN = 600
LIMITED = "the target limits its clients (429 Too Many Requests): lower --connections"
MOST_EVIDENCE = 8
# A finding with the exchange it is about.
OF_AN_EXCHANGE = re.compile(r"(.*) \((exchange .*)\)", re.DOTALL)


def in_words(value: object) -> str:
    """Return a compared value in words: octets and text quoted, collections member by member."""
    if isinstance(value, bytes):
        return show(value)
    if isinstance(value, str):
        return f"“{value}”" if value else "nothing"
    if isinstance(value, set | frozenset):
        # Sorted, so that every run reports the same text.
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        members = [show(member) if isinstance(member, bytes) else str(member) for member in value]
        return "; ".join(together(members)) or "none"
    return str(value)


def together(findings: Iterable[str]) -> list[str]:
    """Merge equal findings about several exchanges: "… (exchange 17, poll, and 9 more)"."""
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
    """Return expected and observed of a failed comparison."""
    wanted = in_words(expected)
    phrases = {
        "==": wanted,
        "!=": f"anything but {wanted}",
        "in": f"one of {wanted}",
        "not in": f"none of {wanted}",
    }
    return phrases.get(operator, f"{operator} {wanted}")[:SHOWN], in_words(observed)[:SHOWN]


def effective_level(requirement: Requirement, options: Options) -> tuple[Level, tuple[str, ...]]:
    """Return the level under the selected release and cookie specification, and what changed it."""
    level, why = requirement.level, []
    if options.release is not None:
        level = options.release.level_of(requirement)
        if level is not requirement.level:
            why.append(f"{requirement.level} now, {level} in {options.release.name}")
    if requirement.since_6265bis and options.cookie_spec == "6265" and level is Level.MUST:
        level = Level.SHOULD
        why.append(f"{Level.MUST} in RFC 6265bis, lowered by --cookie-spec {options.cookie_spec}")
    return level, tuple(why)


def _verdict_of_a_breach(level: Level) -> Verdict:
    return {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.WARN}.get(level, Verdict.INFO)


def limited(exchange: Exchange) -> bool:
    """Return True if the target, or a proxy in front of it, limited the rate (RFC 6585 §4)."""
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
    """Return the judgement of one check on one case."""
    level, lowered = effective_level(requirement, options)
    verdict = verdict_of(level, failure, evidence)
    result: dict[str, Any] = {}
    if verdict is Verdict.BROKEN and isinstance(failure, Blocked | AssertionError):
        result["reason"] = LIMITED
    elif isinstance(failure, NotApplicable | NotRecorded | Blocked | Broken):
        result["reason"] = str(failure)
    elif isinstance(failure, AssertionError):
        result["expected"], result["observed"] = _comparison(requirement, failure, comparison)
    elif failure is not None:
        result["reason"] = f"the check itself failed: {failure!r}"
    judgement = Judgement(
        requirement,
        node,
        case,
        verdict,
        remarks=(*remarks.lines, *lowered),
        evidence=tuple(exchange.id for exchange in evidence[-MOST_EVIDENCE:]),
        reproduce=reproduce(requirement.id, target, evidence[-MOST_EVIDENCE:], options.shown),
        seconds=seconds,
        **result,
    )
    if options.baseline is None or isinstance(failure, NotRecorded):
        return judgement
    return against(options.baseline, judgement)


def against(baseline: Baseline, judgement: Judgement) -> Judgement:
    """Return the judgement compared with a baseline: known, stale, or unchanged."""
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
    now = f"observes “{observation(judgement)}”" if found else f"has the verdict {judgement.verdict}"
    reason = f"the baseline expects “{entry.observed}”, and this run {now}: correct the entry or delete it"
    # A stale entry that is still a finding keeps what was observed.
    expected, observed = (judgement.expected, observation(judgement)) if found else ("", "")
    return replace(judgement, verdict=Verdict.STALE, reason=reason, expected=expected, observed=observed)


def _comparison(
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
