"""Where the compiled templates of the page are kept: beside Python's own compiled files, under the same rules.

To compile them takes as long as to fill them in. Where Python may not write its own, none are kept.
"""

from __future__ import annotations

import os
import sys
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import FileSystemBytecodeCache


def compiled(templates: Path) -> FileSystemBytecodeCache | None:
    """The cache for the templates of a folder; None where nothing may be written."""
    if sys.dont_write_bytecode:
        return None
    folder = Path(cache_from_source(str(templates / "page.py"))).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None
