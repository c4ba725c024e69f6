"""The requirements of the suites, without running pytest: for --case, --list and --explain."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pytest

import eiospec.suites
from eiospec.requirements import Excluded, Requirement, requirement_of
from eiospec.suites.excluded import EXCLUDED


@dataclass(frozen=True, slots=True)
class Entry:
    """A requirement and the location of its check ("suites/cookies/…::test_…"); `note` is the check's docstring."""

    requirement: Requirement
    where: str
    off_by_default: bool
    note: str


def _sort_key(id: str) -> tuple[str, int]:
    area, number = id.split("-")
    return area, int(number[:3])


@cache
def entries() -> tuple[Entry, ...]:
    """Return all requirements with a check, sorted by id."""
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
                raise ValueError(f"{requirement.id} has two checks")
            where = f"{path}::{name}"
            found[requirement.id] = Entry(requirement, where, "/hygiene/" in path, value.__doc__ or "")
    return tuple(found[id] for id in sorted(found, key=_sort_key))


def excluded() -> tuple[Excluded, ...]:
    """Return the requirements without a check, with the reasons."""
    return tuple(sorted(EXCLUDED, key=lambda entry: _sort_key(entry.id)))


def matching(globs: Iterable[str]) -> frozenset[str]:
    """Return the ids that match; raise pytest.UsageError, with the nearest ids, for a glob that matches nothing."""
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
    """Return the end of an error message: the nearest ids, or a hint at --list."""
    close = difflib.get_close_matches(wrong.upper(), list(ids), n=3, cutoff=0.5)
    return f": did you mean {', '.join(close)}?" if close else ": see --list"
