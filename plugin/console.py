"""`eiospec`: pytest on the installed suites, from any folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import eiospec


def main() -> int:
    """Run the installed suites with the arguments of the command line; returns pytest's exit code."""
    home = Path(eiospec.__file__).resolve().parent
    cache = Path.cwd() / ".pytest_cache"
    return int(
        pytest.main(
            [
                "--rootdir",
                str(home),
                "-c",
                str(home / "pytest.ini"),
                "-o",
                f"cache_dir={cache}",
                str(home / "suites"),
                *sys.argv[1:],
            ]
        )
    )


if __name__ == "__main__":
    sys.exit(main())
