"""Reports are written completely or not at all."""

from __future__ import annotations

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
