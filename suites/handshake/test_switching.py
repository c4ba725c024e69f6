"""Every 101, checked as clients check it before they use the connection."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked
from eiospec.observations import opening
from eiospec.observations.cookies import Responses
from eiospec.requirements import MUST, Capability, requirement
from eiospec.sources import RFC6455, RFC9110

WEBSOCKET_ONLY = pytest.mark.parametrize("transport", ["websocket"])


def found_in(responses: Responses, rule: opening.Rule) -> list[str]:
    """Return a finding for each thing that a 101 does wrong; raise Blocked without a 101."""
    if not any(one.response and one.response.status == 101 for one in responses.exchanges):
        raise Blocked("no opening handshake was answered 101 (HS-014, HS-016)")
    found: dict[str, str] = {}
    for exchange in responses.exchanges:
        # The value of a wrong Sec-WebSocket-Accept differs each time: name the rule once for each kind of request.
        kind = exchange.label if rule is not opening.accept_value else str("sid=" in exchange.url)
        if (why := opening.breach(exchange, rule)) and kind not in found:
            found[kind] = responses.finding(exchange, why)
    return list(found.values())


@requirement(
    "WS-001",
    MUST,
    "An opening handshake is accepted with HTTP/1.1 101, without Content-Length and Transfer-Encoding.",
    source=RFC9110.at("§8.6; RFC 6455 §4.2.2; RFC 9112 §6.1"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_status_line(responses: Responses) -> None:
    assert found_in(responses, opening.status_line) == []


@requirement(
    "WS-002",
    MUST,
    "A 101 has Upgrade with the value websocket, in any letter case.",
    source=RFC6455.at("§4.1, §4.2.2"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_upgrade_field(responses: Responses) -> None:
    assert found_in(responses, opening.upgrade_field) == []


@requirement(
    "WS-003",
    MUST,
    "A 101 has Connection with the token Upgrade, in any letter case.",
    source=RFC6455.at("§4.1, §4.2.2"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_connection_field(responses: Responses) -> None:
    assert found_in(responses, opening.connection_field) == []


@requirement(
    "WS-004",
    MUST,
    "A 101 has the Sec-WebSocket-Accept of the key that the client sent.",
    source=RFC6455.at("§4.1, §4.2.2"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_accept_value(responses: Responses) -> None:
    assert found_in(responses, opening.accept_value) == []


@requirement(
    "WS-005",
    MUST,
    "A 101 has Sec-WebSocket-Accept only once.",
    source=RFC6455.at("§11.3.3"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_accept_once(responses: Responses) -> None:
    assert found_in(responses, opening.accept_once) == []


@requirement(
    "WS-006",
    MUST,
    "A 101 names no subprotocol that the client did not offer.",
    source=RFC6455.at("§4.1, §4.2.2"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_subprotocol(responses: Responses) -> None:
    assert found_in(responses, opening.subprotocol) == []


@requirement(
    "WS-007",
    MUST,
    "A 101 negotiates no extension that the client did not offer.",
    source=RFC6455.at("§4.1, §4.2.2, §9.1"),
    needs=Capability.WEBSOCKET,
)
@WEBSOCKET_ONLY
def test_extensions(responses: Responses) -> None:
    assert found_in(responses, opening.extensions) == []
