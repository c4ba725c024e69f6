"""Names for the parts of a proof that tests make by hand, and for the fixtures that make them."""

from __future__ import annotations

from collections.abc import Callable

from eiospec.proof.harness import Seen
from eiospec.proof.prove import Outcome
from eiospec.wire.exchange import Exchange

Exchanged = Callable[..., Exchange]
Ran = Callable[..., Seen]
Proven = Callable[..., Outcome]

HANDSHAKE = b'HTTP/1.1 200 OK\r\nSet-Cookie: io=lv_VI97HAXpY6yYWAAAB\r\n\r\n0{"sid":"lv_VI97HAXpY6yYWAAAB"}'
