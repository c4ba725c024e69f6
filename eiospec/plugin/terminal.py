"""The terminal of a run: how much is said there, how wide it is, and who speaks.

pytest tells of tests: a file a line, a letter a test, and at the end how many tests passed. Of a target it says
nothing, so in a run that judges one it is told to be as quiet as with -qq, and what a reader sees is ours. With -v
pytest's own lines are shown, and ours come after them.
"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

VERBOSE, USUAL, QUIET, TERSE = 1, 0, -1, -2
# Columns where the terminal says nothing of its width, and where lines grow too long to read.
UNKNOWN_WIDTH, WIDEST = 100, 110
# What the user asked for, before pytest was hushed.
ASKED: pytest.StashKey[int] = pytest.StashKey()


def hush(config: pytest.Config) -> None:
    """Let pytest's own reporter say nothing but what went wrong with pytest; not with -v."""
    config.stash[ASKED] = asked = config.get_verbosity()
    if asked < VERBOSE:
        config.option.verbose = min(asked, TERSE)
    # Our summary says what failed and why; pytest's own would repeat it with tracebacks.
    config.option.tbstyle = "no"
    if config.option.reportchars == "fE":
        config.option.reportchars = ""


def loudness(config: pytest.Config) -> int:
    """How loud a run was asked to be: 1 and more with -v, 0 as a rule, -1 and less with -q."""
    return config.stash.get(ASKED, config.get_verbosity())


def counts_alone(config: pytest.Config) -> bool:
    """True when the checks are counted, not told one by one."""
    return config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES) < VERBOSE


def is_heard(config: pytest.Config) -> bool:
    """True when there is a terminal, or a file in its place, and something to be said there: not with -qqq."""
    return _reporter(config) is not None and loudness(config) >= TERSE


def say(config: pytest.Config, text: str) -> None:
    """Write text, which ends with its line, and colours itself."""
    if is_heard(config):
        _reporter(config).write(text, flush=True)


def width() -> int:
    """Columns for our text."""
    return min(shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns, WIDEST)


def coloured(config: pytest.Config) -> bool:
    """True on a terminal, as pytest finds out: NO_COLOR, FORCE_COLOR and --color are obeyed."""
    return bool(getattr(_reporter(config), "hasmarkup", False))


def _reporter(config: pytest.Config) -> Any:
    return config.pluginmanager.get_plugin("terminalreporter")
