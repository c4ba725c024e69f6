"""What a replay says otherwise than the run it was made from, as lines for a terminal."""

from __future__ import annotations

from typing import Any

from eiospec.reports.escapes import visible

Document = dict[str, Any]


def changes(made: Document) -> list[str]:
    """A sentence, and a line for each case: "CK-002  polling  fail → pass". None for a document of no replay."""
    replayed = made.get("replayed")
    if replayed is None:
        return []
    changed = replayed["changed"]
    versions = (
        f"eiospec {replayed['version']} judged {replayed['file']}, eiospec {made['tool']['version']} again"
    )
    if not changed:
        return [visible(f"No verdict changed: {versions}.")]
    rows = [(one["id"], one["case"], f"{one['then']} → {one['now']}") for one in changed]
    shown = [tuple(map(visible, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    plural = "verdict" if len(changed) == 1 else "verdicts"
    return [
        visible(f"{len(changed)} {plural} changed: {versions}."),
        *("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in shown),
    ]
