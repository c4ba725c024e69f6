"""Observations that only the suites of cookies look at."""

from __future__ import annotations

import pytest

from eiospec.errors import NotApplicable
from eiospec.observations.answer import Answer
from eiospec.observations.cookies import Responses, session_named
from eiospec.observations.handshake import TRANSPORTS
from eiospec.plugin.run import Conformance
from eiospec.probes.sticky import sessions
from eiospec.suites.observing import answered, needs_probes, quick_at, seen_over


@needs_probes(quick_at)
def streamed(conformance: Conformance, place: str) -> Responses:
    """Every answer to an opening handshake at one place."""
    return answered(conformance, "websocket", {place})


@needs_probes(quick_at)
def opened(conformance: Conformance, place: str) -> Responses:
    """Every answer to the first request of a session at one place, over either transport."""
    found = [exchange for transport in TRANSPORTS for exchange in seen_over(conformance, transport, {place})]
    return Responses(
        tuple(
            exchange
            for exchange in found
            if session_named(exchange) is None and Answer(exchange).response.status in (101, 200)
        )
    )


@pytest.fixture
def unwritten_cookie(conformance: Conformance, detected_cookie: str) -> str:
    """The name of the session cookie; not applicable when a balancer replaces its value by the name of a node."""
    if conformance.profile.sticky is not None and conformance.observe(sessions).rewritten(detected_cookie):
        raise NotApplicable(f"the balancer replaces the value of “{detected_cookie}” with its node")
    return detected_cookie
