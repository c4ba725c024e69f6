"""`eiospec`: pytest on the installed suites, from any folder; and the commands beside it, like `eiospec probe`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

import eiospec
from eiospec.fixtures.target.contract import CONTRACT
from eiospec.reports.escapes import visible

# The exit code of a mistake.
USAGE = int(pytest.ExitCode.USAGE_ERROR)
# Where the `main` of each command beside a run stands. It is given the arguments and returns the exit code.
COMMANDS = {
    "baseline": "eiospec.plugin.baselines",
    "compare": "eiospec.plugin.comparing",
    "matrix": "eiospec.matrix.command",
    "probe": "eiospec.plugin.probing",
    "prove": "eiospec.proof.prove",
    "report": "eiospec.plugin.reporting",
}


def main() -> int:
    """Run the installed suites, or a command beside them; returns the exit code."""
    name, arguments = "".join(sys.argv[1:2]), sys.argv[2:]
    if name == "contract":
        print(CONTRACT.read_text("utf-8"), end="")
        return 0
    if name in COMMANDS:
        # Imported here: a run does not wait for what it does not need.
        return int(import_module(COMMANDS[name]).main(arguments))
    code = judge(sys.argv[1:])
    if code == USAGE:
        from eiospec.plugin.hints import hint

        if meant := hint(sys.argv[1:], (*COMMANDS, "contract")):
            print(f"eiospec: {visible(meant)}", file=sys.stderr)
    return code


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
