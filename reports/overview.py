"""Several targets beside each other in words: how each did, and which of them a requirement is broken on.

The page is where one looks closer; here is what a terminal shows under the runs. Nothing here prints, and
what came from a target went through `visible`.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from eiospec.reports.escapes import visible
from eiospec.reports.model import Document
from eiospec.reports.outcome import FINDINGS
from eiospec.verdicts import Verdict

SHOWN = ("fail", "broken", "blocked", "stale", "warn", "known", "pass")
INDENT = "      "
# Verdicts that say nothing of a target: the ids are enough.
SAY_NOTHING = (Verdict.BROKEN, Verdict.BLOCKED)
# Requirements that are told one by one of each verdict.
MOST = 12


def overview(documents: Mapping[str, Document | None], *, width: int = 80) -> str:
    """The documents by the name of their target, None for a run that left none."""
    lines = [*textwrap.wrap(sentence(documents), width), "", *_table(documents)]
    for verdict in FINDINGS:
        found = _broken(documents, verdict)
        if verdict in SAY_NOTHING:
            ids = textwrap.wrap(", ".join(found), width, initial_indent=INDENT, subsequent_indent=INDENT)
            lines += ["", f"{verdict.upper()}  {len(found)} requirements:", *ids] if found else []
            continue
        for id, (entry, names) in list(found.items())[:MOST]:
            opening = f"{verdict.upper():5} {id} {entry['level']}  "
            lines += ["", *textwrap.wrap(opening + entry["sentence"], width, subsequent_indent=INDENT)]
            lines += [f"{INDENT}{visible(name)}" for name in names]
        if len(found) > MOST:
            lines += ["", f"{verdict.upper():5} and {len(found) - MOST} more requirements; see the page"]
    return "\n".join(lines) + "\n"


def sentence(documents: Mapping[str, Document | None]) -> str:
    """How many did what: "10 targets: 8 conform, 1 does not, 1 could not be judged."."""
    codes = Counter(None if made is None else made["exit"]["code"] for made in documents.values())
    left = len(documents) - sum(codes[code] for code in (0, 1, 6))
    said = [
        (codes[0], "conforms", "conform"),
        (codes[1], "does not", "do not"),
        (codes[6], "could not be reached or was lost", "could not be reached or were lost"),
        (left, "was not judged to the end", "were not judged to the end"),
    ]
    parts = [f"{number} {one if number == 1 else more}" for number, one, more in said if number]
    return f"{len(documents)} targets: {', '.join(parts)}."


def _table(documents: Mapping[str, Document | None]) -> list[str]:
    """A row a target: its counts, and in words what no count says."""
    counts = [made["counts"]["requirements"] for made in documents.values() if made is not None]
    columns = [verdict for verdict in SHOWN if any(found[verdict] for found in counts)]
    rows: list[Sequence[str]] = [("exit", *columns, "target")]
    for name, made in documents.items():
        if made is None:
            rows.append(("-", *("-" for _ in columns), f"{visible(name)}: it left no report"))
            continue
        found, lost = made["counts"]["requirements"], [one for one in made["controls"] if not one["ok"]]
        told = visible(lost[0]["sentence"] if lost else name)
        rows.append((str(made["exit"]["code"]), *(str(found[verdict] or "-") for verdict in columns), told))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return [
        "  ".join((*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]))
        for row in rows
    ]


def _broken(
    documents: Mapping[str, Document | None], verdict: Verdict
) -> dict[str, tuple[Document, list[str]]]:
    """The requirements with this verdict, by id, each with the targets that have it."""
    found: dict[str, tuple[Document, list[str]]] = {}
    for name, made in documents.items():
        for entry in () if made is None else made["requirements"]:
            if entry["verdict"] == verdict:
                found.setdefault(entry["id"], (entry, []))[1].append(name)
    return found
