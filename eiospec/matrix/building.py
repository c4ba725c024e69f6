"""Build the programs of a row, and keep them.

A build is up to date while its outputs exist and the digest of its commands and inputs equals the one written to
`.built` when it finished. `.building` is the lock: rows that share a folder, and other processes, wait for the first
build and then find it up to date.
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
"""Timeout in seconds for one command of a build. A first Rust or Maven build takes minutes."""


class NotBuilt(Exception):
    """The build failed. The message is one sentence; details are in the log, if there is one."""


def missing_programs(build: Build) -> tuple[str, ...]:
    """Return the programs that the build needs and the PATH does not have."""
    return tuple(program for program in build.needs if shutil.which(program) is None)


def digest(build: Build) -> str:
    """Return a digest of the commands, and of the names and contents of all inputs."""
    found = hashlib.sha256("\0".join(build.commands).encode())
    for pattern in build.inputs:
        files = sorted(path for path in build.folder.glob(pattern) if path.is_file())
        if not files:
            raise NotBuilt(
                f"{pattern} matches no file in {build.folder.name}: correct build.inputs in row.toml"
            )
        for path in files:
            found.update(f"\0{path.relative_to(build.folder)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def up_to_date(build: Build) -> bool:
    """Return True when there is nothing to build."""
    if not build.commands:
        return True
    if not all((build.folder / name).exists() for name in build.makes):
        return False
    # The build itself reports a missing input.
    with suppress(FileNotFoundError, NotBuilt):
        return (build.folder / NOTE).read_text("utf-8") == digest(build)
    return False


def ensure_built(build: Build, log: Path) -> bool:
    """Build what is missing, with the output of the commands in `log`. Return False when nothing was to be done.

    Raise NotBuilt when a program is missing, or when a command fails or takes longer than `BUILD_TIMEOUT` seconds.
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
            raise NotBuilt(f"the build did not make {gone[0]}: correct build.makes in row.toml")
        # The digest from before the build: an input that changed meanwhile causes another build.
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
        raise NotBuilt(f"cannot run `{command}`: {error.strerror}") from None
    try:
        status = process.wait(BUILD_TIMEOUT)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise NotBuilt(f"`{command}` timed out after {BUILD_TIMEOUT:g} s") from None
        raise
    if status != 0:
        raise NotBuilt(f"`{command}` failed with status {status}")
