"""Each exit code of the command, from a run that ends with it.

tests/e2e/declared has all cases of the gates (--baseline, --compare, --require, --level).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.peers import hostile
from targets import free_port

from eiospec.fixtures.reference import BackgroundServer, Options
from runs.command import Call, Finished, Once, Run, running
from runs.engines import DiesMidway, SaysNothingOfCaches, SetsTheCookieAgain

# Longer than any test lasts, shorter than --max-wait below: the run is waiting for this heartbeat.
SLOW = Options(ping_interval=300_000)
CK_006 = ("--case", "CK-006")
CACHES = ("--case", "CS-019", "--case", "HS-023")
BREAKS_A_CHECK = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if pyfuncitem.originalname == "test_value_is_the_session_id":
        raise ZeroDivisionError("the check, not the target")
"""


@pytest.fixture(scope="module")
def interrupted(once: Once, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Interrupt a run that waits for a heartbeat."""

    def interrupt() -> Finished:
        with (
            BackgroundServer(SLOW) as server,
            running(
                *("-v", "--target", server.url, "--max-wait", "600"),
                folder=tmp_path_factory.mktemp("empty"),
            ) as run,
        ):
            run.until("test_heartbeat.py::")
            run.interrupt()
            return run.finish()

    return once("interrupted", interrupt)


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    """Yield the URL of a server that breaks CK-006."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url


@pytest.fixture(scope="module")
def faulty(run: Run, once: Once, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Make a run in which a check raises an unexpected error."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "breaks_a_check.py").write_text(BREAKS_A_CHECK, "utf-8")
    return once(
        "faulty", lambda: run("-p", "breaks_a_check", "--case", "CK-*", env={"PYTHONPATH": str(folder)})
    )


@pytest.fixture(scope="module")
def lost(run: Run, once: Once) -> Finished:
    """Make a run whose target dies."""

    def lose() -> Finished:
        with BackgroundServer(engine=DiesMidway) as server:
            return run("--target", server.url)

    return once("lost", lose)


# A command that serves until a request kills it, and prints the reason.
KILLED = """
import os, signal
from eiospec.fixtures.reference import BackgroundServer, Engine

class Dies(Engine):
    handshakes = 0

    def handshake_headers(self, request, session):
        Dies.handshakes += 1
        if Dies.handshakes == 20:
            print("TypeError: transport is not a constructor", flush=True)
            os._exit(3)
        return super().handshake_headers(request, session)

with BackgroundServer(port=int(os.environ["PORT"]), engine=Dies):
    signal.pause()
"""


@pytest.fixture
def killed(run: Run, tmp_path: Path) -> Finished:
    """Make a run whose served command dies of a request."""
    script, port = tmp_path / "killed.py", free_port()
    script.write_text(KILLED, "utf-8")
    command = f"{sys.executable} {script}"
    return run("--serve", command, "--target", f"http://127.0.0.1:{port}", "--no-report")


class TestConforms:
    def test_a_conforming_target_is_0(self, bundled: Finished) -> None:
        assert bundled.exit_code == 0

    def test_a_broken_should_is_0_by_default(self, call: Call) -> None:
        with BackgroundServer(engine=SaysNothingOfCaches) as server:
            finished = call("--target", server.url, *CACHES)
        assert (finished.exit_code, finished.ids("warn")) == (0, {"CS-019", "HS-023"})


class TestDoesNotConform:
    def test_a_broken_must_is_1(self, failing: Finished) -> None:
        assert (failing.exit_code, failing.ids("fail")) == (1, {"CK-006"})

    def test_a_broken_should_is_1_with_level_should(self, call: Call) -> None:
        with BackgroundServer(engine=SaysNothingOfCaches) as server:
            finished = call("--target", server.url, *CACHES, "--level", "should")
        assert (finished.exit_code, finished.ids("warn")) == (1, {"CS-019", "HS-023"})

    def test_a_blocked_requirement_is_1(self, call: Call) -> None:
        with hostile("copies_the_last_response") as port:  # that is: no WebSocket
            finished = call("--target", f"http://127.0.0.1:{port}", "--case", "HS-015")
        assert (finished.exit_code, finished.verdicts) == (1, {"HS-015": "blocked"})


class TestGate:
    """A server that breaks CK-006, with each gate."""

    @pytest.mark.parametrize(
        ("case", "code"), [("GET", 0), ("POST", 1), ("nowhere", 4)], ids=["known", "stale", "a mistake"]
    )
    def test_baseline_decides_the_exit_code(
        self, call: Call, broken: str, tmp_path: Path, case: str, code: int
    ) -> None:
        known = tmp_path / "known.toml"
        entries = dict.fromkeys(("GET", case))
        known.write_text("".join(f'[[known]]\nid = "CK-006"\ncase = "{one}"\n' for one in entries), "utf-8")
        assert call("--target", broken, *CK_006, "--baseline", str(known)).exit_code == code

    @pytest.mark.slow
    def test_comparison_decides_the_exit_code(self, call: Call, broken: str) -> None:
        with BackgroundServer() as conforming:
            before = {url: call("--target", url, *CK_006) for url in (broken, conforming.url)}
        reports = {url: str(old.folder / "eiospec-report" / "report.json") for url, old in before.items()}
        after = {url: call("--target", broken, *CK_006, "--compare", reports[url]) for url in reports}
        assert [finished.exit_code for finished in after.values()] == [0, 1]

    @pytest.mark.parametrize(("case", "code"), [("CK-006", 1), ("CK-002", 0)])
    def test_required_release_decides_the_exit_code(
        self, call: Call, broken: str, case: str, code: int
    ) -> None:
        assert call("--target", broken, "--case", case, "--require", "2026.1").exit_code == code


class TestInterrupted:
    def test_an_interrupted_run_is_2(self, interrupted: Finished) -> None:
        assert interrupted.exit_code == 2

    def test_what_was_judged_before_is_reported(self, interrupted: Finished) -> None:
        assert interrupted.verdicts["CK-002"] == "pass"
        assert "HB-001" not in interrupted.verdicts

    def test_the_report_says_that_the_run_was_interrupted(self, interrupted: Finished) -> None:
        assert interrupted.report["exit"] == {"code": 2, "meaning": "the run was interrupted"}
        assert interrupted.report["complete"] is False
        assert "was interrupted" in interrupted.report["headline"]


class TestHarnessFault:
    def test_an_error_in_a_check_is_3(self, faulty: Finished) -> None:
        assert (faulty.exit_code, faulty.ids("broken")) == (3, {"CK-002"})

    def test_an_error_in_a_check_is_not_blamed_on_the_target(self, faulty: Finished) -> None:
        assert "was not fully judged: 1 requirement could not be judged;" in faulty.stdout

    def test_an_error_in_a_check_is_shown_without_a_traceback(self, faulty: Finished) -> None:
        assert "ZeroDivisionError('the check, not the target')" in faulty.stdout
        assert "Traceback" not in faulty.output

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param((), id="plain"),
            pytest.param(("-x",), id="-x", marks=pytest.mark.slow),
            pytest.param(("-n", "2"), id="-n 2", marks=pytest.mark.slow),
        ],
    )
    def test_a_suite_that_cannot_be_imported_is_3(
        self, run: Run, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        broken = tmp_path / "test_broken.py"
        broken.write_text("raise ZeroDivisionError", "utf-8")
        finished = run(str(broken), "--case", "CK-002", *arguments)
        assert finished.exit_code == 3
        assert "cannot be imported: a file of yours: ZeroDivisionError" in finished.stdout

    def test_a_failing_test_without_requirement_is_3(self, run: Run, tmp_path: Path) -> None:
        stranger = tmp_path / "test_stranger.py"
        stranger.write_text("def test_something_else(): assert False", "utf-8")
        assert run(str(stranger), "--case", "CK-002").exit_code == 3


class TestUsage:
    def test_a_bad_url_is_4(self, run: Run) -> None:
        assert run("--target", "localhost:3000").exit_code == 4

    @pytest.mark.parametrize(
        "gate",
        [
            ("--baseline", "none.toml"),
            ("--compare", "none.json"),
            ("--require", "1999.1"),
            ("--level", "may"),
        ],
        ids=lambda gate: gate[0],
    )
    def test_an_invalid_gate_is_4(self, call: Call, gate: tuple[str, str]) -> None:
        assert call(*gate).exit_code == 4


class TestNothingJudged:
    def test_a_heartbeat_beyond_max_wait_is_5(self, run: Run) -> None:
        finished = run("--case", "HB-001", "--max-wait", "0")
        assert (finished.exit_code, finished.verdicts) == (5, {"HB-001": "not applicable"})

    def test_an_expression_that_selects_nothing_is_5(self, call: Call) -> None:
        finished = call("-k", "nothing_is_called_this")
        assert (finished.exit_code, finished.verdicts) == (5, {})


class TestTargetLost:
    def test_an_unreachable_target_is_6(self, call: Call) -> None:
        with hostile("refuses") as port:
            finished = call("--target", f"http://127.0.0.1:{port}")
        assert (finished.exit_code, finished.verdicts) == (6, {})

    def test_a_target_lost_during_the_run_is_6(self, lost: Finished) -> None:
        assert lost.exit_code == 6
        assert "was lost during the run" in lost.stdout

    def test_the_last_output_of_a_served_command_is_shown(self, killed: Finished) -> None:
        assert killed.exit_code == 6
        words = "exited with status 3; its last output: | TypeError: transport is not a constructor"
        assert words in " ".join(killed.stdout.split())

    def test_a_lost_target_passes_no_negative_check(self, lost: Finished) -> None:
        assert "ERR-018" not in lost.ids("pass")
