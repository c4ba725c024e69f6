"""A killed run leaves no partial report, and keeps the reports that were there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.fixtures.reference import BackgroundServer, Options
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json
from runs.command import Call, running

# Longer than any test lasts: the run is waiting for this heartbeat when it is killed.
SLOW = Options(ping_interval=300_000)
# A plugin that stops a run when half of a file is on the disk.
STOPS_MIDWAY = """
import io, pathlib, signal

opened = pathlib.Path.open

class Half(io.TextIOWrapper):
    def writelines(self, pieces):
        text = "".join(pieces)
        self.write(text[: len(text) // 2])
        self.flush()
        print("half is written", flush=True)
        signal.pause()

def half(path, *arguments, **how):
    file = opened(path, *arguments, **how)
    return Half(file.detach(), encoding="utf-8") if path.name.startswith(".report.json.") else file

pathlib.Path.open = half
"""
EARLIER = ("--case", "CK-002", "--junitxml", "junit.xml")


def written(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder that are not hidden, with their content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


@pytest.fixture
def folder(call: Call, tmp_path: Path) -> Path:
    """Return a folder with the reports of an earlier run."""
    place = tmp_path / "place"
    place.mkdir()
    assert call(*EARLIER, folder=place).exit_code == 0
    return place


@pytest.fixture
def stopping(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a run that stops with half a file written."""
    (tmp_path / "stops_midway.py").write_text(STOPS_MIDWAY, "utf-8")
    return {"PYTHONPATH": str(tmp_path)}


def test_a_run_killed_while_judging_keeps_the_earlier_reports(folder: Path) -> None:
    before = written(folder)
    with (
        BackgroundServer(SLOW) as server,
        running(
            "-v", "--target", server.url, "--max-wait", "600", "--junitxml", "junit.xml", folder=folder
        ) as run,
    ):
        run.until("test_heartbeat.py::")
        run.kill()
    assert written(folder) == before


@pytest.mark.slow
def test_a_run_killed_while_judging_writes_no_report(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with (
        BackgroundServer(SLOW) as server,
        running(
            "-v", "--target", server.url, "--max-wait", "600", "--junitxml", "junit.xml", folder=place
        ) as run,
    ):
        run.until("test_heartbeat.py::")
        run.kill()
    assert written(place) == {}


@pytest.mark.slow
def test_a_run_killed_while_writing_keeps_the_earlier_report(folder: Path, stopping: dict[str, str]) -> None:
    document = folder / "eiospec-report" / "report.json"
    before = read_json(document)
    with running("-p", "stops_midway", "-s", "--case", "HS-001", folder=folder, env=stopping) as run:
        run.until("half is written")
        run.kill()
    assert read_json(document) == before


def test_half_a_written_report_is_refused(folder: Path, stopping: dict[str, str]) -> None:
    with running("-p", "stops_midway", "-s", "--case", "HS-001", folder=folder, env=stopping) as run:
        run.until("half is written")
        run.kill()
    (draft,) = (folder / "eiospec-report").glob(".*.part")
    with pytest.raises(ReportError, match="is not a complete report"):
        read_json(draft)
