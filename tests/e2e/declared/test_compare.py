"""--compare and `eiospec compare`: compare a run or a stored report with an older one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runs.command import Call, Finished
from runs.engines import SaysNothingOfCaches

from eiospec.fixtures.reference import BackgroundServer

Written = Callable[[str], str]

CASES = ("--case", "CK-006", "--case", "HS-023")


def report_of(finished: Finished) -> str:
    return str(finished.folder / "eiospec-report" / "report.json")


@pytest.fixture(scope="module")
def good(call: Call, plain: str) -> Finished:
    """Make a run against a server that conforms."""
    return call("--target", plain, *CASES)


@pytest.fixture(scope="module")
def worse(call: Call, flawed: str, good: Finished) -> Finished:
    """Make a run against a server that does not conform, compared with the good one."""
    return call("--target", flawed, *CASES, "--compare", report_of(good))


@pytest.fixture(scope="module")
def cut(good: Finished, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of half a report."""
    file = tmp_path_factory.mktemp("cut") / "report.json"
    octets = Path(report_of(good)).read_bytes()
    file.write_bytes(octets[: len(octets) // 2])
    return str(file)


class TestRegression:
    def test_fails_the_run(self, worse: Finished) -> None:
        assert (worse.exit_code, worse.report["exit"]["meaning"]) == (1, "the target regressed")

    def test_is_in_the_document(self, worse: Finished) -> None:
        (change,) = worse.report["comparison"]["regressions"]
        assert (change["id"], change["case"], change["was"], change["now"]) == (
            "CK-006",
            "GET",
            "pass",
            "fail",
        )

    def test_is_shown_at_the_terminal_and_in_the_summary(self, worse: Finished) -> None:
        assert "REGRESSION  CK-006 MUST pass → fail" in worse.stdout
        assert "REGRESSION  CK\\-006 MUST pass → fail" in worse.markdown


class TestNoRegression:
    def test_a_failure_that_was_there_before_is_0(self, call: Call, flawed: str, worse: Finished) -> None:
        finished = call("--target", flawed, *CASES, "--compare", report_of(worse))
        assert (finished.exit_code, finished.verdicts["CK-006"]) == (0, "fail")
        assert "does not conform" in finished.stdout
        assert finished.report["exit"]["meaning"] == "nothing regressed"

    def test_a_fix_is_0(self, call: Call, plain: str, worse: Finished) -> None:
        finished = call("--target", plain, *CASES, "--compare", report_of(worse))
        assert (finished.exit_code, finished.report["comparison"]["fixes"][0]["id"]) == (0, "CK-006")

    def test_a_failure_that_was_not_judged_before_is_0(self, call: Call, plain: str, flawed: str) -> None:
        old = call("--target", plain, "--case", "HS-023")
        finished = call("--target", flawed, *CASES, "--compare", report_of(old))
        assert (finished.exit_code, finished.verdicts["CK-006"]) == (0, "fail")
        assert "NEW  CK-006 MUST not judged → fail" in finished.stdout

    def test_nothing_is_written_without_a_report(self, call: Call, flawed: str, good: Finished) -> None:
        finished = call("--target", flawed, *CASES, "--compare", report_of(good), "--no-report", "-qqq")
        assert (finished.exit_code, finished.left_behind - {".pytest_cache"}) == (1, set())


class TestLevel:
    @pytest.mark.parametrize(("level", "code"), [("must", 0), ("should", 1)])
    def test_the_level_decides_whether_a_new_warning_fails(
        self, call: Call, good: Finished, level: str, code: int
    ) -> None:
        with BackgroundServer(engine=SaysNothingOfCaches) as server:
            finished = call("--target", server.url, *CASES, "--compare", report_of(good), "--level", level)
        assert finished.exit_code == code
        assert "REGRESSION  HS-023 SHOULD pass → warn" in finished.stdout


class TestBaseline:
    def test_a_known_regression_is_excused(
        self, call: Call, flawed: str, good: Finished, written: Written
    ) -> None:
        known = written('[[known]]\nid = "CK-006"\ncase = "GET"\n')
        finished = call("--target", flawed, *CASES, "--compare", report_of(good), "--baseline", known)
        assert (finished.exit_code, finished.report["comparison"]["excused"][0]["id"]) == (0, "CK-006")

    def test_a_stale_entry_fails_the_run(
        self, call: Call, plain: str, good: Finished, written: Written
    ) -> None:
        known = written('[[known]]\nid = "CK-006"\ncase = "*"\n')
        finished = call("--target", plain, *CASES, "--compare", report_of(good), "--baseline", known)
        assert finished.exit_code == 1
        assert finished.report["exit"]["meaning"] == "the target does not match its baseline"


class TestStored:
    def test_prints_the_changes_that_the_run_printed(
        self, call: Call, good: Finished, worse: Finished
    ) -> None:
        finished = call("compare", report_of(good), report_of(worse))
        assert (finished.exit_code, finished.stderr) == (1, "")
        said = finished.stdout[finished.stdout.index("Compared with") :]
        assert all(paragraph.strip() in worse.stdout for paragraph in said.split("\n\n"))

    def test_swapped_reports_show_a_fix(self, call: Call, good: Finished, worse: Finished) -> None:
        finished = call("compare", report_of(worse), report_of(good))
        assert finished.exit_code == 0
        assert "FIX  CK-006 MUST fail → pass" in finished.stdout

    def test_a_report_equals_itself(self, call: Call, worse: Finished) -> None:
        finished = call("compare", report_of(worse), report_of(worse))
        assert (finished.exit_code, "nothing changed" in finished.stdout) == (0, True)

    def test_a_newer_run_that_lost_its_target_is_named(self, call: Call, good: Finished) -> None:
        lost = call("--target", "http://127.0.0.1:1/")
        assert call("compare", report_of(good), report_of(lost)).exit_code == 6


class TestMistakes:
    def test_half_a_report_is_refused_in_one_sentence(self, call: Call, plain: str, cut: str) -> None:
        finished = call("--target", plain, "--compare", cut)
        assert (finished.exit_code, finished.stdout) == (4, "")
        (sentence,) = finished.stderr.strip().splitlines()
        assert "is not a complete report" in sentence

    @pytest.mark.parametrize("place", [0, 1], ids=["old", "new"])
    def test_half_a_stored_report_is_refused_in_one_sentence(
        self, call: Call, good: Finished, cut: str, place: int
    ) -> None:
        files = [report_of(good)] * 2
        files[place] = cut
        finished = call("compare", *files)
        assert (finished.exit_code, finished.stdout) == (4, "")
        assert finished.stderr.startswith(f"eiospec compare: {cut} is not a complete report: ")

    def test_an_edited_report_is_refused(
        self, call: Call, plain: str, worse: Finished, written: Written
    ) -> None:
        edited = json.loads(Path(report_of(worse)).read_text("utf-8")) | {"target": "http://another/"}
        finished = call("--target", plain, "--compare", written(json.dumps(edited)))
        assert finished.exit_code == 4
        assert "its closing record does not match" in finished.stderr

    def test_a_run_that_lost_its_target_cannot_be_compared_with(self, call: Call, plain: str) -> None:
        lost = call("--target", "http://127.0.0.1:1/")
        finished = call("--target", plain, "--compare", report_of(lost))
        assert finished.exit_code == 4
        assert "cannot compare with the run of " in finished.stderr
        assert ": the target was unreachable" in finished.stderr
