"""What a row needs before it can start, built once and kept.

A build is up to date while the digest of its commands and of all it reads is the one noted at its end, and what
it makes is there. The note lies in the folder as `.built`, and its lock as `.building`: whoever comes second,
another row of the same folder or another process, waits and finds the work done.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from eiospec.matrix.rows import Build

NOTE, LOCK = ".built", ".building"
BUILD_TIMEOUT = 1800.0
"""Seconds one command of a build may take: a first Rust or Maven build on two busy cores takes minutes."""


class NotBuilt(Exception):
    """The row's programs are not there. The message is one sentence; the log, where one was written, says the rest."""


def missing_programs(build: Build) -> tuple[str, ...]:
    """The programs it needs that are not on the PATH."""
    return tuple(program for program in build.needs if shutil.which(program) is None)


def digest(build: Build) -> str:
    """Of the commands, and of the names and octets of everything they read."""
    found = hashlib.sha256("\0".join(build.commands).encode())
    for pattern in build.inputs:
        files = sorted(path for path in build.folder.glob(pattern) if path.is_file())
        if not files:
            raise NotBuilt(f"{pattern} is not in {build.folder.name}, though its build says it reads it")
        for path in files:
            found.update(f"\0{path.relative_to(build.folder)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def up_to_date(build: Build) -> bool:
    """Whether nothing is to be done."""
    if not build.commands:
        return True
    if not all((build.folder / name).exists() for name in build.makes):
        return False
    # An input that is missing is told when it is asked for, by the build.
    with suppress(FileNotFoundError, NotBuilt):
        return (build.folder / NOTE).read_text("utf-8") == digest(build)
    return False


def ensure_built(build: Build, log: Path) -> bool:
    """Build what is missing and write what the commands say to `log`; whether there was anything to do.

    Raises NotBuilt when a program is missing, or a command fails or takes longer than `BUILD_TIMEOUT` seconds.
    """
    missing = missing_programs(build)
    if missing:
        raise NotBuilt(
            f"{' and '.join(missing)} not found on the PATH: install {'it' if len(missing) == 1 else 'them'}"
        )
    if up_to_date(build):
        return False
    with (build.folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if up_to_date(build):
            return False
        read = digest(build)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            for command in build.commands:
                out.write(f"$ {command}\n".encode())
                out.flush()
                _run(command, build.folder, out.fileno())
        gone = [name for name in build.makes if not (build.folder / name).exists()]
        if gone:
            raise NotBuilt(f"{gone[0]} is not there after the build, though row.toml says it is made")
        # Of what was read before: an input that changed meanwhile asks for another build.
        (build.folder / NOTE).write_text(read, "utf-8")
    return True


def _run(command: str, folder: Path, output: int) -> None:
    arguments = shlex.split(command)
    try:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NotBuilt(f"`{command}` cannot be run: {error.strerror}") from None
    try:
        status = process.wait(BUILD_TIMEOUT)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise NotBuilt(f"`{command}` was still at it after {BUILD_TIMEOUT:g} s") from None
        raise
    if status != 0:
        raise NotBuilt(f"`{command}` failed with status {status}")
