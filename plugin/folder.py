"""The report folder: one document, written for people and for programs."""

from __future__ import annotations

from pathlib import Path

from eiospec.reports.model import Document, save


def write_reports(made: Document, folder: Path) -> list[str]:
    """Write the reports of a document; their paths, the one to open first. Raises `ReportError`."""
    # Imported here: a run that writes no report does not wait for the template engine.
    from eiospec.reports.badge import write_badges
    from eiospec.reports.html import write_html
    from eiospec.reports.markdown import write_markdown

    return [
        str(write_html([made], folder / "report.html")),
        str(save(made, folder / "report.json")),
        str(write_markdown(made, folder / "summary.md")),
        *map(str, write_badges(made, folder)),
    ]
