"""Standard output that may be closed early or cannot be written."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any


class _TolerantFile(io.FileIO):
    """Ignores EPIPE, so that `eiospec --list | head` keeps its exit code, and reports other write errors once."""

    _reported = False

    def write(self, octets: Any, /) -> int:
        try:
            return super().write(octets)
        except BrokenPipeError:
            return len(octets)
        except OSError as error:
            if not self._reported and sys.stderr is not None:
                print(f"eiospec: standard output cannot be written: {error.strerror}", file=sys.stderr)
            self._reported = True
            return len(octets)


def open_closed_streams() -> None:
    """Open the null device for each standard stream that is closed (`>&-`).

    Otherwise the next file or socket gets its descriptor, and what is printed ends up there.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                if not _is_open(descriptor):
                    os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def tolerate_closed_stdout() -> None:
    """Replace sys.stdout, so that a failed write does not end the run.

    Catching BrokenPipeError in `main` would not do: raised inside pytest it makes the run an internal error.
    """
    stream = sys.stdout
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:  # replaced by a caller in the same process
        return
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_TolerantFile(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        # "strict" would make pytest escape line ends as well where the encoding lacks a character.
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=True,
    )
