"""The `eiospec` command as a user runs it: another process, an empty folder, nothing of pytest's around it."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from published import schema_error

from eiospec.reports.model import Document, read_json

EIOSPEC = (sys.executable, "-m", "eiospec")
MEASURED = Path(__file__).with_name("measured.py")
MOST_SECONDS = 120.0
# What a command needs of its surroundings. Not PYTEST_ADDOPTS, FORCE_COLOR, COLUMNS or a proxy.
KEPT_OF_THE_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
# The tests' own plugin, which takes a sixth of a short run and is no user's.
WITHOUT_HYPOTHESIS = {"PYTEST_ADDOPTS": "-p no:hypothesispytest"}


@dataclass(frozen=True)
class Finished:
    """A run that has ended, and what it left in its folder. `seconds` are of the process, start to end, `cpu_seconds`
    those it computed, its children included."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path
    seconds: float
    peak_octets: int
    cpu_seconds: float

    @property
    def output(self) -> str:
        """All that a terminal would have shown."""
        return self.stdout + self.stderr

    @cached_property
    def report(self) -> Document:
        """The JSON report, proven whole and of the published shape."""
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
        """Where `--junitxml junit.xml` has put it."""
        return self.folder / "junit.xml"

    @cached_property
    def junit(self) -> list[ElementTree.Element]:
        """The test cases of the JUnit file."""
        return list(ElementTree.parse(self.junit_xml).getroot().iter("testcase"))

    @property
    def left_behind(self) -> set[str]:
        """The names in the folder."""
        return {path.name for path in self.folder.iterdir()}

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """Requirement ids with their verdicts."""
        return {entry["id"]: entry["verdict"] for entry in self.report["requirements"]}

    @cached_property
    def judgements(self) -> dict[str, str]:
        """Pytest's node ids with the verdict of each case."""
        return {
            judgement["node"]: judgement["verdict"]
            for entry in self.report["requirements"]
            for judgement in entry["judgements"]
        }

    def ids(self, verdict: str) -> set[str]:
        """The requirements with this verdict."""
        return {id for id, found in self.verdicts.items() if found == verdict}

    def detected(self, capability: str) -> Document:
        """What was found out about a capability."""
        (found,) = (entry for entry in self.report["detections"] if entry["capability"] == capability)
        return dict(found)


class Running:
    """A run under way. `lines` are those of its standard output, as they come."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, costs: Path, errors: Path) -> None:
        self._process, self._folder, self._costs, self._errors = process, folder, costs, errors
        self._said: list[str] = []

    def until(self, text: str) -> None:
        """Wait until it has written this."""
        said = ""
        assert self._process.stdout is not None
        while text not in said:
            character = self._process.stdout.read(1)
            assert character, f"the run ended without writing {text!r}: {said}"
            said += character
        self._said.append(said)

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        os.killpg(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it and its children, if they are still there."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def finish(self, within: float = MOST_SECONDS) -> Finished:
        """Wait for its end; raises subprocess.TimeoutExpired when that takes longer than `within` seconds."""
        rest, _ = self._process.communicate(timeout=within)
        costs = json.loads(self._costs.read_bytes())
        return Finished(
            self._process.returncode,
            "".join((*self._said, rest)),
            self._errors.read_text("utf-8"),
            self._folder,
            **costs,
        )


@contextmanager
def running(
    *arguments: str, folder: Path, env: Mapping[str, str] | None = None, command: Sequence[str] = EIOSPEC
) -> Iterator[Running]:
    """The command under way in this folder; killed if it still is when the block ends."""
    costs, errors = folder.with_name(folder.name + ".costs"), folder.with_name(folder.name + ".stderr")
    kept = {name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ}
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(MEASURED), str(costs), *command, *arguments],
            cwd=folder,
            env={**kept, **WITHOUT_HYPOTHESIS, **(env or {})},
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
    """The command from its start to its end."""
    with running(*arguments, folder=folder, env=env, command=command) as run:
        return run.finish(within)


def made_once(folder: Path, name: str, make: Callable[[], Finished]) -> Finished:
    """The run of that name: made by whichever process comes first, the others of this folder wait and read."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{name}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
    return _restored(kept)


@lru_cache(maxsize=8)
def _restored(kept: Path) -> Finished:
    """A run that was made; the tests that look at it one after the other read its documents once."""
    found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Finished)
    return found


class Run(Protocol):
    """`eiospec`, in an empty folder of its own unless one is given."""

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
