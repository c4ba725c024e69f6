"""Run the installed suites with pytest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import eiospec

# pytest plugins that do nothing for the suites; loading them takes a tenth of the time of a run.
UNUSED_PLUGINS = (
    *("anyio", "asyncio", "doctest", "hypothesispytest", "legacypath", "logging", "recwarn"),
    *("subtests", "threadexception", "unittest", "unraisableexception", "warnings"),
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
                "-o",
                f"cache_dir={Path.cwd() / '.pytest_cache'}",
                *(word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")),
                # Checks do not print; capturing file descriptors would take longer.
                "--capture=sys",
                str(home / "suites"),
                *arguments,
            ],
            plugins,
        )
    )
