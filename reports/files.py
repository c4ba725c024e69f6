"""How a report gets to the disk: whole or not at all.

A report is written beside its place and then moved there, so that a reader never sees half of one and an
interrupted run never destroys the last good one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class ReportError(Exception):
    """A report could not be written or read; the message says what to do about it."""


def write_text(path: str | Path, text: str) -> Path:
    """Write `text` as UTF-8, making missing folders. Raises `ReportError` when that is impossible."""
    return write_pieces(path, (text,))


def write_pieces(path: str | Path, pieces: Iterable[str]) -> Path:
    """The same of a text that comes in pieces, which are never in memory all at once."""
    place = Path(path)
    # Not `tempfile`: its files are private to the user, a report is to have the permissions of any file.
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            # "backslashreplace": a lone surrogate that slipped through must not cost the user the report.
            with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(pieces)
            os.replace(draft, place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(
            f"cannot write the report {place}: {error.strerror or error}. "
            "Name a file in a folder you may write to, or free the place."
        ) from error
    return place
