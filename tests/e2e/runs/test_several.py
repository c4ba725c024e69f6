"""Several targets in one run: each is judged by itself, and one page shows all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile.background import in_background
from hostile.hanging import hangs_after_the_handshake
from hostile.peers import hostile
from junit_schema import assert_junit
from targets import HOST

from eiospec.fixtures.reference import BackgroundServer
from eiospec.reports.model import Document, read_json
from runs.command import Call, Finished, Once, Run, running
from runs.engines import SetsTheCookieAgain

# A plugin that kills the run of one target in the middle.
KILLS_ITSELF = """
import os, signal

def pytest_runtest_call(item):
    if item.config.option.one_target == "{url}":
        os.kill(os.getpid(), signal.SIGKILL)
"""
FEW = ("--case", "HS-001", "--case", "HS-018", "--case", "CK-00[26]")


def folder_of(url: str) -> str:
    """Return the name of the folder with the reports of a target."""
    return url.partition("://")[2].strip("/").replace(":", "-").replace("/", "-")


@pytest.fixture(scope="module")
def several(run: Run, once: Once) -> Finished:
    """Judge five targets: two conform, one does not, one hangs, one is dead."""

    def judged() -> Finished:
        with ExitStack() as stack:
            urls = [stack.enter_context(BackgroundServer()).url for _ in range(2)]
            urls.append(stack.enter_context(BackgroundServer(engine=SetsTheCookieAgain)).url)
            ports = [stack.enter_context(in_background(hangs_after_the_handshake))]
            ports.append(stack.enter_context(hostile("refuses")))
            urls += [f"http://{HOST}:{port}/socket.io/" for port in ports]
            targets = [word for url in urls for word in ("--target", url)]
            return run(*targets, *FEW, "--junitxml", "junit.xml")

    return once("several targets", judged)


@pytest.fixture(scope="module")
def documents(several: Finished) -> list[Document]:
    """Return their reports."""
    return [read_json(path) for path in sorted((several.folder / "eiospec-report").glob("*/report.json"))]


def test_the_most_severe_exit_code_wins(several: Finished) -> None:
    assert several.exit_code == 6


def test_four_are_judged_and_one_is_unreachable(several: Finished, documents: list[Document]) -> None:
    judged = [made for made in documents if made["requirements"]]
    assert (len(documents), len(judged)) == (5, 4)
    assert "5 targets: 2 conform, 2 do not, 1 could not be reached or was lost." in several.stdout


def test_a_target_that_hangs_does_not_affect_the_others(documents: list[Document]) -> None:
    assert sorted(made["exit"]["code"] for made in documents) == [0, 0, 1, 1, 6]


def test_each_target_has_a_line_when_it_ends(several: Finished) -> None:
    assert sum(" of 5: http://" in line for line in several.stdout.splitlines()) == 5


def test_a_finding_is_shown_once_with_its_targets(several: Finished) -> None:
    lines = several.stdout.splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith("FAIL  CK-006")]
    assert lines[place + 2].startswith("      http://127.0.0.1:")


def test_the_page_has_every_target(several: Finished, documents: list[Document]) -> None:
    page = several.html
    assert [made["target"] for made in documents if made["target"] not in page] == []


def test_junit_has_a_suite_a_target(several: Finished) -> None:
    assert_junit(several.junit_xml.read_bytes())
    root = ElementTree.parse(several.junit_xml).getroot()
    names = [suite.get("name", "") for suite in root.iter("testsuite")]
    assert (len(names), len(set(names))) == (5, 5)
    assert all(name.startswith("eiospec http://127.0.0.1:") for name in names)


def test_the_summary_has_every_target(several: Finished, documents: list[Document]) -> None:
    summary = (several.folder / "eiospec-report" / "summary.md").read_text("utf-8")
    assert summary.count("### ") == len(documents)


def test_all_are_judged_at_the_same_time(documents: list[Document]) -> None:
    spans = [
        (datetime.fromisoformat(made["started"]).timestamp(), float(made["seconds"])) for made in documents
    ]
    # When a run began is written down to the second, and the dead target's is over at once.
    first_end = min(start + took for start, took in spans if took > 1)
    assert max(start for start, _ in spans) <= first_end + 1


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[str, str]]:
    """Yield the URLs of two servers that conform."""
    with BackgroundServer() as first, BackgroundServer() as second:
        yield first.url, second.url


@pytest.mark.slow
def test_two_that_conform_are_0(run: Run, two: tuple[str, str]) -> None:
    finished = run("--target", two[0], "--target", two[1], *FEW, "--no-report")
    assert (finished.exit_code, finished.left_behind) == (0, {".pytest_cache"})


@pytest.mark.slow
def test_reports_lie_in_a_folder_named_after_the_target(
    run: Run, two: tuple[str, str], tmp_path: Path
) -> None:
    run("--target", two[0], "--target", two[1], *FEW, "--report", str(tmp_path / "made"))
    assert {path.parent.name for path in tmp_path.glob("made/*/report.json")} == set(map(folder_of, two))


@pytest.mark.slow
def test_a_target_given_twice_is_judged_once(run: Run, two: tuple[str, str]) -> None:
    finished = run("--target", two[0], "--target", two[0], "--target", two[1], *FEW)
    assert "2 of 2: " in finished.stdout


@pytest.mark.slow
def test_several_targets_run_with_xdist(run: Run, two: tuple[str, str]) -> None:
    finished = run("--target", two[0], "--target", two[1], *FEW, "-n", "2")
    assert (finished.exit_code, "2 targets: 2 conform" in finished.stdout) == (0, True)


@pytest.mark.slow
def test_a_killed_run_does_not_affect_the_others(run: Run, two: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "kills_itself.py").write_text(KILLS_ITSELF.format(url=two[0]), "utf-8")
    finished = run(
        *("--target", two[0], "--target", two[1], *FEW, "-p", "kills_itself"),
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert finished.exit_code == 3
    assert f"{two[0]}: it left no report" in finished.stdout
    assert f"{two[1]} conforms" in finished.stdout


def test_an_interrupt_ends_all_runs_and_shows_results(two: tuple[str, str], tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with (
        in_background(hangs_after_the_handshake) as port,
        running("--target", two[0], "--target", f"http://{HOST}:{port}/", *FEW, folder=place) as under_way,
    ):
        under_way.until("1 of 2: ")
        under_way.interrupt()
        finished = under_way.finish()
    assert (finished.exit_code, finished.stderr) == (2, "")
    assert "2 targets: 1 conforms, 1 was not judged to the end." in finished.stdout


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--serve", "true"), "--serve starts one target: give one --target, or leave --serve out"),
        (("--repeat", "2"), "--repeat repeats one target"),
        (("--target", "localhost:3000"), "has no scheme"),
        (("--case", "CK-002x"), "did you mean CK-002"),
    ],
)
def test_a_usage_error_is_printed_once(
    call: Call, two: tuple[str, str], arguments: tuple[str, ...], advice: str
) -> None:
    finished = call("--target", two[0], "--target", two[1], *arguments)
    assert (finished.exit_code, finished.stdout) == (4, "")
    assert finished.stderr.count(advice) == 1
