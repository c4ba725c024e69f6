"""GitHub Actions: annotations on standard output, and the step summary in the file that GitHub names.

Without GitHub's environment variables nothing is written. Text of a target cannot start a workflow command, because
every line goes through `reports.escapes.inert`; `::stop-commands::` is therefore not needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from eiospec.reports.annotations import step_summary, workflow_commands
from eiospec.reports.model import Document

ACTIONS = "GITHUB_ACTIONS"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def commands(documents: Sequence[Document], environment: Mapping[str, str] = os.environ) -> str:
    """Return the workflow commands to print; empty outside GitHub Actions."""
    if environment.get(ACTIONS) != "true":
        return ""
    lines = workflow_commands(documents)
    return "\n".join([*lines, "", ""]) if lines else ""


def summarize(documents: Sequence[Document], environment: Mapping[str, str] = os.environ) -> list[str]:
    """Append to the step summary, if there is one; return a sentence for each error."""
    place = environment.get(STEP_SUMMARY)
    if not place:
        return []
    path = Path(place)
    try:
        already = path.stat().st_size if path.exists() else 0
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(step_summary(documents, already))
    except OSError as error:
        return [f"{STEP_SUMMARY} {place}: cannot write there ({error.strerror or error})"]
    return []


def without_github(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment for a subprocess whose results the parent reports to GitHub."""
    return {name: value for name, value in environment.items() if name not in (ACTIONS, STEP_SUMMARY)}
