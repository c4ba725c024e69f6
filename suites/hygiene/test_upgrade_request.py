"""The opening handshake of RFC 6455 as a server has to check it, whatever runs behind it."""

from __future__ import annotations

import pytest

from eiospec.observations.answer import Answers
from eiospec.requirements import MUST, Capability, requirement
from eiospec.sources import RFC6455, RFC9112


@requirement(
    "WS-008",
    MUST,
    "An unsupported Sec-WebSocket-Version is refused with a 4xx that names a supported one.",
    source=RFC6455.at("§4.2.2, §4.4"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("version", ["12", "14"])
def test_version(hygiene: Answers, version: str) -> None:
    answer = hygiene[f"upgrade with version {version}"]
    assert answer.refused, f"answered {answer.status}"
    named = answer.headers.members("sec-websocket-version")
    assert "13" in named, f"the answer names {', '.join(named) or 'no version'}"


@requirement(
    "WS-009",
    MUST,
    "An opening handshake without Sec-WebSocket-Key, or with one that is not 16 octets, is refused with a 4xx.",
    source=RFC6455.at("§4.2.1"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("case", ["upgrade without a key", "upgrade with a short key"])
def test_key(hygiene: Answers, case: str) -> None:
    assert hygiene[case].refused, f"answered {hygiene[case].status}"


@requirement(
    "WS-011",
    MUST,
    "An opening handshake without Host is refused with 400.",
    source=RFC9112.at("§3.2"),
    needs=Capability.WEBSOCKET,
)
def test_host(hygiene: Answers) -> None:
    assert hygiene["upgrade without Host"].status == 400


@requirement(
    "WS-028",
    MUST,
    "Only GET can be upgraded.",
    source=RFC6455.at("§4.2.1"),
    needs=Capability.WEBSOCKET,
)
def test_method(hygiene: Answers) -> None:
    assert hygiene["upgrade by POST"].status != 101
