"""The command of this run once more with some options of ours; and, for a run that is repeated, in a process of its own:
what one run does to its process, its event loop or its target is nothing to the next.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from eiospec.plugin.github import elsewhere


def once_more(arguments: Sequence[str], *ours: str) -> list[str]:
    """The same arguments, but that it reports, and with our options: the last of two equal ones counts."""
    given = [argument for argument in arguments if argument != "--no-report"]
    end = given.index("--") if "--" in given else len(given)
    return [*given[:end], *ours, *given[end:]]


def command(arguments: Sequence[str], *ours: str) -> list[str]:
    """The same command, with those arguments."""
    # -P: the folder a user stands in is none to import from.
    return [sys.executable, "-P", "-m", "pytest", *once_more(arguments, *ours)]


def ended(arguments: Sequence[str], where: Path) -> int:
    """The exit code of a command, silent but for its errors. Interrupted with us, it still has a target to stop."""
    process = subprocess.Popen(
        arguments, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=elsewhere()
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()
