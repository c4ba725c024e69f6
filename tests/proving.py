"""Names for the parts of a proof that are made by hand, and the makers that fixtures hand out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eiospec.proof.prove import Outcome

Report = dict[str, Any]
Seen = Callable[..., Report]
Said = Callable[..., Report]
Proven = Callable[..., Outcome]

HANDSHAKE = 'HTTP/1.1 200 OK\r\nSet-Cookie: io=lv_VI97HAXpY6yYWAAAB\r\n\r\n0{"sid":"lv_VI97HAXpY6yYWAAAB"}'
