"""`eiospec`: pytest on the installed suites, from any folder; and the commands beside it, like `eiospec probe`."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import pytest

import eiospec
from eiospec.reports.escapes import visible
from eiospec.target.contract import CONTRACT

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
WHAT_THEY_DO = {
    "probe": "write a first profile of a server, with the evidence",
    "baseline": "bring a file of known deviations up to date",
    "report": "make one page of stored reports",
    "compare": "what regressed from one report to another",
    "contract": "print the contract, for conformance apps",
    "matrix": "judge the real servers of the checkout, one beside the other",
    "prove": "run the suites against every fault of the catalogue",
}
# Plugins that have nothing to do in a run of the suites, where no check is asynchronous, logs, warns or is generated:
# a tenth of its time.
IDLE = (
    *("anyio", "asyncio", "doctest", "hypothesispytest", "legacypath", "logging", "recwarn"),
    *("subtests", "threadexception", "unittest", "unraisableexception", "warnings"),
)
# Those that take long to import, each with how the options begin that ask for it.
_WORKERS = ("-n", "--numprocesses", "--maxprocesses", "--dist", "--tx", "-d", "-f", "--looponfail")
ON_DEMAND = {
    "allure_pytest": ("--allure", "--clean-allure", "--inversion"),
    "xdist": _WORKERS,
    "xdist.looponfail": _WORKERS,
}


class _WhileRead(io.FileIO):
    """A stream whose reader may leave when it has seen enough (`eiospec --list | head`): the exit code stays what it is.

    So it does where nothing more can be written, as on a full disk, which is said once.
    """

    _told = False

    def write(self, octets: Any, /) -> int:
        try:
            return super().write(octets)
        except BrokenPipeError:
            return len(octets)
        except OSError as error:
            if not self._told and sys.stderr is not None:
                print(f"eiospec: standard output cannot be written: {error.strerror}", file=sys.stderr)
            self._told = True
            return len(octets)


def _patient(stream: TextIO) -> TextIO:
    """The same stream, to which nobody need listen to the end."""
    return io.TextIOWrapper(
        io.BufferedWriter(_WhileRead(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )


def main() -> int:
    """Run the installed suites, or a command beside them; returns the exit code."""
    if sys.stdout is not None:  # closed with `>&-`
        sys.stdout = _patient(sys.stdout)
    name, arguments = "".join(sys.argv[1:2]), sys.argv[2:]
    if name == "contract":
        print(CONTRACT.read_text("utf-8"), end="")
        return 0
    if name in COMMANDS:
        # Imported here: a run does not wait for what it does not need.
        return int(import_module(COMMANDS[name]).main(arguments))
    if {"-h", "--help"} & {*sys.argv[1:]}:
        print(words().help_text(WHAT_THEY_DO), end="")
        return 0
    code = judge(sys.argv[1:])
    if code == USAGE and (meant := words().hint(sys.argv[1:], WHAT_THEY_DO)):
        print(f"eiospec: {visible(meant)}", file=sys.stderr)
    return code


def words() -> ModuleType:
    """The module that explains the command line, imported when it is asked for."""
    return import_module("eiospec.plugin.words")


def idle(arguments: Sequence[str]) -> tuple[str, ...]:
    """The plugins that a run with these arguments does not need."""
    given = [*arguments, *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
    unasked = (
        name for name, options in ON_DEMAND.items() if not any(one.startswith(options) for one in given)
    )
    return (*IDLE, *unasked)


def without(plugins: Sequence[str]) -> tuple[str, ...]:
    """The options that keep pytest from loading these."""
    return tuple(word for name in plugins for word in ("-p", f"no:{name}"))


def judge(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the installed suites with pytest; returns its exit code."""
    home = Path(eiospec.__file__).resolve().parent
    cache = Path.cwd() / ".pytest_cache"
    return int(
        pytest.main(
            [
                "-p",
                "eiospec.plugin.hooks",
                "--rootdir",
                str(home),
                "-c",
                str(home / "pytest.ini"),
                "-o",
                f"cache_dir={cache}",
                *without(idle(arguments)),
                # No check prints, and descriptors need not be put aside and back three times a check.
                "--capture=sys",
                str(home / "suites"),
                *arguments,
            ],
            plugins,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
