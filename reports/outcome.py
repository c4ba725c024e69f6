"""What a run comes to: one outcome a requirement, the counts, the sentence on top of every report.

A requirement is judged on several cases (transports, revisions, mounts); the gravest of its judgements is
its verdict. Everything every writer has to say alike is said here once.
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

# Gravest first, as every list of findings is ordered.
FINDINGS = (Verdict.BROKEN, Verdict.FAIL, Verdict.STALE, Verdict.BLOCKED, Verdict.WARN)

# Singular and plural of what is said of n requirements.
SAID = {
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
    """One requirement with all its judgements, in the order they were made."""

    requirement: Requirement
    judgements: tuple[Judgement, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the judgements."""
        return max((judgement.verdict for judgement in self.judgements), key=lambda verdict: verdict.gravity)


def area_title(area: str) -> str:
    """The name of an area ("CK"); the letters themselves when it has none."""
    return AREAS.get(area, area)


def exit_meaning(code: int) -> str:
    """What an exit code says, in words."""
    return EXIT_MEANINGS.get(code, "pytest or a plugin ended the run")


def outcomes(run: Run) -> tuple[Outcome, ...]:
    """The judgements of a run, grouped by requirement and ordered by area (as in `AREAS`) and id."""
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
    """How often each verdict was given; verdicts never given are there with 0."""
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in Verdict}


def counts(run: Run) -> dict[Verdict, int]:
    """How many requirements have each verdict."""
    return tally(outcome.verdict for outcome in outcomes(run))


def headline(run: Run) -> str:
    """The sentence on top: "http://… does not conform: 2 requirements fail, 3 warn; 118 pass".

    `run.target` appears as given: callers that publish the sentence mask and escape it.
    """
    found = counts(run)
    bad = said(found, FINDINGS)
    good = said(found, (Verdict.PASS,), noun=not bad)
    known = said(found, (Verdict.KNOWN,), noun=False)
    rest = "; ".join(part for part in (bad, ", ".join(part for part in (good, known) if part)) if part)
    opening = _opening(run, found)
    told = f"{opening}: {rest}" if rest else opening
    if run.replayed is None:
        return told
    return f"{told}; replayed from {run.replayed.file} of {run.started[:10]}"


def said(found: dict[Verdict, int], verdicts: Iterable[Verdict], *, noun: bool = True) -> str:
    """Counts in words: "2 requirements fail, 3 warn". Verdicts never given are left out."""
    parts: list[str] = []
    for verdict in verdicts:
        number = found[verdict]
        if not number:
            continue
        what = "" if parts or not noun else " requirement" if number == 1 else " requirements"
        parts.append(f"{number}{what} {SAID[verdict][0 if number == 1 else 1]}")
    return ", ".join(parts)


def _opening(run: Run, found: dict[Verdict, int]) -> str:
    """Who did what, without the counts."""
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
    """Why exit code 1 was given. Only a fail proves that the target does not conform."""
    if found[Verdict.FAIL]:
        return f"does not conform{to}"
    if found[Verdict.BROKEN] or found[Verdict.BLOCKED]:
        return f"was not shown to conform{to}"
    if any(found[verdict] for verdict in FAILS_THE_RUN):
        return "does not match its baseline"
    return "does not meet every SHOULD" if found[Verdict.WARN] else f"does not conform{to}"
