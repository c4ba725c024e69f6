"""The report files of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, save


def allure_folder(config: pytest.Config) -> list[str]:
    """Return the folder to which the allure plugin writes, if there is one."""
    folder = config.getoption("allure_report_dir", None)
    return [str(folder)] if folder else []


def write_reports(made: Document, folder: Path | None, junit: Path | None) -> tuple[list[str], list[str]]:
    """Write the reports of a document; return their paths, the one to open first, and a sentence per error.

    An error does not keep the other reports from being written.
    """
    # Imported here, so that a run without a report does not import jinja2.
    wanted: list[Callable[[], Iterable[Path]]] = []
    if folder is not None:
        from eiospec.reports.badge import write_badges
        from eiospec.reports.html import write_html
        from eiospec.reports.markdown import write_markdown

        wanted += [
            lambda: [write_html([made], folder / "report.html")],
            lambda: [save(made, folder / "report.json")],
            lambda: [write_markdown(made, folder / "summary.md")],
            lambda: write_badges(made, folder),
        ]
    if junit is not None:
        from eiospec.reports.junit import write_junit

        wanted.append(lambda: [write_junit(made, junit)])
    written: list[str] = []
    problems: list[str] = []
    for write in wanted:
        try:
            written += map(str, write())
        except ReportError as problem:
            problems.append(str(problem))
    return written, problems
