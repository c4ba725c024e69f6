"""`eiospec`: pytest on the installed suites, from any folder; and `eiospec probe`, `prove`, `matrix`, `contract`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import eiospec

COMMANDS = ("probe", "prove", "matrix", "contract")


def main() -> int:
    """Run the installed suites, or a command beside them; returns the exit code."""
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        return command(sys.argv[1], sys.argv[2:])
    return judge(sys.argv[1:])


def command(name: str, arguments: list[str]) -> int:
    """eiospec probe, prove, matrix and contract."""
    if name == "contract":
        from eiospec.fixtures.target.contract import CONTRACT

        print(CONTRACT.read_text("utf-8"), end="")
        return 0
    if name == "prove":
        from eiospec.proof.prove import main as prove

        return prove(arguments)
    if name == "matrix":
        from eiospec.matrix.command import main as matrix

        return matrix(arguments)
    from eiospec.plugin.probing import main as probe

    return probe(arguments)


def judge(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the installed suites with pytest; returns its exit code."""
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
                *arguments,
            ],
            plugins,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
