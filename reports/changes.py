"""A comparison in words, for the terminal: a paragraph per requirement that changed.

It is made from the `comparison` of a document, so that a stored report and a run read the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from eiospec.reports.model import Document

# Listed cases of a requirement, and listed requirements that are new or gone.
MOST = 6
WORDS = {"regressions": "REGRESSION", "fixes": "FIX", "excused": "EXCUSED"}
OTHERS = {"new": ("NEW", "judged only now"), "gone": ("GONE", "judged only before")}


def paragraphs(comparison: Document) -> list[str]:
    """Return what changed; empty when nothing did. Texts of a target are not escaped."""
    found = [
        f"{word}  {_paragraph(alike)}"
        for kind, word in WORDS.items()
        for alike in _together(comparison[kind])
    ]
    for kind, (word, what) in OTHERS.items():
        ids = list(dict.fromkeys(change["id"] for change in comparison[kind]))
        if ids:
            failing = [one for one in _together(comparison[kind]) if one[0]["now"] in ("fail", "blocked")]
            named = ", ".join(ids[:MOST]) + (f" and {len(ids) - MOST} more" if ids[MOST:] else "")
            found.append(f"{word}  {what}: {named}")
            found += [f"{word}  {_paragraph(alike)}" for alike in failing]
    return found


def _together(changes: Iterable[Document]) -> list[list[Document]]:
    """Return the cases in groups: of one requirement, with the same change."""
    found: dict[tuple[str, str, str], list[Document]] = {}
    for change in changes:
        found.setdefault((change["id"], change["was"] or "", change["now"] or ""), []).append(change)
    return list(found.values())


def _paragraph(alike: list[Document]) -> str:
    """Return for example "CK-006 MUST pass → fail  The session cookie … (GET, POST)"."""
    first = alike[0]
    cases = [change["case"] for change in alike if change["case"]]
    shown = ", ".join(cases[:MOST]) + (f" and {len(cases) - MOST} more" if cases[MOST:] else "")
    was, now = (first[when] or "not judged" for when in ("was", "now"))
    return f"{first['id']} {first['level']} {was} → {now}  {first['sentence']}" + (
        f" ({shown})" if shown else ""
    )
