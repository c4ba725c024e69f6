"""Judgements written down for a baseline to be held against."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eiospec.requirements import MUST, Requirement, Source
from eiospec.verdicts import Judgement, Verdict

Judged = Callable[..., Judgement]


@pytest.fixture
def judged() -> Judged:
    """The judgement of one case, of CK-008 by default."""

    def made(
        verdict: Verdict = Verdict.FAIL,
        observed: str = "set 0 times",
        *,
        id: str = "CK-008",
        case: str = "main",
    ) -> Judgement:
        requirement = Requirement(id, MUST, "The cookie is set.", Source("How-to", "https://a"))
        return Judgement(
            requirement, f"suites/cookies/test_a.py::test[{case}]", case, verdict, observed=observed
        )

    return made
