"""One row judged: a process of its own, a port of its own, a folder of its own for what it leaves.

The process is `eiospec --serve START --target URL --profile …`, so a row is started, revived and stopped with
its children as any user's server is, and what it does cannot touch the next. A row ends in one of three ways:
judged, with its document; not built; or not judged, because it did not start, was lost, or the suite failed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from eiospec.matrix.building import NotBuilt, ensure_built
from eiospec.matrix.rows import Row
from eiospec.plugin.github import without_github
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, read_json
from eiospec.reports.outcome import exit_meaning

HOST = "127.0.0.1"
JUDGE_TIMEOUT = 600.0
"""Seconds a row may take to be judged; most take ten."""
LEAVE_TIMEOUT = 15.0
"""Seconds an interrupted run gets to stop its server."""
CONFORMS, DOES_NOT = 0, 1
LAST_LINES = 10
"""Lines of a log that are quoted."""


class State(StrEnum):
    """How far a row came."""

    JUDGED = "judged"
    NOT_BUILT = "not built"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row. `reason` and `log` say why it was not judged, `exit_code` is that of its run."""

    row: Row
    state: State
    seconds: float
    exit_code: int | None = None
    document: Document | None = None
    reason: str = ""
    log: Path | None = None

    @property
    def conforms(self) -> bool:
        return self.exit_code == CONFORMS


def free_port() -> int:
    """A port nobody listens on. Linux hands it out again last, so there is time to use it."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def last_lines(log: Path) -> str:
    """The end of a log, to be quoted; what it holds is as hostile as the server that wrote it."""
    with suppress(OSError):
        return "\n".join(log.read_text("utf-8", "backslashreplace").splitlines()[-LAST_LINES:])
    return ""


def build_log(out: Path, row: Row) -> Path:
    """Rows of one folder share their build, and so its log."""
    return out / "builds" / f"{row.build.folder.name}.log"


def built(row: Row, out: Path) -> Result | None:
    """Nothing when the row's programs are there, else what is to be said of it."""
    begun, log = time.monotonic(), build_log(out, row)
    try:
        ensure_built(row.build, log)
    except NotBuilt as error:
        return Result(
            row,
            State.NOT_BUILT,
            time.monotonic() - begun,
            reason=str(error),
            log=log if log.exists() else None,
        )
    return None


def judge(row: Row, out: Path, arguments: tuple[str, ...] = ()) -> Result:
    """Start the row, judge it with its profile and these arguments more, stop it; its report is `out/<name>`."""
    folder, begun = out / row.name, time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "run.log"
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    code = _run(row, folder, log, arguments)
    seconds = time.monotonic() - begun
    if code in (CONFORMS, DOES_NOT):
        try:
            return Result(row, State.JUDGED, seconds, code, read_json(report), log=log)
        except ReportError as error:
            return Result(row, State.NOT_JUDGED, seconds, code, reason=str(error), log=log)
    why = "its run took too long" if code is None else exit_meaning(code)
    return Result(row, State.NOT_JUDGED, seconds, code, reason=why, log=log)


def _run(row: Row, folder: Path, log: Path, arguments: tuple[str, ...]) -> int | None:
    """The exit code of the row's run, None when it took too long."""
    # As seen from where the command runs: what the report tells to reproduce is the same on every machine.
    profile = os.path.relpath(row.profile, row.build.folder) if row.profile.exists() else ""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "eiospec", "-q"),
                *("--serve", row.start),
                *("--target", f"http://{HOST}:{free_port()}{row.path}"),
                *(("--profile", profile) if profile else ()),
                *("--report", str(folder)),
                # What pytest remembers of a run is not left among the servers.
                *("-o", f"cache_dir={folder / '.pytest_cache'}"),
                *arguments,
            ],
            cwd=row.build.folder,
            # Not what the caller told another pytest.
            env={name: value for name, value in without_github().items() if not name.startswith("PYTEST_")},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(JUDGE_TIMEOUT)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it stop its server, as on Ctrl-C; then it has to go."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(LEAVE_TIMEOUT)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
