"""Where GitHub Actions looks: annotations on standard output, and the step summary in the file it names.

Silent without GitHub's variables. The lines of a run stay commands of nobody: see `reports.escapes.inert`, which is why
commands need not be stopped (`::stop-commands::`) while a target's words are shown.
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
    """The workflow commands to be printed, lines and all; nothing elsewhere than on GitHub."""
    if environment.get(ACTIONS) != "true":
        return ""
    lines = workflow_commands(documents)
    return "\n".join([*lines, "", ""]) if lines else ""


def summarize(documents: Sequence[Document], environment: Mapping[str, str] = os.environ) -> list[str]:
    """Add to the step summary, if there is one; gives back why that was not possible, as sentences."""
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


def elsewhere(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a run on whose behalf another will speak to GitHub."""
    return {name: value for name, value in environment.items() if name not in (ACTIONS, STEP_SUMMARY)}
