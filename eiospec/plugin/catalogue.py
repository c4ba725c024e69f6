"""Every requirement the suites carry, without running pytest: for --list, --explain and --case."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import json
import pkgutil
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pytest

import eiospec.suites
from eiospec.plugin.releases import since
from eiospec.requirements import Excluded, Requirement, requirement_of
from eiospec.suites.excluded import EXCLUDED


@dataclass(frozen=True, slots=True)
class Entry:
    """A requirement and where its check stands ("suites/cookies/…::test_…"); `note` is the check's docstring."""

    requirement: Requirement
    where: str
    off_by_default: bool
    note: str


def _sort_key(id: str) -> tuple[str, int]:
    area, number = id.split("-")
    return area, int(number[:3])


@cache
def entries() -> tuple[Entry, ...]:
    """All requirements with a check, by id."""
    found: dict[str, Entry] = {}
    for module_info in pkgutil.walk_packages(eiospec.suites.__path__, "eiospec.suites."):
        if not module_info.name.rpartition(".")[2].startswith("test_"):
            continue
        module = importlib.import_module(module_info.name)
        path = module_info.name.removeprefix("eiospec.").replace(".", "/") + ".py"
        for name, value in vars(module).items():
            requirement = requirement_of(value)
            if requirement is None:
                continue
            if requirement.id in found:
                raise ValueError(f"{requirement.id} is carried by two checks")
            where = f"{path}::{name}"
            found[requirement.id] = Entry(requirement, where, "/hygiene/" in path, value.__doc__ or "")
    return tuple(found[id] for id in sorted(found, key=_sort_key))


def excluded() -> tuple[Excluded, ...]:
    """What has no check, and why."""
    return tuple(sorted(EXCLUDED, key=lambda entry: _sort_key(entry.id)))


def matching(globs: Iterable[str]) -> frozenset[str]:
    """The ids the globs select; raises pytest.UsageError with the nearest ids for one that selects nothing."""
    wanted = tuple(globs)
    ids = [entry.requirement.id for entry in entries()] if wanted else []
    selected: set[str] = set()
    for glob in wanted:
        hits = fnmatch.filter(ids, glob.upper())
        if not hits:
            raise pytest.UsageError(f"--case {glob!r} matches no requirement{nearest(glob, ids)}")
        selected.update(hits)
    return frozenset(selected)


def nearest(wrong: str, ids: Iterable[str]) -> str:
    """A half-sentence that names what may have been meant, or points at --list."""
    close = difflib.get_close_matches(wrong.upper(), list(ids), n=3, cutoff=0.5)
    return f": did you mean {', '.join(close)}?" if close else ": see --list"


def listing(kind: str) -> str:
    """The catalogue as text or JSON."""
    if kind == "json":
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
    """One requirement in full; raises pytest.UsageError for an id nobody knows."""
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
    raise pytest.UsageError(f"--explain {id!r} is no requirement{nearest(id, known)}")
