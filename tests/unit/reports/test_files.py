"""Reports are written completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eiospec.reports.files import ReportError, write_text


def test_missing_folders_are_made(tmp_path: Path) -> None:
    assert write_text(tmp_path / "a" / "b" / "report.html", "text").read_text("utf-8") == "text"


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "report.html", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_an_older_report_is_replaced(tmp_path: Path) -> None:
    write_text(tmp_path / "report.html", "a longer text")
    assert write_text(tmp_path / "report.html", "text").read_text("utf-8") == "text"


def test_a_folder_that_is_a_file_is_a_report_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(ReportError, match="Choose a path in a writable folder"):
        write_text(tmp_path / "file" / "report.html", "text")


def test_a_folder_in_place_of_the_report_is_an_error_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ReportError, match=r"report\.html"):
        write_text(tmp_path / "report.html", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_lone_surrogate_does_not_prevent_the_report(tmp_path: Path) -> None:
    assert write_text(tmp_path / "report.md", "\ud800").read_text("utf-8") == "\\ud800"


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "text")
        assert os.read(reader, 100) == b"text"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_a_pipe_without_reader_is_an_error_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReportError, match="pipe"):
        write_text(tmp_path / "pipe", "text")


def test_a_device_is_written_to_and_stays() -> None:
    write_text("/dev/null", "text")
    assert Path("/dev/null").is_char_device()


def test_an_open_file_is_appended_to(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        log.write("before ")
        log.flush()
        write_text(f"/dev/fd/{log.fileno()}", "text")
    assert (tmp_path / "log").read_text("utf-8") == "before text"


def test_the_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("old", "utf-8")
    for name, behind in {"link": "real.html", "dangling": "new.html"}.items():
        (tmp_path / name).symlink_to(behind)
        write_text(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / behind).read_text("utf-8") == "new"
