"""Run the `eiospec` command at a terminal of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

from runs.command import environment


def at_a_terminal(
    folder: Path,
    *arguments: str,
    columns: int = 80,
    env: Mapping[str, str] | None = None,
    exit_code: int = 0,
) -> str:
    """Return all that the command writes to a terminal; fail unless it ends with the exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "eiospec", "--no-report", *arguments],
        cwd=folder,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env=environment(arguments, {"TERM": "xterm", **(env or {})}),
    )
    os.close(theirs)
    octets = b""
    try:
        while chunk := os.read(ours, 65536):
            octets += chunk
    except OSError:  # Linux: the other end is closed
        pass
    finally:
        os.close(ours)
    shown = octets.decode("utf-8")
    assert process.wait(10) == exit_code, shown
    return shown
