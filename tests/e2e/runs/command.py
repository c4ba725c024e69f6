"""Run the `eiospec` command: in its own process as a user does, or in this process where that is cheaper.

`eiospec` starts a process in a folder, with a clean environment, and measures what it costs. `called` calls the
command's main function: it is for tests that look at exit codes, messages and verdicts, and saves starting Python.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol
from unittest import mock

from published import schema_error

from eiospec.cli import main
from eiospec.reports.model import Document, read_json

EIOSPEC = (sys.executable, "-m", "eiospec")
MEASURED = Path(__file__).with_name("measured.py")
MOST_SECONDS = 120.0
# The variables that a command needs. Not PYTEST_ADDOPTS, FORCE_COLOR, COLUMNS or a proxy.
KEPT_OF_THE_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
# Options that make a run cheaper: no plugin that users do not have, and few concurrent handshakes, which are too few
# to judge the entropy of session ids.
CHEAPER = "-p no:hypothesispytest --crowd 8"
# The environment of a run that is not made cheaper.
AS_USERS_RUN = {"PYTEST_ADDOPTS": ""}


@dataclass(frozen=True)
class Finished:
    """A run that has ended, and what it left in its folder.

    `seconds` are of the process, from start to end; `cpu_seconds` include those of its children. Both, and
    `peak_octets`, are 0 for a command called in this process.
    """

    exit_code: int
    stdout: str
    stderr: str
    folder: Path
    seconds: float = 0.0
    peak_octets: int = 0
    cpu_seconds: float = 0.0

    @property
    def output(self) -> str:
        """Return what a terminal would have shown."""
        return self.stdout + self.stderr

    @cached_property
    def report(self) -> Document:
        """Return the JSON report, checked against its seal and the published schema."""
        made = read_json(self.folder / "eiospec-report" / "report.json")
        assert not schema_error(made)
        return made

    @cached_property
    def html(self) -> str:
        return (self.folder / "eiospec-report" / "report.html").read_text("utf-8")

    @cached_property
    def markdown(self) -> str:
        return (self.folder / "eiospec-report" / "summary.md").read_text("utf-8")

    @property
    def junit_xml(self) -> Path:
        """Return the path of the file that `--junitxml junit.xml` writes."""
        return self.folder / "junit.xml"

    @cached_property
    def junit(self) -> list[ElementTree.Element]:
        """Return the test cases of the JUnit file."""
        return list(ElementTree.parse(self.junit_xml).getroot().iter("testcase"))

    @property
    def left_behind(self) -> set[str]:
        """Return the names in the folder."""
        return {path.name for path in self.folder.iterdir()}

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict of each requirement, by id."""
        return {entry["id"]: entry["verdict"] for entry in self.report["requirements"]}

    @cached_property
    def judgements(self) -> dict[str, str]:
        """Return the verdict of each case, by pytest's node id."""
        return {
            judgement["node"]: judgement["verdict"]
            for entry in self.report["requirements"]
            for judgement in entry["judgements"]
        }

    def ids(self, verdict: str) -> set[str]:
        """Return the requirements with this verdict."""
        return {id for id, found in self.verdicts.items() if found == verdict}

    def detected(self, capability: str) -> Document:
        """Return what the run detected of a capability."""
        (found,) = (entry for entry in self.report["detections"] if entry["capability"] == capability)
        return dict(found)


class Running:
    """A run that has not ended yet."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, costs: Path, errors: Path) -> None:
        self._process, self._folder, self._costs, self._errors = process, folder, costs, errors
        self._read: list[str] = []

    def until(self, text: str) -> None:
        """Wait until it has written this text to its standard output."""
        read = ""
        assert self._process.stdout is not None
        while text not in read:
            character = self._process.stdout.read(1)
            assert character, f"the run ended without writing {text!r}: {read}"
            read += character
        self._read.append(read)

    def interrupt(self) -> None:
        """Interrupt it as Ctrl-C does."""
        os.killpg(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill it and its children if they are still running."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def finish(self, within: float = MOST_SECONDS) -> Finished:
        """Wait for its end; raise subprocess.TimeoutExpired after `within` seconds."""
        rest, _ = self._process.communicate(timeout=within)
        costs = json.loads(self._costs.read_bytes())
        return Finished(
            self._process.returncode,
            "".join((*self._read, rest)),
            self._errors.read_text("utf-8"),
            self._folder,
            **costs,
        )


def environment(arguments: Sequence[str], added: Mapping[str, str] | None) -> dict[str, str]:
    """Return the environment of a command: what it needs of ours, and variables that are added.

    A replay takes no options of its run, so it is not made cheaper.
    """
    kept = {name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ}
    cheaper = {} if "--replay" in arguments else {"PYTEST_ADDOPTS": CHEAPER}
    return {**kept, **cheaper, **(added or {})}


@contextmanager
def running(
    *arguments: str, folder: Path, env: Mapping[str, str] | None = None, command: Sequence[str] = EIOSPEC
) -> Iterator[Running]:
    """Start the command in this folder, and kill it if it is still running when the block ends."""
    costs, errors = folder.with_name(folder.name + ".costs"), folder.with_name(folder.name + ".stderr")
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(MEASURED), str(costs), *command, *arguments],
            cwd=folder,
            env=environment(arguments, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            start_new_session=True,
        )
    run = Running(process, folder, costs, errors)
    try:
        yield run
    finally:
        run.kill()


def eiospec(
    *arguments: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    command: Sequence[str] = EIOSPEC,
    within: float = MOST_SECONDS,
) -> Finished:
    """Run the command in its own process."""
    with running(*arguments, folder=folder, env=env, command=command) as run:
        return run.finish(within)


def called(*arguments: str, folder: Path, env: Mapping[str, str] | None = None) -> Finished:
    """Run the command in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        mock.patch.dict(os.environ, environment(arguments, env), clear=True),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        try:
            exit_code = main(arguments)
        except SystemExit as end:  # argparse ends so
            exit_code = end.code if isinstance(end.code, int) else 1
    return Finished(exit_code, stdout.getvalue(), stderr.getvalue(), folder)


def made_once(folder: Path, name: str, make: Callable[[], Finished]) -> Finished:
    """Return the run of this name: the first process makes it, the others of this folder wait and read it."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{name}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
    return _restored(kept)


@lru_cache(maxsize=8)
def _restored(kept: Path) -> Finished:
    """Return a run that was made; cached, so that tests that follow each other read its documents once."""
    found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Finished)
    return found


class Call(Protocol):
    """`called`, in an empty folder unless one is given."""

    def __call__(
        self, *arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Finished: ...


class Run(Protocol):
    """`eiospec`, in an empty folder unless one is given."""

    def __call__(
        self,
        *arguments: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = EIOSPEC,
        within: float = MOST_SECONDS,
    ) -> Finished: ...


# `made_once` in the folder that the processes of one pytest run share: Once(name, make).
Once = Callable[[str, Callable[[], Finished]], Finished]
