"""The result of a run: one outcome per requirement, counts, the headline of every report.

A requirement is judged on several cases (transports, revisions, mounts); its verdict is the gravest of its
judgements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from eiospec.requirements import Requirement
from eiospec.verdicts import FAILS_THE_RUN, Judgement, Run, Verdict

AREAS = {
    "HS": "Handshake and open packet",
    "ERR": "Handshake and request errors",
    "CK": "Session cookie: presence and value",
    "CA": "Session cookie attributes",
    "CS": "Set-Cookie syntax",
    "HI": "initial_headers hook",
    "HH": "headers hook",
    "HX": "Interplay of hooks, cookie and middleware",
    "AP": "Application cookies and fields, as seen",
    "AR": "allowRequest",
    "PR": "Cookie propagation",
    "ST": "Sticky sessions",
    "CO": "CORS and credentials",
    "SE": "Security and robustness",
    "V3": "Engine.IO revision 3",
    "PL": "Polling transport",
    "WS": "WebSocket transport",
    "HB": "Heartbeat",
    "UP": "Upgrade to WebSocket",
    "CL": "Close",
    "SIO": "Socket.IO",
    "CC": "Client under test",
}

EXIT_MEANINGS = {
    0: "the target conforms",
    1: "the target does not conform",
    2: "the run was interrupted",
    3: "the harness or the network failed; not everything could be judged",
    4: "the command line, the profile, a selector or the baseline is wrong",
    5: "nothing was judged",
    6: "the target was unreachable or was lost during the run",
}

# Verdicts that are findings, gravest first.
FINDINGS = (Verdict.BROKEN, Verdict.FAIL, Verdict.STALE, Verdict.BLOCKED, Verdict.WARN)

# Verbs for one and for several requirements.
VERBS = {
    Verdict.FAIL: ("fails", "fail"),
    Verdict.BROKEN: ("could not be judged", "could not be judged"),
    Verdict.STALE: ("differs from the baseline", "differ from the baseline"),
    Verdict.BLOCKED: ("is blocked", "are blocked"),
    Verdict.WARN: ("warns", "warn"),
    Verdict.PASS: ("passes", "pass"),
    Verdict.KNOWN: ("is a known deviation", "are known deviations"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A requirement with its judgements, in the order they were made."""

    requirement: Requirement
    judgements: tuple[Judgement, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the judgements."""
        return max((judgement.verdict for judgement in self.judgements), key=lambda verdict: verdict.gravity)


def area_title(area: str) -> str:
    """Return the title of an area ("CK"), or the area itself if it has none."""
    return AREAS.get(area, area)


def exit_meaning(code: int) -> str:
    """Return the meaning of an exit code."""
    return EXIT_MEANINGS.get(code, "pytest or a plugin ended the run")


def outcomes(run: Run) -> tuple[Outcome, ...]:
    """Group the judgements of a run by requirement, ordered by area (as in `AREAS`) and id."""
    grouped: dict[str, list[Judgement]] = {}
    for judgement in run.judgements:
        grouped.setdefault(judgement.requirement.id, []).append(judgement)
    order = {area: place for place, area in enumerate(AREAS)}
    return tuple(
        sorted(
            (Outcome(found[0].requirement, tuple(found)) for found in grouped.values()),
            key=lambda outcome: (
                order.get(outcome.requirement.area, len(order)),
                outcome.requirement.area,
                outcome.requirement.id,
            ),
        )
    )


def tally(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Count verdicts; those that do not occur have 0."""
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in Verdict}


def counts(run: Run) -> dict[Verdict, int]:
    """Count the requirements of a run by verdict."""
    return tally(outcome.verdict for outcome in outcomes(run))


def headline(run: Run) -> str:
    """Return the headline: "http://… does not conform: 2 requirements fail, 3 warn; 118 pass".

    `run.target` is neither masked nor escaped; callers that publish the sentence do that.
    """
    found = counts(run)
    bad = in_words(found, FINDINGS)
    good = in_words(found, (Verdict.PASS,), noun=not bad)
    known = in_words(found, (Verdict.KNOWN,), noun=False)
    rest = "; ".join(part for part in (bad, ", ".join(part for part in (good, known) if part)) if part)
    opening = _opening(run, found)
    sentence = f"{opening}: {rest}" if rest else opening
    if run.replayed is None:
        return sentence
    return f"{sentence}; replayed from {run.replayed.file} of {run.started[:10]}"


def in_words(found: dict[Verdict, int], verdicts: Iterable[Verdict], *, noun: bool = True) -> str:
    """Return counts in words: "2 requirements fail, 3 warn"; verdicts with 0 are left out."""
    parts: list[str] = []
    for verdict in verdicts:
        number = found[verdict]
        if not number:
            continue
        what = "" if parts or not noun else " requirement" if number == 1 else " requirements"
        parts.append(f"{number}{what} {VERBS[verdict][0 if number == 1 else 1]}")
    return ", ".join(parts)


def _opening(run: Run, found: dict[Verdict, int]) -> str:
    """Return the first part of the headline, without the counts."""
    judged = any(number for verdict, number in found.items() if verdict is not Verdict.NOT_APPLICABLE)
    to = f" to {run.requirement_set.release}" if run.requirement_set else ""
    match run.exit_code:
        case 0 if found[Verdict.KNOWN]:
            return f"{run.target} conforms{to}, except for known deviations"
        case 0:
            return f"{run.target} conforms{to}"
        case 1:
            return f"{run.target} {_shortcoming(found, to)}"
        case 2:
            return f"The run against {run.target} was interrupted"
        case 3 if judged:
            return f"{run.target} was not fully judged"
        case 3:
            return f"The harness failed; {run.target} was not judged"
        case 4:
            return f"Invalid options for the run against {run.target}"
        case 5:
            return f"No requirement was judged for {run.target}"
        case 6:
            return f"{run.target} was lost during the run" if judged else f"{run.target} could not be reached"
        case code:
            return f"The run against {run.target} ended with exit code {code}"


def _shortcoming(found: dict[Verdict, int], to: str) -> str:
    """Return why the exit code is 1. Only a fail proves that the target does not conform."""
    if found[Verdict.FAIL]:
        return f"does not conform{to}"
    if found[Verdict.BROKEN] or found[Verdict.BLOCKED]:
        return f"was not shown to conform{to}"
    if any(found[verdict] for verdict in FAILS_THE_RUN):
        return "does not match its baseline"
    return "does not meet every SHOULD" if found[Verdict.WARN] else f"does not conform{to}"
