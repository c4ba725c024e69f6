"""Hand-made runs for the tests of the report writers."""

from __future__ import annotations

import pytest
from handmade import Converse, Judge, Make
from handmade_runs import failing_run, make_exchange, make_judgement, make_run

from eiospec.verdicts import Run


@pytest.fixture
def judge() -> Judge:
    """Makes a judgement."""
    return make_judgement


@pytest.fixture
def converse() -> Converse:
    """Makes an exchange."""
    return make_exchange


@pytest.fixture
def make() -> Make:
    """Makes a run of judgements and exchanges."""
    return make_run


@pytest.fixture
def failing() -> Run:
    """A run in which something fails."""
    return failing_run()
