"""Standard output that may be closed early or cannot be written."""

from __future__ import annotations

import io
import sys
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


def tolerate_closed_stdout() -> None:
    """Replace sys.stdout, so that a failed write does not end the run.

    Catching BrokenPipeError in `main` would not do: raised inside pytest it makes the run an internal error.
    """
    stream = sys.stdout
    if stream is None:  # closed with `>&-`
        return
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:  # replaced by a caller in the same process
        return
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_TolerantFile(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )
