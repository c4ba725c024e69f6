"""Freeze the requirements as they are now: `python tests/freeze.py 2026.2`, once for each release.

Write suites/releases/2026.2.json, which is committed with the release and never edited again.
"""

from __future__ import annotations

import sys

from eiospec.plugin.catalogue import entries
from eiospec.plugin.releases import FOLDER, NAME, frozen, names


def main(arguments: list[str]) -> int:
    """Write the set and return 0; return 1 when it cannot be written."""
    if len(arguments) != 1 or not NAME.fullmatch(arguments[0]):
        print("name the set after its year and number: python tests/freeze.py 2026.2", file=sys.stderr)
        return 1
    (name,) = arguments
    if name in names():
        print(f"{name} is already frozen: choose another name", file=sys.stderr)
        return 1
    file = FOLDER / f"{name}.json"
    file.write_text(frozen(name, (entry.requirement for entry in entries())), "utf-8")
    print(f"{len(entries())} requirements: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
