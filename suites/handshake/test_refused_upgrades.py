"""Wrong opening handshakes: refused in HTTP, or accepted and closed in WebSocket, never both."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import describe, show
from eiospec.observations.cookies import Responses
from eiospec.observations.handshakes import WebSocketHandshakes
from eiospec.observations.opening import illegal_frame
from eiospec.observations.upgrading import Upgrade, UpgradeAnswer, octets_without_frame
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import EIO4, EIO4_SUITE, ENGINE_IO, RFC6455, RFC9112
from eiospec.wire.exchange import Exchange

# "The server MUST close the WebSocket connection": outcomes without a session. A connection that ends without an
# answer is reported by ERR-027.
LEADS_NOWHERE = ("refused", "accepted, then closed", "closed without an answer")


@pytest.fixture
def right_one_accepted(websocket_handshakes: WebSocketHandshakes, bare_upgrade: Upgrade, case: str) -> None:
    """Blocked unless the right opening handshake is accepted: if all are refused, one refusal proves nothing."""
    right = bare_upgrade.socket if "on a session" in case else websocket_handshakes.plain.exchange
    if right.response is None or right.response.status != 101:
        raise Blocked(f"the right opening handshake was answered {describe(right)} (HS-014, HS-016)")


@requirement(
    "ERR-023",
    MUST,
    "An opening handshake without EIO or transport, with a sid or without, is refused or closed right away.",
    source=EIO4.at("WebSocket"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize(
    "case", ["no EIO", "no transport", "no EIO on a session", "no transport on a session"]
)
@pytest.mark.usefixtures("right_one_accepted")
def test_missing_parameters(refusal: UpgradeAnswer) -> None:
    assert refusal.outcome in LEADS_NOWHERE


@requirement(
    "ERR-024",
    SHOULD,
    "An opening handshake with an invalid EIO or transport is refused or closed right away, too.",
    source=EIO4_SUITE.at("WebSocket, fails with an invalid 'EIO' or 'transport'"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("case", ["EIO=abc", "transport=abc", "EIO=3 on a session"])
@pytest.mark.usefixtures("right_one_accepted")
def test_invalid_parameters(refusal: UpgradeAnswer) -> None:
    assert refusal.outcome in LEADS_NOWHERE


@requirement(
    "ERR-025",
    MUST,
    "Once 101 has been sent, everything on the connection is WebSocket frames; no HTTP error text follows.",
    source=RFC6455.at("§4.2.2, §5.2"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_only_frames_follow_a_101(responses: Responses) -> None:
    if not any(exchange.response and exchange.response.status == 101 for exchange in responses.exchanges):
        raise Blocked("no opening handshake was answered 101")
    found = [
        responses.finding(exchange, wrong)
        for exchange in responses.exchanges
        if (wrong := illegal_frame(exchange) or _stray(exchange))
    ]
    assert found == []


def _stray(exchange: Exchange) -> str:
    stray = octets_without_frame(exchange)
    return show(stray) if stray else ""


@requirement(
    "ERR-026",
    SHOULD,
    "An opening handshake with an unknown sid is refused with a 4xx before 101.",
    source=ENGINE_IO.at("server.ts: verify"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("case", ["unknown sid"])
def test_unknown_sid(refusal: UpgradeAnswer, remarks: Remarks) -> None:
    assert refusal.outcome in ("refused", "accepted, then closed")
    assert refusal.answer.status < 500, f"refused with {refusal.answer.status}, which is no 4xx"
    if refusal.outcome != "refused":
        remarks.note("accepted with 101 and closed afterwards, instead of refused with a 4xx")


@requirement(
    "ERR-027",
    MUST,
    "A refused upgrade is a well-formed HTTP response.",
    source=RFC9112.at("§2.1, §6"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("case", ["no EIO", "no transport", "EIO=abc", "transport=abc", "unknown sid"])
def test_refusal_is_well_formed(refusal: UpgradeAnswer) -> None:
    response = refusal.answer.response
    if response.status == 101:
        raise NotApplicable("this upgrade was not refused in HTTP but accepted with 101")
    assert list(response.defects) == []
    assert response.complete, f"the response ended before its {response.framing} said"
    assert response.surplus == b""


@requirement(
    "ERR-028",
    INFO,
    "The form of the error on the upgrade path is recorded.",
    source=ENGINE_IO.at("server.ts: abortUpgrade"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("case", ["transport=abc", "unknown sid"])
def test_form_of_the_refusal(refusal: UpgradeAnswer, remarks: Remarks) -> None:
    answer = refusal.answer
    remarks.note(f"answered {answer.status}, {answer.media_type or 'no media type'}: {show(answer.body)}")
