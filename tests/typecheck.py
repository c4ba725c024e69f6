"""mypy --strict over everything that is Python here: `python tests/typecheck.py [mypy options]`.

The top of the checkout is the package `eiospec` itself, under whatever name it was checked out. mypy knows a
package by its folder's name only, so it is shown a folder that holds one symbolic link of that name. Two
runs, as mypy takes packages or files: the package, then the tests and target apps, which stand outside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = (ROOT / "tests", ROOT / "fixtures" / "servers" / "python")
# In the cache: it is ignored by git, skipped by mypy's search, and the same next time, so the cache holds.
PACKAGES = ROOT / ".mypy_cache" / "packages"


def main(options: list[str]) -> int:
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (PACKAGES / "eiospec").symlink_to(Path("..", ".."), target_is_directory=True)
    mypy = [sys.executable, "-m", "mypy", "--strict", *options]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, (PACKAGES, *OUTSIDE)))}
    # Folders of tests are no packages and share file names (conftest.py): each is named from its base.
    outside = ["--namespace-packages", "--explicit-package-bases", *map(str, OUTSIDE)]
    runs = (["--package", "eiospec"], outside)
    # Both run, whatever the first says: one round of corrections, not two.
    statuses = [
        subprocess.run([*mypy, *what], cwd=ROOT, env=environment, check=False).returncode for what in runs
    ]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
