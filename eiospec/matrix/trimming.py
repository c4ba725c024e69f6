"""Documents small enough for a repository: what is wrong with its octets, what is right as a verdict.

Of a requirement with a finding, the findings stay, the first with an exchange and the lines that reproduce
them. Of one that is met the first judgement stays, and its exchange only where another row does not meet it, so
that both can be seen side by side. Everything else of the transcript goes; the run that made it can be held again.
The document stays a report: sealed, and of the published shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from eiospec.reports.model import Document, closing
from eiospec.reports.outcome import FINDINGS

FOUND = tuple(verdict.value for verdict in FINDINGS)
# Findings of one requirement and row that keep an exchange, and characters kept of each text of theirs.
SHOWN, TEXT = 1, 240
# What judging a stored transcript again goes by: there is hardly one left.
REPLAYED = ("recording", "observations")
# Octets kept of each message: a header section and the first of the body.
OCTETS = 1000
FRAMES = 4


def found_in(documents: Iterable[Document]) -> frozenset[str]:
    """The requirements with a finding in one of the documents."""
    return frozenset(
        entry["id"] for made in documents for entry in made["requirements"] if entry["verdict"] in FOUND
    )


def trimmed(made: Document, differing: Set[str]) -> Document:
    """The document without what nobody will look at; `differing` are requirements that some row does not meet."""
    requirements = [_requirement(entry, entry["id"] in differing) for entry in made["requirements"]]
    shown = {
        id for entry in requirements for judgement in entry["judgements"] for id in judgement["evidence"]
    }
    shown |= {control["exchange"] for control in made["controls"]}
    kept = {
        **{key: value for key, value in made.items() if key not in ("closing", *REPLAYED)},
        "requirements": requirements,
        "exchanges": [_exchange(exchange) for exchange in made["exchanges"] if exchange["id"] in shown],
    }
    return kept | {"closing": closing(kept)}


def _requirement(entry: Document, differs: bool) -> Document:
    found = [judgement for judgement in entry["judgements"] if judgement["verdict"] in FOUND]
    if found:
        judgements = [_judgement(one, place < SHOWN, place < SHOWN) for place, one in enumerate(found)]
    else:
        # The first of those that gave the requirement its verdict: a pass beside a case that is not applicable.
        speaking = [one for one in entry["judgements"] if one["verdict"] == entry["verdict"]]
        judgements = [_judgement(one, differs, False) for one in speaking[:1]]
    return entry | {"judgements": judgements}


def _judgement(judgement: Document, evidence: bool, reproduce: bool) -> Document:
    return judgement | {
        "expected": judgement["expected"][:TEXT],
        "observed": judgement["observed"][:TEXT],
        "reason": judgement["reason"][:TEXT],
        "remarks": [remark[:TEXT] for remark in judgement["remarks"][:1]],
        "evidence": judgement["evidence"][:1] if evidence else [],
        "reproduce": judgement["reproduce"] if reproduce else [],
    }


def _exchange(exchange: Document) -> Document:
    response = exchange["response"]
    return exchange | {
        "request": _message(exchange["request"], ("octets",)),
        "response": response and _message(response, ("octets", "surplus")),
        "frames": [_message(frame, ("payload",)) for frame in exchange["frames"][:FRAMES]],
        **_message({key: exchange[key] for key in ("after", "after_total", "after_cut")}, ("after",)),
    }


def _message(message: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The same with at most `OCTETS` of each of these; what is left out at the end is added to `<name>_cut`."""
    cut = dict(message)
    for name in names:
        cut[name] = message[name][:OCTETS]
        cut[f"{name}_cut"] = message[f"{name}_cut"] + len(message[name]) - len(cut[name])
    if "headers" in message:
        cut["headers"] = [
            {key: value[:OCTETS] if isinstance(value, str) else value for key, value in line.items()}
            for line in message["headers"]
        ]
    return cut
