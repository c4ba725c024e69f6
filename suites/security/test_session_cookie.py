"""What the session cookie allows scripts of the page, and pages of other sites."""

from __future__ import annotations

from eiospec.errors import NotApplicable, Remarks
from eiospec.observations.answer import describe, show
from eiospec.observations.guessing import Guessing
from eiospec.observations.handshakes import Handshakes, WebSocketHandshakes
from eiospec.requirements import INFO, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, RFC6455


@requirement(
    "SE-019",
    SHOULD,
    "The session cookie is HttpOnly unless it is configured otherwise.",
    source=COOKIE_HOWTO.at("cookie: true; httpOnly"),
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
def test_http_only(
    handshakes: Handshakes,
    websocket_handshakes: WebSocketHandshakes,
    session_cookie_name: str,
    script_may_read: bool,
) -> None:
    """Judged even where nothing is declared: no script needs the id, which is in the open packet."""
    if script_may_read:
        raise NotApplicable("the cookie option is declared with httpOnly off")
    streamed = (websocket_handshakes.plain, websocket_handshakes.with_cookie)
    opened = (*handshakes.all, *(one for one in streamed if one.exchange.response is not None))
    cookies = [cookie for one in opened for cookie in one.cookies_named(session_cookie_name)]
    bare = [show(one.octets).replace(one.value, "<id>", 1) for one in cookies if not one.http_only]
    assert bare[:1] == []


@requirement(
    "SE-020",
    INFO,
    "Whether a page of another site can open a WebSocket with its visitor's cookies is recorded.",
    source=RFC6455.at("§10.2"),
    needs=(Capability.WEBSOCKET, Capability.SESSION_COOKIE),
)
def test_cross_site(guessing: Guessing, remarks: Remarks) -> None:
    """RFC 6455 leaves the Origin to the server; Socket.IO has allowRequest for it."""
    handshake = guessing.from_another_site
    opened = handshake.sid_or_none is not None
    remarks.note(
        "any page can: a foreign Origin was answered 101 and an open packet"
        if opened
        else f"a foreign Origin was answered {describe(handshake.exchange)}"
    )
