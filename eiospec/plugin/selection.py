"""Which checks --case, --require, --skip and --with select."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eiospec.plugin import catalogue
from eiospec.plugin.options import Options
from eiospec.requirements import Requirement, requirement_of

Selects = Callable[[Requirement, Path], bool]


def selection(options: Options) -> Selects:
    """Return whether a run judges a requirement whose check is in a file."""
    selected = catalogue.matching(options.cases)

    def selects(requirement: Requirement, path: Path) -> bool:
        if options.release is not None and not options.release.judges(requirement):
            return False
        if selected:
            return requirement.id in selected
        return "hygiene" not in path.parts or "hygiene" in options.areas

    return selects


class Selected:
    """Drops the other checks before they are parametrized, which takes most of the time of a collection."""

    def __init__(self, selects: Selects) -> None:
        self._selects = selects

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, obj: object
    ) -> list[pytest.Item] | None:
        """Collect nothing from a check that is not selected."""
        requirement = requirement_of(obj)
        dropped = requirement is not None and not self._selects(requirement, collector.path)
        return [] if dropped else None
