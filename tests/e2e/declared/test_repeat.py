"""--repeat N: repeat a run and list the verdicts that changed."""

from __future__ import annotations

import itertools
import sys
import threading
from pathlib import Path

import pytest
from runs.command import MOST_SECONDS, Call, Finished, Run, running
from targets import free_port

from eiospec.fixtures.reference import BackgroundServer, Engine, Options, Request, Session
from eiospec.plugin.repeat import Repetition, changed, table
from eiospec.reports.model import read_json

CASE = ("--case", "CK-002")
HEARTBEAT = ("--case", "HB-001")
PYTEST = (sys.executable, "-m", "pytest")
CHECKOUT = Path(__file__).parents[3]


class LiesEveryOtherRun(Engine):
    """Sets a wrong cookie value in every second run; a first control exchange starts a run."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._runs = itertools.count()
        self.lies = False

    def session_cookie(self, request: Request, session: Session) -> str | None:
        if "first control" in (request.header("user-agent") or ""):
            self.lies = next(self._runs) % 2 == 1
        made = super().session_cookie(request, session)
        return made.replace(session.sid, "0" * 20) if made and self.lies else made


def repetition(exit_code: int = 0, **verdicts: str) -> Repetition:
    """Return a run that judged these cases of CK-002."""
    return Repetition(exit_code, "", {("CK-002", case): verdict for case, verdict in verdicts.items()})


@pytest.fixture(scope="module")
def flipping(run: Run) -> Finished:
    """Repeat three times against a server that alternates between right and wrong."""
    with BackgroundServer(engine=LiesEveryOtherRun) as server:
        return run("--target", server.url, *CASE, "--repeat", "3")


@pytest.fixture(scope="module")
def steady(run: Run) -> Finished:
    """Repeat twice against the bundled server."""
    return run(*CASE, "--repeat", "2")


@pytest.fixture
def interrupted(tmp_path: Path) -> Finished:
    """Interrupt two runs that wait for a heartbeat, after the first control exchange."""
    seen = threading.Event()

    def see(_request: Request) -> bool:
        seen.set()
        return True

    with (
        BackgroundServer(Options(ping_interval=300_000, allow_request=see)) as server,
        running(
            "--target", server.url, "--max-wait", "600", *HEARTBEAT, "--repeat", "2", folder=tmp_path
        ) as run,
    ):
        assert seen.wait(MOST_SECONDS)
        run.interrupt()
        return run.finish()


class TestChanged:
    def test_a_verdict_that_stays_is_not_listed(self) -> None:
        assert changed([repetition(polling="pass"), repetition(polling="pass")]) == {}

    def test_a_verdict_that_changes_is_listed_for_every_run(self) -> None:
        runs = [repetition(polling="pass"), repetition(polling="fail"), repetition(polling="pass")]
        assert changed(runs) == {("CK-002", "polling"): ["pass", "fail", "pass"]}

    def test_a_case_that_one_run_did_not_judge_is_listed(self) -> None:
        runs = [repetition(polling="pass", websocket="pass"), repetition(polling="pass")]
        assert changed(runs) == {("CK-002", "websocket"): ["pass", "not judged"]}

    def test_a_run_that_lost_its_target_changes_no_verdict(self) -> None:
        assert changed([repetition(polling="pass"), repetition(6), repetition(polling="pass")]) == {}

    def test_a_run_that_lost_its_target_has_a_column(self) -> None:
        runs = [repetition(polling="pass"), repetition(6), repetition(polling="fail")]
        assert changed(runs) == {("CK-002", "polling"): ["pass", "target lost", "fail"]}


class TestTable:
    def test_each_case_has_a_line_and_each_run_a_column(self) -> None:
        lines = table({("CK-002", "polling"): ["pass", "fail"], ("CK-006", ""): ["warn", "not judged"]}, 2)
        assert lines == [
            "2 verdicts changed in 2 runs:",
            "",
            "                   run 1  run 2",
            "  CK-002  polling  pass   fail",
            "  CK-006           warn   not judged",
        ]

    def test_no_change_is_one_sentence(self) -> None:
        assert table({}, 5) == ["No verdict changed in 5 runs."]


class TestFlipping:
    def test_a_verdict_that_changes_is_1(self, flipping: Finished) -> None:
        assert flipping.exit_code == 1

    def test_each_run_has_a_line_with_its_exit_code(self, flipping: Finished) -> None:
        lines = [line for line in flipping.stdout.splitlines() if line.startswith("run ")]
        assert [line.split(": ")[:2] for line in lines] == [
            ["run 1 of 3", "exit 0"],
            ["run 2 of 3", "exit 1"],
            ["run 3 of 3", "exit 0"],
        ]

    def test_the_requirement_has_a_line_with_its_verdicts(self, flipping: Finished) -> None:
        lines = [line.split() for line in flipping.stdout.splitlines() if line.startswith("  CK-002")]
        assert ["CK-002", "pass", "fail", "pass"] in lines

    def test_the_report_of_every_run_is_kept(self, flipping: Finished) -> None:
        reports = [
            flipping.folder / "eiospec-report" / f"run-{number}" / "report.json" for number in (1, 2, 3)
        ]
        assert [read_json(report)["exit"]["code"] for report in reports] == [0, 1, 0]


class TestSteady:
    @pytest.mark.slow
    def test_runs_that_agree_give_their_exit_code(self, steady: Finished) -> None:
        assert (steady.exit_code, steady.stderr) == (0, "")
        assert steady.stdout.endswith("\nNo verdict changed in 2 runs.\n")

    @pytest.mark.slow
    def test_each_run_has_a_bundled_server_of_its_own(self, steady: Finished) -> None:
        reports = [steady.folder / "eiospec-report" / f"run-{number}" / "report.json" for number in (1, 2)]
        assert [read_json(report)["options"].get("--target") for report in reports] == [None, None]

    @pytest.mark.slow
    def test_a_failure_that_stays_is_1(self, run: Run, flawed: str) -> None:
        finished = run("--target", flawed, "--case", "CK-006", "--repeat", "2")
        assert (finished.exit_code, "No verdict changed in 2 runs." in finished.stdout) == (1, True)

    @pytest.mark.slow
    def test_an_unreachable_target_is_6(self, run: Run) -> None:
        finished = run("--target", f"http://127.0.0.1:{free_port()}", "--repeat", "2")
        assert finished.exit_code == 6
        assert finished.stdout.count(": exit 6: ") == 2

    @pytest.mark.slow
    def test_no_file_is_left_without_a_report(self, run: Run) -> None:
        finished = run(*CASE, "--repeat", "2", "--no-report")
        assert finished.exit_code == 0
        assert finished.left_behind <= {".pytest_cache"}

    @pytest.mark.slow
    def test_pytest_in_a_checkout_does_the_same(self, run: Run, tmp_path: Path) -> None:
        finished = run(
            *("--rootdir", str(CHECKOUT), "-c", str(CHECKOUT / "pytest.ini"), str(CHECKOUT / "suites")),
            *(*CASE, "--repeat", "2", "--report", str(tmp_path), "-p", "no:cacheprovider"),
            command=PYTEST,
        )
        assert (finished.exit_code, "No verdict changed in 2 runs." in finished.stdout) == (0, True)
        assert (tmp_path / "run-2" / "report.json").exists()

    @pytest.mark.slow
    def test_repeat_in_the_environment_does_not_recurse(self, run: Run) -> None:
        finished = run(*CASE, env={"PYTEST_ADDOPTS": "--repeat 2"})
        assert (finished.exit_code, finished.stdout.count("of 2: exit 0")) == (0, 2)


def test_an_interrupt_ends_after_the_first_run(interrupted: Finished) -> None:
    assert (interrupted.exit_code, interrupted.stdout.count("of 2: exit 2")) == (2, 1)


@pytest.mark.parametrize(
    ("times", "advice"),
    [
        ("0", "--repeat 0 is out of range: from 1 to 1000"),
        ("often", "--repeat 'often' is not a number: write for example --repeat 1"),
        ("1.5", "--repeat 1.5 is not a whole number"),
    ],
)
def test_an_invalid_number_is_a_usage_error(call: Call, times: str, advice: str) -> None:
    finished = call("--repeat", times)
    assert (finished.exit_code, finished.stdout) == (4, "")
    assert advice in finished.stderr


def test_a_usage_error_is_printed_once(call: Call) -> None:
    finished = call("--repeat", "3", "--target", "localhost")
    assert (finished.exit_code, finished.stdout) == (4, "")
    assert finished.stderr.count("has no scheme") == 1
