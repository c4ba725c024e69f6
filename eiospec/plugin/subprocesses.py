"""Run pytest again, in its own process, with the arguments of this session and some more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from eiospec.plugin.exit_codes import INTERRUPTED
from eiospec.plugin.github import without_github
from eiospec.plugin.termination import RUNNING


def command(arguments: Sequence[str], *ours: str) -> list[str]:
    """Return the command line with the original arguments without `--no-report`, followed by ours.

    The last occurrence of an option wins.
    """
    given = [argument for argument in arguments if argument != "--no-report"]
    end = given.index("--") if "--" in given else len(given)
    # -P: do not import from the current folder.
    return [sys.executable, "-P", "-m", "pytest", *given[:end], *ours, *given[end:]]


def run(command: Sequence[str], folder: Path) -> int:
    """Run a command and return its exit code, 2 when it was interrupted. Only its errors are printed.

    Ctrl-C interrupts the command as well: wait until it has stopped its target.
    """
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=without_github()
    )
    RUNNING.add(process)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return INTERRUPTED
    finally:
        RUNNING.discard(process)
