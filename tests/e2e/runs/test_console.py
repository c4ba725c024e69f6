"""The output of a run, from its first line to its last."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.peers import hostile

from eiospec.fixtures.reference import BackgroundServer
from runs.command import EIOSPEC, Call, Finished, Run
from runs.engines import SetsTheCookieAgain
from runs.terminal import at_a_terminal

COOKIES = ("--case", "CK-*")
COLOUR = "\x1b["
# Lines that are meant to be copied are never wrapped.
COPIED = re.compile("https?://|pytest |curl ")


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    """Yield the URL of a server that does not conform."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url


@pytest.fixture(scope="module")
def judged(wrong: str, run: Run) -> Finished:
    return run("--target", wrong, *COOKIES, "--junitxml", "junit.xml")


class TestUsually:
    def test_the_first_line_names_the_target(self, judged: Finished) -> None:
        assert re.match(r"eiospec \S+ judges http://127\.0\.0\.1:\d+/socket\.io/\n\n", judged.stdout)

    def test_the_last_line_is_the_headline(self, judged: Finished) -> None:
        assert judged.stdout.splitlines()[-1] == f"{judged.report['headline']}."

    def test_each_area_has_a_line_of_counts(self, judged: Finished) -> None:
        assert re.search(r"^  CK Session cookie: presence and value +\d+ +1 +", judged.stdout, re.MULTILINE)

    def test_a_failure_shows_how_to_reproduce_it(self, judged: Finished) -> None:
        failure = judged.stdout.partition("FAIL  CK-006 MUST  ")[2]
        labels = re.findall(r"^  (\w+)  ", failure.partition("\n\n")[0], re.MULTILINE)
        assert [label for label in labels if label != "case"] == [
            "expected",
            "observed",
            "reproduce",
            "source",
        ]

    def test_the_output_of_pytest_is_hidden(self, judged: Finished) -> None:
        assert not re.search(r"===|passed|deselected|\.py|rootdir", judged.stdout)

    def test_every_document_is_named(self, judged: Finished) -> None:
        assert "\nReport: eiospec-report/report.html\n" in judged.stdout
        assert "\n  junit.xml\n" in judged.stdout

    def test_output_to_a_file_has_no_colour(self, judged: Finished) -> None:
        assert COLOUR not in judged.output

    def test_a_failing_test_without_requirement_is_named(self, call: Call, tmp_path: Path) -> None:
        stranger = tmp_path / "test_stranger.py"
        stranger.write_text("def test_something_else(): assert 1 == 2", "utf-8")
        finished = call(str(stranger), "--case", "CK-002")
        assert "Non-requirement test failed: " in finished.stdout
        assert "test_something_else (call): " in finished.stdout

    @pytest.mark.slow
    def test_two_processes_write_no_more_than_one(self, wrong: str, run: Run) -> None:
        finished = run("--target", wrong, *COOKIES, "-n", "2")
        assert not re.search(r"===|passed|\.py", finished.stdout)
        assert finished.stdout.splitlines()[-1] == f"{finished.report['headline']}."


class TestLoudly:
    def test_verbose_shows_the_output_of_pytest_and_ends_with_the_headline(
        self, wrong: str, call: Call
    ) -> None:
        finished = call("--target", wrong, *COOKIES, "-v")
        assert re.search(r"test_session_cookie\.py::test_set_once pass +\[", finished.stdout)
        assert re.search(r"^=+ 1 failed, \d+ passed", finished.stdout, re.MULTILINE)
        assert finished.stdout.splitlines()[-1] == f"{finished.report['headline']}."


class TestQuietly:
    @pytest.mark.parametrize(("how", "lines"), [("-qq", 1), ("-qqq", 0)])
    def test_very_quiet_prints_the_headline_or_nothing(
        self, wrong: str, call: Call, how: str, lines: int
    ) -> None:
        finished = call("--target", wrong, *COOKIES, how)
        assert [line for line in finished.stdout.splitlines() if line] == [
            f"{finished.report['headline']}."
        ] * lines

    def test_quiet_prints_only_findings(self, wrong: str, call: Call) -> None:
        finished = call("--target", wrong, *COOKIES, "-q")
        assert finished.stdout.lstrip("\n").startswith(("WARN  ", "FAIL  "))
        assert "all areas" not in finished.stdout


class TestAtATerminal:
    @pytest.mark.parametrize("columns", [40, pytest.param(80, marks=pytest.mark.slow)])
    def test_no_line_is_wider(self, wrong: str, tmp_path: Path, columns: int) -> None:
        shown = at_a_terminal(
            tmp_path, "--target", wrong, columns=columns, env={"NO_COLOR": "1"}, exit_code=1
        )
        written = [line for line in re.split("\r\n|\r", shown) if not COPIED.search(line)]
        assert max(map(len, written)) <= columns

    def test_verdicts_are_coloured(self, wrong: str, tmp_path: Path) -> None:
        shown = at_a_terminal(tmp_path, "--target", wrong, *COOKIES, exit_code=1)
        assert f"{COLOUR}1;31mFAIL{COLOUR}0m  CK-006" in shown

    @pytest.mark.parametrize(
        "env", [{"NO_COLOR": "1"}, pytest.param({"TERM": "dumb"}, marks=pytest.mark.slow)]
    )
    def test_no_colour_is_used_when_the_user_wants_none(
        self, wrong: str, tmp_path: Path, env: dict[str, str]
    ) -> None:
        shown = at_a_terminal(tmp_path, "--target", wrong, *COOKIES, env=env, exit_code=1)
        assert COLOUR not in shown

    def test_a_target_cannot_send_control_characters_to_it(self, tmp_path: Path) -> None:
        with hostile("ansi_everywhere") as port:
            shown = at_a_terminal(
                *(tmp_path, "--target", f"http://127.0.0.1:{port}", "--case", "CS-*", "--case", "HS-*"),
                env={"NO_COLOR": "1"},
                exit_code=1,
            )
        assert "CS-016" in shown
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", shown)


def test_an_unreachable_target_is_reported_in_a_few_lines(call: Call) -> None:
    with hostile("refuses") as port:
        finished = call("--target", f"http://127.0.0.1:{port}", "--no-report")
    assert re.sub(r"\s+", " ", finished.stdout.replace(str(port), "PORT")) == (
        f"eiospec {finished.stdout.split()[1]} judges http://127.0.0.1:PORT/socket.io/ "
        "The first control exchange failed: target http://127.0.0.1:PORT/socket.io/ refused the connection: "
        "is it running? http://127.0.0.1:PORT/socket.io/ could not be reached. "
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--list",), 0),
        pytest.param(("--case", "HS-001"), 0, marks=pytest.mark.slow),
        (("--target", "http://127.0.0.1:9/"), 6),
    ],
)
def test_a_closed_pipe_changes_no_exit_code(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    """`eiospec … | head -1` has the exit code of the run and prints no error."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as nobody:
        ended = subprocess.run(
            [*EIOSPEC, *arguments], cwd=tmp_path, stdout=nobody, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (status, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "status"), [(("--list",), 0), (("--target", "http://127.0.0.1:9/"), 6)]
)
def test_a_full_disk_is_reported_once_and_changes_no_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*EIOSPEC, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = b"eiospec: standard output cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (status, said)
