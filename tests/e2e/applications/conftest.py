"""Fixtures of the tests of applications."""

from __future__ import annotations

from runs.fixtures import call, once

__all__ = ["call", "once"]
