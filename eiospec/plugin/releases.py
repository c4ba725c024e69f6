"""Requirement sets by release: what `--require 2026.1` judges.

A set is a file in `suites/releases` with the version and level of each requirement. It is never edited;
`tests/freeze.py` writes the next one. A newer version of the suite cannot make a set stricter:

* a requirement that was added later, or whose meaning changed (its version rose), is not judged;
* a requirement whose level changed is judged at the lower of both levels.
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
# From most to least binding.
LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Frozen:
    """Version and level of a requirement in a set."""

    version: int
    level: Level


@dataclass(frozen=True, slots=True)
class Release:
    """A set of requirements, by id."""

    name: str
    requirements: Mapping[str, Frozen]

    def judges(self, requirement: Requirement) -> bool:
        """Return whether the requirement is in the set with the same meaning."""
        then = self.requirements.get(requirement.id)
        return then is not None and then.version == requirement.version

    def changed(self, requirements: Iterable[Requirement]) -> tuple[str, ...]:
        """Return the ids in the set whose meaning has changed."""
        return tuple(one.id for one in requirements if one.id in self.requirements and not self.judges(one))

    def level_of(self, requirement: Requirement) -> Level:
        """Return the level at which a requirement of the set is judged."""
        return max(self.requirements[requirement.id].level, requirement.level, key=LEVELS.index)


def names() -> tuple[str, ...]:
    """Return the names of all sets, oldest first."""
    found = (file.stem for file in FOLDER.glob("*.json") if NAME.fullmatch(file.stem))
    return tuple(sorted(found, key=_age))


def _age(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(".")))


@cache
def release(name: str) -> Release:
    """Return the set of that name; raise KeyError if there is none."""
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
    """Return the first set with this requirement; empty when there is none yet."""
    return _first_sets().get(id, "")


def frozen(name: str, requirements: Iterable[Requirement]) -> str:
    """Return the text of a set file: one requirement per line, sorted by id."""
    lines = [
        f"  {json.dumps(one.id)}: {json.dumps({'version': one.version, 'level': one.level})}"
        for one in sorted(requirements, key=lambda one: one.id)
    ]
    return f'{{\n "release": {json.dumps(name)},\n "requirements": {{\n' + ",\n".join(lines) + "\n }\n}\n"
