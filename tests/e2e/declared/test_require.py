"""--require: judge the requirements of a frozen release, whatever was added later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runs.command import Call, Finished

from eiospec.plugin import releases

Written = Callable[[str], str]

CK_002 = ("--case", "CK-002")
MUST = {"version": 1, "level": "MUST"}


@pytest.fixture
def asked(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Finished]]:
    """Run with a release 2020.1 that has the requirements a test gives."""
    monkeypatch.setattr(releases, "FOLDER", tmp_path)

    def made(requirements: dict[str, object], *arguments: str) -> Finished:
        (tmp_path / "2020.1.json").write_text(json.dumps({"requirements": requirements}), "utf-8")
        releases.release.cache_clear()
        return call("--require", "2020.1", *arguments)

    yield made
    releases._first_sets.cache_clear()


Asked = Callable[..., Finished]


class TestSet:
    def test_only_requirements_of_the_release_are_judged(self, asked: Asked, plain: str) -> None:
        finished = asked({"CK-002": MUST, "HS-001": MUST}, "--target", plain)
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-002": "pass", "HS-001": "pass"})

    def test_every_document_names_the_release(self, asked: Asked, plain: str) -> None:
        finished = asked({"CK-002": MUST, "HS-001": MUST}, "--target", plain)
        assert "conforms to 2020.1" in finished.stdout
        assert "conforms to 2020.1" in finished.html
        assert "conforms to 2020.1" in finished.markdown
        assert finished.report["requirement_set"] == {"release": "2020.1", "size": 2, "changed": []}

    def test_a_later_requirement_does_not_fail_the_run(self, asked: Asked, flawed: str) -> None:
        assert asked({"CK-002": MUST}, "--target", flawed).exit_code == 0

    def test_a_requirement_of_the_release_fails_the_run(self, asked: Asked, flawed: str) -> None:
        finished = asked({"CK-006": MUST}, "--target", flawed)
        assert (finished.exit_code, finished.verdicts) == (1, {"CK-006": "fail"})
        assert "does not conform to 2020.1" in finished.stdout

    def test_a_raised_level_counts_as_in_the_release(self, asked: Asked, flawed: str) -> None:
        finished = asked({"CK-006": {"version": 1, "level": "SHOULD"}}, "--target", flawed)
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-006": "warn"})
        judged = finished.report["requirements"][0]["judgements"]
        assert all("MUST now, SHOULD in 2020.1" in judgement["remarks"] for judgement in judged)

    def test_a_requirement_that_changed_is_named_and_not_judged(self, asked: Asked, flawed: str) -> None:
        finished = asked({"CK-002": MUST, "CK-006": {"version": 0, "level": "MUST"}}, "--target", flawed)
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-002": "pass"})
        assert "CK-006, whose meaning changed since 2020.1" in finished.stdout

    def test_the_areas_off_by_default_stay_off(self, asked: Asked, plain: str) -> None:
        assert asked({"CK-002": MUST, "HS-031": MUST}, "--target", plain).ids("pass") == {"CK-002"}

    def test_a_baseline_entry_for_a_later_requirement_is_no_error(
        self, asked: Asked, plain: str, written: Written
    ) -> None:
        known = written('[[known]]\nid = "CK-006"\ncase = "GET"\n')
        assert asked({"CK-002": MUST}, "--target", plain, "--baseline", known).exit_code == 0


class TestMistakes:
    def test_an_unknown_release_is_an_error_that_names_the_known_ones(self, call: Call) -> None:
        finished = call("--require", "2020.1")
        assert (finished.exit_code, finished.stdout) == (4, "")
        assert "--require '2020.1' is unknown: use 2026.1" in finished.stderr

    def test_a_case_outside_the_release_is_an_error(self, asked: Asked) -> None:
        finished = asked({"CK-002": MUST}, "--case", "CK-006")
        assert finished.exit_code == 4
        assert (
            "--case CK-006 matches no requirement in release 2020.1: drop --require or change --case"
            in finished.stderr
        )


class TestShipped:
    def test_a_shipped_release_is_judged(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--require", "2026.1", *CK_002)
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-002": "pass"})

    def test_the_list_names_the_release_of_each_requirement(self, call: Call) -> None:
        listed = json.loads(call("--list=json").stdout)
        assert {entry["id"]: entry["since"] for entry in listed["requirements"]}["CK-002"] == "2026.1"
