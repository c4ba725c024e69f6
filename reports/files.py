"""Write reports atomically.

A report is written to a temporary file in the same folder and then renamed, so that readers never see half a
report and an interrupted run keeps the previous one. Devices, pipes and the files behind links are written to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class ReportError(Exception):
    """A report could not be read or written; the message says what to do."""


def write_text(path: str | Path, text: str) -> Path:
    """Write `text` as UTF-8 and create missing folders. Raises `ReportError`."""
    return write_pieces(path, (text,))


def write_pieces(path: str | Path, pieces: Iterable[str]) -> Path:
    """Like `write_text`, for a text in pieces that need not fit into memory at once."""
    place = Path(path)
    if _is_special(place):
        return _written_to(place, pieces)
    with suppress(OSError, RuntimeError):
        place = place.resolve() if place.is_symlink() else place  # a link stays a link
    # Not `tempfile`, whose files are readable by their owner only.
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            # "backslashreplace": an unescaped lone surrogate must not prevent the report.
            with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(pieces)
            os.replace(draft, place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(place, error) from error
    return Path(path)


def _is_special(place: Path) -> bool:
    """Return whether a path names a device, a pipe, a socket or an open file, which must not be replaced."""
    if place.is_absolute() and place.parts[1:2] in (("dev",), ("proc",)) and "shm" not in place.parts:
        return place.exists()
    try:
        mode = place.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _written_to(place: Path, pieces: Iterable[str]) -> Path:
    """Write to a device, a pipe or an open file (/dev/stdout)."""
    try:
        # Not blocking: a pipe that nothing reads from is an error. Appending: an open file keeps what it has.
        descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.set_blocking(descriptor, True)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise _unwritten(place, error) from error
    return place


def _unwritten(place: Path, error: OSError) -> ReportError:
    return ReportError(
        f"cannot write the report {place}: {error.strerror or error}. "
        "Choose a path in a writable folder, or remove what is in the way."
    )
