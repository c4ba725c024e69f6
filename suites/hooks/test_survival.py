"""Hooks that throw, or that get line ends: nothing is injected, and the server survives."""

from __future__ import annotations

import re

import pytest

from eiospec.observations.answer import Answers, show
from eiospec.observations.survival import Survival
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import (
    RFC9110,
    ROBUSTNESS,
)

INITIAL = Capability.INITIAL_HEADERS
HEADERS = Capability.HEADERS
WEBSOCKET = Capability.WEBSOCKET


@requirement(
    "HX-015",
    SHOULD,
    "A hook that throws fails only its own request: the server keeps serving.",
    source=ROBUSTNESS,
    needs=(INITIAL, Capability.KILLING),
)
@pytest.mark.parametrize("case", ["polling", "websocket"])
def test_throwing_hook(throwing: Survival, howto_of_the_contract: Answers, case: str) -> None:
    assert throwing.casualties(case) == []
    before, after = howto_of_the_contract["handshake, some"], throwing[f"afterwards, {case}"]
    assert after.headers.values("x-initial") == before.headers.values("x-initial"), "the hook runs no more"
    thrown = throwing[case]
    if thrown.exchange.response is None:
        assert thrown.closed_by_target, "the request of the hook that threw was left open without an answer"


@requirement(
    "SE-006",
    MUST,
    "CR and LF that reach a header value through a hook never create a header line on a polling response.",
    source=RFC9110.at("§5.5"),
    needs=(HEADERS, Capability.KILLING),
)
@pytest.mark.parametrize("case", ["polling", "POST", "poll"])
def test_no_injection_on_polling(injection: Survival, case: str) -> None:
    assert injected(injection, case) == []


@requirement(
    "SE-007",
    MUST,
    "CR and LF that reach a header value through a hook never create a header line on a 101.",
    source=RFC9110.at("§5.5"),
    needs=(HEADERS, Capability.KILLING, WEBSOCKET),
)
@pytest.mark.parametrize("case", ["websocket", "upgrade"])
def test_no_injection_on_101(injection: Survival, case: str) -> None:
    assert injected(injection, case) == []


# CR alone as well: recipients may take it for the end of a line (RFC 9112 §2.2).
INJECTED = re.compile(rb"[\r\n]+injected:[^\r\n]*", re.IGNORECASE)


def injected(injection: Survival, place: str) -> list[str]:
    """Return what was injected at this place, by what ended the line; nothing without a response."""
    found = []
    for label in injection.labelled(f"{place}, "):
        response = injection[label].exchange.response
        match = INJECTED.search(response.octets) if response else None
        found += [f"{label}: {show(match[0])}"] if match else []
    return found


@requirement(
    "SE-008",
    SHOULD,
    "The server survives an attempt to inject header lines through a hook.",
    source=ROBUSTNESS,
    needs=(HEADERS, Capability.KILLING),
)
@pytest.mark.parametrize("case", ["polling", "websocket", "POST", "poll", "upgrade"])
def test_injection_is_survived(injection: Survival, case: str) -> None:
    attempts = injection.labelled(f"{case}, ")
    assert [who for attempt in attempts for who in injection.casualties(attempt)] == []
