"""Judge one row in its own process, on its own port, with its own folder for the reports.

The process is `eiospec --serve START --target URL --profile …`, so a row is started, restarted and stopped like any
user's server. The result is one of: judged, with the report; not built; not judged, because the server did not start
or was lost, or because the suite failed.
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
"""Timeout in seconds for judging one row. Most rows take about ten seconds."""
LEAVE_TIMEOUT = 15.0
"""Seconds that an interrupted run has to stop its server."""
CONFORMS, DOES_NOT = 0, 1
LAST_LINES = 10
"""Lines of a log that are printed."""


class State(StrEnum):
    """How far a row got."""

    JUDGED = "judged"
    NOT_BUILT = "not built"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a row. `reason` and `log` explain why it was not judged; `exit_code` is that of its run."""

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
    """Return an unused port. Linux does not hand it out again soon, so there is time to use it."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def last_lines(log: Path) -> str:
    """Return the end of a log. The text is as hostile as the server that wrote it: escape it before printing."""
    with suppress(OSError):
        return "\n".join(log.read_text("utf-8", "backslashreplace").splitlines()[-LAST_LINES:])
    return ""


def build_log(out: Path, row: Row) -> Path:
    """Return the build log of a row. Rows that share a folder share the build and its log."""
    return out / "builds" / f"{row.build.folder.name}.log"


def built(row: Row, out: Path) -> Result | None:
    """Build the row if needed. Return None on success, otherwise the result to report."""
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
    """Start the row, judge it with its profile and these additional arguments, and stop it.

    The reports are written to `out/<name>`.
    """
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
    why = f"its run timed out after {JUDGE_TIMEOUT:g} s" if code is None else exit_meaning(code)
    return Result(row, State.NOT_JUDGED, seconds, code, reason=why, log=log)


def _run(row: Row, folder: Path, log: Path, arguments: tuple[str, ...]) -> int | None:
    """Return the exit code of the row's run, None on timeout."""
    # Relative to the working directory, so that reproduce lines are the same on every machine.
    profile = os.path.relpath(row.profile, row.build.folder) if row.profile.exists() else ""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "eiospec", "-q"),
                *("--serve", row.start),
                *("--target", f"http://{HOST}:{free_port()}{row.path}"),
                *(("--profile", profile) if profile else ()),
                *("--report", str(folder)),
                # Keep the cache of pytest out of the folders of the servers.
                *("-o", f"cache_dir={folder / '.pytest_cache'}"),
                *arguments,
            ],
            cwd=row.build.folder,
            # Options for the pytest that called us are not for this run.
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
    """Interrupt the run so that it stops its server; kill it after `LEAVE_TIMEOUT`."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(LEAVE_TIMEOUT)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
