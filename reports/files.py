"""Write reports atomically.

A report is written to a temporary file in the same folder and then renamed, so that readers never see half a
report and an interrupted run keeps the previous one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class ReportError(Exception):
    """A report could not be read or written; the message says what to do."""


def write_text(path: str | Path, text: str) -> Path:
    """Write `text` as UTF-8 and create missing folders. Raises `ReportError`."""
    return write_pieces(path, (text,))


def write_pieces(path: str | Path, pieces: Iterable[str]) -> Path:
    """Like `write_text`, for a text in pieces that need not fit into memory at once."""
    place = Path(path)
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
        raise ReportError(
            f"cannot write the report {place}: {error.strerror or error}. "
            "Choose a path in a writable folder, or remove what is in the way."
        ) from error
    return place
