"""The labels of the conversation of another client."""

from __future__ import annotations

FIRST, SECOND = "handshake", "handshake that presents a live cookie"
# An opening handshake has one kind of parameter more, so that it shows which one is refused.
WITH_T, WITH_OTHERS = "with t", "with unknown parameters"
MORE = {WITH_T: "t={}", WITH_OTHERS: "eiospec=1&foo"}
UPGRADE, AGAIN, STREAMED = "upgrade", "upgrade again", "WebSocket-only handshake"
