"""Generated cases are judged by what they find, not by how fast the machine is."""

from importlib.util import find_spec
from pathlib import Path

import pytest

# `pytest --target URL` in a checkout loads this file, too, where only what the suites need is installed.
if find_spec("hypothesis"):
    from hypothesis import settings

    settings.register_profile("eiospec", deadline=None)
    settings.load_profile("eiospec")

SLOW = Path(__file__).parent / "slow"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests below `slow/` as slow."""
    for item in items:
        if SLOW in item.path.parents:
            item.add_marker(pytest.mark.slow)
