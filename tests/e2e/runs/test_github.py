"""A run on GitHub Actions: annotations and the step summary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.peers import hostile

from eiospec.fixtures.reference import BackgroundServer
from eiospec.reports.annotations import MOST_OCTETS
from runs.command import Call, Finished
from runs.engines import SetsTheCookieAgain

COOKIES = ("--case", "CK-00[1-7]")
# Every form of a line that the runner reads as a command.
COMMAND = re.compile(r"^[ \t]*::.*|.*##\[.*", re.MULTILINE)


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    """Yield the URL of a server that does not conform."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the step summary with the output of an earlier program."""
    path = tmp_path_factory.mktemp("step") / "summary"
    path.write_text("earlier\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def annotated(call: Call, wrong: str, summary: Path) -> Finished:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    return call("--target", wrong, *COOKIES, "--no-report", env=variables)


def test_a_failure_is_annotated_and_the_last_line_is_the_headline(annotated: Finished) -> None:
    commands = COMMAND.findall(annotated.stdout)
    assert [command.partition("::")[2].partition(" ")[0] for command in commands] == ["error"]
    assert commands[0].startswith("::error title=CK-006 MUST fail::")
    assert annotated.stdout.splitlines()[-1].endswith(" pass.")


def test_the_summary_is_appended(annotated: Finished, summary: Path) -> None:
    assert annotated.exit_code == 1
    assert summary.read_text("utf-8").startswith("earlier\n### http")


def test_nothing_is_annotated_without_the_variables(call: Call, wrong: str) -> None:
    finished = call("--target", wrong, *COOKIES)
    assert COMMAND.findall(finished.output) == []
    assert finished.left_behind == {".pytest_cache", "eiospec-report"}


def test_a_silent_run_annotates_nothing(call: Call, wrong: str, tmp_path: Path) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    finished = call("--target", wrong, *COOKIES, "-qqq", env=variables)
    assert (finished.stdout.strip(), (tmp_path / "summary").exists()) == ("", False)


def test_a_summary_that_cannot_be_written_is_reported(call: Call, wrong: str, tmp_path: Path) -> None:
    finished = call("--target", wrong, *COOKIES, env={"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert "cannot write there (Is a directory)" in " ".join(finished.stdout.split())
    assert finished.exit_code == 1


@pytest.mark.slow
def test_several_targets_are_annotated_once(call: Call, wrong: str, tmp_path: Path) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    with BackgroundServer() as good:
        finished = call("--target", wrong, "--target", good.url, *COOKIES, env=variables)
    (command,) = COMMAND.findall(finished.stdout)
    assert command.startswith("::error title=CK-006 MUST fail (http%3A//127.0.0.1%3A")
    assert (tmp_path / "summary").read_text("utf-8").count("### http") == 2


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param("ansi_everywhere", marks=pytest.mark.slow),
        pytest.param("markup_everywhere", marks=pytest.mark.slow),
        "commands_everywhere",
    ],
)
def test_a_target_cannot_inject_commands(call: Call, peer: str, tmp_path: Path) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    with hostile(peer) as port:
        finished = call("--target", f"http://127.0.0.1:{port}", env=variables)
    commands = COMMAND.findall(finished.output)
    assert 1 <= len(commands) <= 20
    assert all(re.match(r"::(error|warning) title=[^:]*::[^\r]*$", command) for command in commands)
    assert (tmp_path / "summary").stat().st_size < MOST_OCTETS
