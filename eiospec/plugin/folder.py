"""The reports of a run: one document, written for people and for programs, and where each of them goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.reports.model import Document, save

# Where --junitxml wants the file.
JUNIT: pytest.StashKey[Path | None] = pytest.StashKey()


def take_junit(config: pytest.Config) -> None:
    """Write the file of --junitxml ourselves: pytest's would know of tests only, not of what the run came to."""
    wanted = config.getoption("xmlpath", None)
    config.stash[JUNIT] = Path(wanted) if wanted else None
    config.option.xmlpath = None


def junit_path(config: pytest.Config) -> Path | None:
    """Where the JUnit file goes, None where none is wanted."""
    return config.stash.get(JUNIT, None)


def allure_folder(config: pytest.Config) -> list[str]:
    """Where allure's results are, which its own plugin writes."""
    folder = config.getoption("allure_report_dir", None)
    return [str(folder)] if folder else []


def write_reports(made: Document, folder: Path | None, xml: Path | None) -> list[str]:
    """Write the reports of a document; their paths, the one to open first. Raises `ReportError`."""
    # Imported here: a run that writes no report does not wait for the template engine.
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
    if xml is not None:
        from eiospec.reports.junit import write_junit

        written.append(write_junit(made, xml))
    return list(map(str, written))
