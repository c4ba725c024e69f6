"""A run that is killed leaves nothing that could be taken for its report: what was there before is there, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.fixtures.reference import BackgroundServer, Options
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json
from runs.command import Call, running

# Longer than any test lasts: the run is waiting for this heartbeat when it is killed.
SLOW = Options(ping_interval=300_000)
# What stops a run for good in the middle of writing a file, and when half of the file is on the disk.
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
    """What a reader finds: hidden files, and pytest's cache, are nobody's reports."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


@pytest.fixture
def folder(call: Call, tmp_path: Path) -> Path:
    """A folder with the reports of an earlier run."""
    place = tmp_path / "place"
    place.mkdir()
    assert call(*EARLIER, folder=place).exit_code == 0
    return place


@pytest.fixture
def stopping(tmp_path: Path) -> dict[str, str]:
    """The environment of a run that stops with half a file written."""
    (tmp_path / "stops_midway.py").write_text(STOPS_MIDWAY, "utf-8")
    return {"PYTHONPATH": str(tmp_path)}


def test_while_it_judges_it_leaves_the_earlier_reports_as_they_were(folder: Path) -> None:
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


def test_without_an_earlier_one_it_leaves_nothing(tmp_path: Path) -> None:
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


def test_while_it_writes_it_leaves_the_earlier_document_whole(folder: Path, stopping: dict[str, str]) -> None:
    document = folder / "eiospec-report" / "report.json"
    before = read_json(document)
    with running("-p", "stops_midway", "-s", "--case", "HS-001", folder=folder, env=stopping) as run:
        run.until("half is written")
        run.kill()
    assert read_json(document) == before


def test_what_it_had_written_of_a_document_is_no_report(folder: Path, stopping: dict[str, str]) -> None:
    with running("-p", "stops_midway", "-s", "--case", "HS-001", folder=folder, env=stopping) as run:
        run.until("half is written")
        run.kill()
    (draft,) = (folder / "eiospec-report").glob(".*.part")
    with pytest.raises(ReportError, match="is not a complete report"):
        read_json(draft)
