"""Handshakes in revision 3 of the protocol."""

from __future__ import annotations

import re

from eiospec.wire.exchange import Exchange

JSONP = "JSONP handshake"
# The open packet is text in a script.
ESCAPED_SID = re.compile(rb'sid\\"\s*:\s*\\"([A-Za-z0-9_-]+)')


def sid_in_script(exchange: Exchange) -> str:
    """The session id of a JSONP handshake; empty when the script holds none."""
    found = ESCAPED_SID.search(exchange.response.body) if exchange.response else None
    return found[1].decode("latin-1") if found else ""
