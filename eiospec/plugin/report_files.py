"""The report files of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.reports.model import Document, save


def allure_folder(config: pytest.Config) -> list[str]:
    """Return the folder to which the allure plugin writes, if there is one."""
    folder = config.getoption("allure_report_dir", None)
    return [str(folder)] if folder else []


def write_reports(made: Document, folder: Path | None, junit: Path | None) -> list[str]:
    """Write the reports of a document; return their paths, the one to open first. Raise `ReportError`."""
    # Imported here, so that a run without a report does not import jinja2.
    written: list[Path] = []
    if folder is not None:
        from eiospec.reports.badge import write_badges
        from eiospec.reports.html import write_html
        from eiospec.reports.markdown import write_markdown

        written += [
            write_html([made], folder / "report.html"),
            save(made, folder / "report.json"),
            write_markdown(made, folder / "summary.md"),
            *write_badges(made, folder),
        ]
    if junit is not None:
        from eiospec.reports.junit import write_junit

        written.append(write_junit(made, junit))
    return list(map(str, written))
