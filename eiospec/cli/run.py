"""Run the installed suites with pytest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import eiospec

# pytest plugins that do nothing for the suites; loading them takes a tenth of the time of a run.
UNUSED_PLUGINS = (
    *("anyio", "asyncio", "doctest", "hypothesispytest", "legacypath", "logging", "recwarn"),
    *("subtests", "threadexception", "unittest", "unraisableexception", "warnings"),
)

# Beginnings of the options that need pytest's cache.
READ_THE_CACHE = (
    "--lf",
    "--last-failed",
    "--ff",
    "--failed-first",
    "--nf",
    "--new-first",
    "--sw",
    "--stepwise",
    "--cache",
)


def judge(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the suites with these pytest arguments and return the exit code."""
    home = Path(eiospec.__file__).resolve().parent
    return int(
        pytest.main(
            [
                "-p",
                "eiospec.plugin",
                "--rootdir",
                str(home),
                "-c",
                str(home / "pytest.ini"),
                *_cache(arguments),
                *(word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")),
                # Checks do not print; capturing file descriptors would take longer.
                "--capture=sys",
                str(home / "suites"),
                *arguments,
            ],
            plugins,
        )
    )


def _cache(arguments: Sequence[str]) -> list[str]:
    """Return the options for pytest's cache: none where no file is wanted or possible, unless an option reads it."""
    folder = Path.cwd()
    reads_it = any(argument.startswith(READ_THE_CACHE) for argument in arguments)
    if not reads_it and ("--no-report" in arguments or not os.access(folder, os.W_OK)):
        return ["-p", "no:cacheprovider"]
    return ["-o", f"cache_dir={folder / '.pytest_cache'}"]
