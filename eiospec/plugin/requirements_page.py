"""All requirements as one page of markdown: `eiospec --list markdown`, which is docs/requirements.md.

The suites are the source: nothing on the page is written twice, and a test fails when the file is older than they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from eiospec.plugin.catalogue import Entry, entries, excluded
from eiospec.reports.outcome import AREAS, area_title
from eiospec.requirements import Capability, Source

OPENING = """\
# All requirements

Generated from the suites by `eiospec --list markdown`. `eiospec --explain CK-002` says more of one.

MUST is what a normative text says, or the documentation of a capability that the target declared. What the
reference implementation does, and good practice, is at most SHOULD. MAY and INFO are recorded and never fail. A
requirement that *needs* a capability is not applicable to a target without it; ids are never reused.

"""


def page() -> str:
    """The page, without its last line feed."""
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
    """Text that ends no cell and begins no markup; what stands between backticks stays code."""
    return "`".join(
        part if place % 2 else part.replace("_", "\\_").replace("*", "\\*").replace("<", "&lt;")
        for place, part in enumerate(text.split("`"))
    ).replace("|", "\\|")


def _anchor(area: str) -> str:
    """The fragment of an area's heading, as GitHub and GitLab make it."""
    kept = "".join(one for one in f"{area} {area_title(area)}".lower() if one.isalnum() or one in " -_")
    return kept.replace(" ", "-")
