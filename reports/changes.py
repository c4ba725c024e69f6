"""A comparison in words, for the terminal: the counts, then what changed, a requirement a paragraph.

It is told of the `comparison` of a document, so that a stored report and a run say the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from eiospec.reports.model import Document

# Cases of one requirement that are named, and requirements of what is new or gone.
MOST = 6
WORDS = {"regressions": "REGRESSION", "fixes": "FIX", "excused": "EXCUSED"}
OTHERS = {"new": ("NEW", "judged now and not then"), "gone": ("GONE", "judged then and not now")}


def paragraphs(comparison: Document) -> list[str]:
    """What changed; empty when nothing did. Texts of a target are as they came."""
    found = [
        f"{word}  {_told(alike)}" for kind, word in WORDS.items() for alike in _together(comparison[kind])
    ]
    for kind, (word, what) in OTHERS.items():
        ids = list(dict.fromkeys(change["id"] for change in comparison[kind]))
        if ids:
            failing = [one for one in _together(comparison[kind]) if one[0]["now"] in ("fail", "blocked")]
            named = ", ".join(ids[:MOST]) + (f" and {len(ids) - MOST} more" if ids[MOST:] else "")
            found.append(f"{word}  {what}: {named}")
            found += [f"{word}  {_told(alike)}" for alike in failing]
    return found


def _together(changes: Iterable[Document]) -> list[list[Document]]:
    """The cases of one requirement that changed alike."""
    found: dict[tuple[str, str, str], list[Document]] = {}
    for change in changes:
        found.setdefault((change["id"], change["was"] or "", change["now"] or ""), []).append(change)
    return list(found.values())


def _told(alike: list[Document]) -> str:
    """ "CK-006 MUST pass → fail  The session cookie … (GET, POST)"."""
    first = alike[0]
    cases = [change["case"] for change in alike if change["case"]]
    shown = ", ".join(cases[:MOST]) + (f" and {len(cases) - MOST} more" if cases[MOST:] else "")
    was, now = (first[when] or "not judged" for when in ("was", "now"))
    return f"{first['id']} {first['level']} {was} → {now}  {first['sentence']}" + (
        f" ({shown})" if shown else ""
    )
