"""What the application adds to the responses of the target itself."""

from __future__ import annotations

import pytest

from eiospec.observations.comparable import Addition, cookies_of, fields_of
from eiospec.observations.survey import Survey
from eiospec.plugin.run import Conformance
from eiospec.suites.observing import balancers_own


@pytest.fixture
def cookies(conformance: Conformance, survey: Survey) -> tuple[Addition, ...]:
    """The application's cookies, without those of a balancer."""
    theirs = balancers_own(conformance) if conformance.profile.sticky is not None else frozenset()
    return conformance.once(("application cookies",), lambda: cookies_of(survey, theirs))


@pytest.fixture
def additions(
    conformance: Conformance, survey: Survey, cookies: tuple[Addition, ...], case: str
) -> tuple[Addition, ...]:
    """The application's cookies, or its fields of a constant value."""
    if case == "cookie":
        return cookies
    return conformance.once(("application fields",), lambda: fields_of(survey))
