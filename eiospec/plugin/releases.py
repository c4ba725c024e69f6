"""Requirement sets frozen by release: what `--require 2026.1` judges, whatever was added or raised since.

A set is a file in `suites/releases`: the requirements there were, with the version and the level each had. It is
never edited; `tests/freeze.py` writes the next one. What a later suite makes of it never turns a gate red:

* a requirement that came later, or whose meaning changed (its version rose), is not judged;
* one whose level rose is judged at the level of the set, one whose level fell at the lower one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import eiospec.suites
from eiospec.requirements import Level, Requirement

FOLDER = Path(eiospec.suites.__path__[0]) / "releases"
NAME = re.compile(r"20\d\d\.[1-9]\d*")
# From binding to not.
LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What one requirement was when the set was frozen."""

    version: int
    level: Level


@dataclass(frozen=True, slots=True)
class Release:
    """A set of requirements, by id."""

    name: str
    requirements: Mapping[str, Frozen]

    def judges(self, requirement: Requirement) -> bool:
        """True for what is in the set and still means the same."""
        then = self.requirements.get(requirement.id)
        return then is not None and then.version == requirement.version

    def changed(self, requirements: Iterable[Requirement]) -> tuple[str, ...]:
        """The ids in the set that mean something else by now."""
        return tuple(one.id for one in requirements if one.id in self.requirements and not self.judges(one))

    def level_of(self, requirement: Requirement) -> Level:
        """How binding a requirement of the set is."""
        return max(self.requirements[requirement.id].level, requirement.level, key=LEVELS.index)


def names() -> tuple[str, ...]:
    """The sets there are, the oldest first."""
    found = (file.stem for file in FOLDER.glob("*.json") if NAME.fullmatch(file.stem))
    return tuple(sorted(found, key=_age))


def _age(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(".")))


@cache
def release(name: str) -> Release:
    """The set of that name; raises KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    found = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["requirements"]
    return Release(name, {id: Frozen(then["version"], Level(then["level"])) for id, then in found.items()})


@cache
def _first_sets() -> Mapping[str, str]:
    sets: dict[str, str] = {}
    for name in names():
        for id in release(name).requirements:
            sets.setdefault(id, name)
    return sets


def since(id: str) -> str:
    """The set a requirement came in with; empty when it is in none yet."""
    return _first_sets().get(id, "")


def frozen(name: str, requirements: Iterable[Requirement]) -> str:
    """The text of the file that freezes these requirements: a line each, in the order of the ids."""
    lines = [
        f"  {json.dumps(one.id)}: {json.dumps({'version': one.version, 'level': one.level})}"
        for one in sorted(requirements, key=lambda one: one.id)
    ]
    return f'{{\n "release": {json.dumps(name)},\n "requirements": {{\n' + ",\n".join(lines) + "\n }\n}\n"
