"""A failure of ours exits with 3, never with 1, which means that the target does not conform."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eiospec import cli

ONE_CHECK = [sys.executable, "-m", "eiospec", "--case", "HS-001", "--no-report", "--crowd", "8"]


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), OSError("gone"), TypeError("wrong")])
def test_a_crash_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    def crash(arguments: list[str]) -> int:  # noqa: ARG001
        raise error

    monkeypatch.setattr(cli, "judge", crash)
    assert cli.main(["--case", "HS-001"]) == 3
    assert "nothing was judged" in capfd.readouterr().err


def test_a_crash_while_the_report_is_made_exits_with_3(tmp_path: Path) -> None:
    (tmp_path / "crashing.py").write_text(
        "def pytest_eiospec_document(document):\n    raise MemoryError\n", "utf-8"
    )
    done = subprocess.run(
        [*ONE_CHECK, "-p", "crashing"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_change_the_verdict(tmp_path: Path, closed: str) -> None:
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *ONE_CHECK], cwd=tmp_path, check=False)
    assert done.returncode == 0


def test_a_deleted_folder_exits_with_3(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && "$@"', "sh", *ONE_CHECK],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 3


def test_options_in_the_environment_that_cannot_be_split_are_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "'")
    assert cli.main(["--list"]) == 4
    assert "PYTEST_ADDOPTS" in capfd.readouterr().err


def test_a_report_that_cannot_be_written_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "report" / "report.html").mkdir(parents=True)
    arguments = [word for word in ONE_CHECK if word != "--no-report"]
    done = subprocess.run(
        [*arguments, "--report", "report", "--junitxml", "junit.xml"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 3
    assert "Report not written" in done.stdout
    # The others are written.
    assert (tmp_path / "junit.xml").exists()
    assert (tmp_path / "report" / "report.json").exists()


def test_a_run_without_report_leaves_no_file(tmp_path: Path) -> None:
    assert subprocess.run(ONE_CHECK, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["", "-m pytest suites/handshake"])
def test_an_empty_target_in_the_environment_is_a_usage_error(command: str) -> None:
    words = [sys.executable, *command.split()] if command else ONE_CHECK
    done = subprocess.run(
        words,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTEST_ADDOPTS": "--target="},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 4
    assert "--target has an empty value" in done.stderr
