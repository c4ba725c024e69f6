"""--list and --explain: the requirements as text, JSON and markdown. docs/requirements.md is `eiospec --list markdown`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

import pytest

from eiospec.plugin.catalogue import Entry, entries, excluded, nearest
from eiospec.plugin.releases import since
from eiospec.reports.outcome import AREAS, area_title
from eiospec.requirements import Capability, Source

OPENING = """\
# All requirements

Generated from the suites by `eiospec --list markdown`. `eiospec --explain CK-002` prints one with all details.

A MUST has a normative text, or the documentation of a capability that the target declared. What the
reference implementation does, and good practice, is a SHOULD at most. MAY and INFO are recorded and never fail. A
requirement that *needs* a capability is not applicable to a target without it; ids are never reused.

"""


def listing(kind: str) -> str:
    """Return all requirements as "text", "json" or "markdown"."""
    return {"text": text, "json": as_json, "markdown": page}[kind]()


def as_json() -> str:
    """Return all requirements as JSON."""
    return json.dumps(
        {
            "requirements": [
                {
                    "id": entry.requirement.id,
                    "version": entry.requirement.version,
                    "since": since(entry.requirement.id),
                    "level": entry.requirement.level,
                    "sentence": entry.requirement.sentence,
                    "source": str(entry.requirement.source),
                    "url": entry.requirement.source.url,
                    "needs": list(entry.requirement.needs),
                    "check": entry.where,
                    "off by default": entry.off_by_default,
                }
                for entry in entries()
            ],
            "excluded": [
                {"id": left.id, "level": left.level, "sentence": left.sentence, "reason": left.reason}
                for left in excluded()
            ],
        },
        indent=1,
        ensure_ascii=False,
    )


def text() -> str:
    """Return all requirements as text, one per line."""
    lines = [f"{len(entries())} requirements"]
    for entry in entries():
        off = "  [--with hygiene]" if entry.off_by_default else ""
        lines.append(
            f"  {entry.requirement.id:<11} {entry.requirement.level:<6} {since(entry.requirement.id) or 'next':<7} "
            f"{entry.requirement.sentence}{off}"
        )
    lines.append(f"\n{len(excluded())} excluded, with the reason")
    lines += [
        f"  {left.id:<11} {left.level:<6} {left.sentence}\n{'':21}— {left.reason}" for left in excluded()
    ]
    return "\n".join(lines)


def explanation(id: str) -> str:
    """Return one requirement in full; raise pytest.UsageError for an unknown id."""
    wanted = id.upper()
    for entry in entries():
        requirement = entry.requirement
        if requirement.id == wanted:
            needs = ", ".join(requirement.needs) or "nothing but the URL"
            note = textwrap.dedent(entry.note).strip()
            return "\n".join(
                [
                    f"{requirement.id}  {requirement.level}  (version {requirement.version})",
                    "",
                    textwrap.fill(requirement.sentence, 88, initial_indent="  ", subsequent_indent="  "),
                    "",
                    *([textwrap.indent(note, "  "), ""] if note else []),
                    f"  source  {requirement.source}",
                    f"          {requirement.source.url}",
                    f"  needs   {needs}",
                    f"  since   {since(requirement.id) or 'the next release'}",
                    f"  check   {entry.where}",
                    f"  run     eiospec --target URL --case {requirement.id}"
                    + (" --with hygiene" if entry.off_by_default else ""),
                ]
            )
    for left in excluded():
        if left.id == wanted:
            return f"{left.id}  {left.level}  excluded\n\n  {left.sentence}\n\n  reason  {left.reason}"
    known = [entry.requirement.id for entry in entries()] + [left.id for left in excluded()]
    raise pytest.UsageError(f"--explain {id!r} is not a requirement{nearest(id, known)}")


def page() -> str:
    """Return docs/requirements.md, without its last line feed."""
    by_area: dict[str, list[Entry]] = {}
    for entry in sorted(entries(), key=lambda entry: [*AREAS].index(entry.requirement.area)):
        by_area.setdefault(entry.requirement.area, []).append(entry)
    left = excluded()
    lines = [
        f"{len(entries())} requirements in {len(by_area)} areas; {len(left)} more are excluded, with the reason:",
        "",
        " · ".join(f"[{area}](#{_anchor(area)})" for area in by_area) + " · [excluded](#excluded)",
    ]
    for area, found in by_area.items():
        lines += ["", f"## {area}: {area_title(area)}", ""]
        lines += ["| id | level | requirement | source | needs |", "|---|---|---|---|---|"]
        lines += map(_row, found)
    lines += [
        "",
        "## Excluded",
        "",
        "| id | level | requirement | why there is no check |",
        "|---|---|---|---|",
    ]
    lines += [f"| {one.id} | {one.level} | {_cell(one.sentence)} | {_cell(one.reason)} |" for one in left]
    return OPENING + "\n".join(lines)


def _row(entry: Entry) -> str:
    requirement = entry.requirement
    off = " (`--with hygiene`)" if entry.off_by_default else ""
    return (
        f"| {requirement.id} | {requirement.level} | {_cell(requirement.sentence)}{off} "
        f"| {_cited(requirement.source)} | {_needs(requirement.needs)} |"
    )


def _cited(source: Source) -> str:
    section = f", {_cell(source.section)}" if source.section else ""
    return f"[{_cell(source.title)}]({source.url}){section}"


def _needs(needs: Iterable[Capability]) -> str:
    return ", ".join(needs) or "the URL"


def _cell(text: str) -> str:
    """Escape text for a table cell; code between backticks stays code."""
    return "`".join(
        part if place % 2 else part.replace("_", "\\_").replace("*", "\\*").replace("<", "&lt;")
        for place, part in enumerate(text.split("`"))
    ).replace("|", "\\|")


def _anchor(area: str) -> str:
    """Return the fragment of an area's heading on GitHub and GitLab."""
    kept = "".join(one for one in f"{area} {area_title(area)}".lower() if one.isalnum() or one in " -_")
    return kept.replace(" ", "-")
