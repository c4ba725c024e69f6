"""Imported by the process that the proof's runs are forked from: collects suites and faults once, so that no run has to.

Collecting imports every check with its assertions rewritten, which costs more than most runs. What httpcore imports
with the first exchange is imported as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import os

from eiospec.cli.run import judge
from eiospec.fixtures.faults import catalogue
from eiospec.wire.http import prepare

catalogue()
asyncio.run(prepare())

with open(os.devnull, "w", encoding="utf-8") as silence, contextlib.redirect_stdout(silence):
    judge(["--collect-only", "-qqq", "-p", "no:cacheprovider"])
