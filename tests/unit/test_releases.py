"""Frozen requirement sets: the current suite keeps all of them; how they change the level of a requirement."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import freeze
import pytest

from eiospec.plugin import releases
from eiospec.plugin.catalogue import entries
from eiospec.plugin.judging import effective_level
from eiospec.plugin.options import DEFAULTS
from eiospec.plugin.releases import FOLDER, Frozen, Release, frozen, names, release, since
from eiospec.requirements import INFO, MAY, MUST, SHOULD, Level, Requirement, Source

SETS = names()
FREEZE = Path(__file__).parents[1] / "freeze.py"
REGISTRY = {entry.requirement.id: entry.requirement for entry in entries()}


def requirement(level: Level = MUST, version: int = 1) -> Requirement:
    return Requirement(
        "CK-002", level, "The value is the session id.", Source("How-to", "https://a"), version=version
    )


def of_the_time(level: Level = MUST, version: int = 1) -> Release:
    return Release("2026.1", {"CK-002": Frozen(version, level)})


@pytest.mark.parametrize("name", SETS)
class TestEverySet:
    def test_has_no_requirement_that_is_gone(self, name: str) -> None:
        assert release(name).requirements.keys() - REGISTRY.keys() == set(), (
            "ids are never removed: a release promises them"
        )

    def test_has_no_requirement_from_the_future(self, name: str) -> None:
        frozen_then = release(name).requirements
        assert [id for id, then in frozen_then.items() if then.version > REGISTRY[id].version] == []

    def test_is_as_it_was_written(self, name: str) -> None:
        then = release(name).requirements
        written = [replace(REGISTRY[id], version=one.version, level=one.level) for id, one in then.items()]
        assert (FOLDER / f"{name}.json").read_text("utf-8") == frozen(name, written)

    def test_has_all_of_the_one_before(self, name: str) -> None:
        before = SETS[: SETS.index(name)]
        assert all(release(one).requirements.keys() <= release(name).requirements.keys() for one in before)


class TestLevels:
    @pytest.mark.parametrize(
        ("then", "now", "judged"),
        [
            (SHOULD, SHOULD, SHOULD),
            (SHOULD, MUST, SHOULD),
            (MAY, SHOULD, MAY),
            (INFO, MUST, INFO),
            (MUST, SHOULD, SHOULD),
        ],
    )
    def test_the_lower_one_counts(self, then: Level, now: Level, judged: Level) -> None:
        assert of_the_time(then).level_of(requirement(now)) is judged

    def test_a_lowered_one_is_remarked(self) -> None:
        options = replace(DEFAULTS, release=of_the_time(SHOULD))
        assert effective_level(requirement(), options) == (SHOULD, ("MUST now, SHOULD in 2026.1",))

    def test_the_cookie_specification_lowers_it_further(self) -> None:
        options = replace(DEFAULTS, release=of_the_time(), cookie_spec="6265")
        assert effective_level(replace(requirement(), since_6265bis=True), options)[0] is SHOULD


class TestSelection:
    def test_requirements_in_the_set_are_judged(self) -> None:
        assert of_the_time().judges(requirement())

    def test_what_came_later_is_not(self) -> None:
        assert not of_the_time().judges(replace(requirement(), id="CK-999"))

    def test_what_means_something_else_by_now_is_not_and_is_named(self) -> None:
        assert not of_the_time().judges(requirement(version=2))
        assert of_the_time().changed([requirement(version=2)]) == ("CK-002",)


class TestSince:
    @pytest.mark.skipif(not SETS, reason="no set has been frozen")
    def test_is_the_first_set_with_the_requirement(self) -> None:
        assert since("CK-002") == SETS[0]

    def test_is_empty_for_a_requirement_in_no_set(self) -> None:
        assert since("ZZ-999") == ""


class TestNames:
    def test_stand_in_the_order_of_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("2027.1", "2026.10", "2026.2", "draft"):
            (tmp_path / f"{name}.json").touch()
        monkeypatch.setattr(releases, "FOLDER", tmp_path)
        assert names() == ("2026.2", "2026.10", "2027.1")


class TestFreezing:
    def test_writes_a_set_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(releases, "FOLDER", tmp_path)
        monkeypatch.setattr(freeze, "FOLDER", tmp_path)
        assert [freeze.main(["2099.1"]), freeze.main(["2099.1"])] == [0, 1]
        assert (tmp_path / "2099.1.json").read_text("utf-8") == frozen("2099.1", REGISTRY.values())

    def test_is_of_all_there_is(self) -> None:
        made = json.loads(frozen("2026.9", REGISTRY.values()))
        assert made["requirements"].keys() == REGISTRY.keys()

    @pytest.mark.parametrize(
        ("arguments", "advice"),
        [
            ([SETS[-1]], "is already frozen: choose another name"),
            (["next"], "name the set after its year"),
            ([], "name"),
        ],
        ids=["again", "no name of a set", "nothing"],
    )
    def test_a_mistake_writes_nothing(self, arguments: list[str], advice: str) -> None:
        before = {file: file.read_bytes() for file in FOLDER.iterdir()}
        found = subprocess.run(
            [sys.executable, FREEZE, *arguments], capture_output=True, text=True, check=False
        )
        assert (found.returncode, advice in found.stderr) == (1, True)
        assert {file: file.read_bytes() for file in FOLDER.iterdir()} == before
