"""How to see it again: a line for the suite and lines for curl.

A request that names a session needs a live one, so its line takes `$SID` from a handshake line before it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from urllib.parse import urlsplit

from eiospec.fixtures.wire.exchange import Exchange

SID = re.compile(r"([?&]sid=)([A-Za-z0-9._~-]{8,})")
UNKNOWN = "eiospec0unknown0sid0"
LEFT_OUT = {"host", "content-length", "accept", "accept-encoding", "user-agent"}


def _take_a_session(url: str) -> str:
    parts = urlsplit(url)
    handshake = f"{parts.scheme}://{parts.netloc}{parts.path}?EIO=4&transport=polling"
    return f'SID=$(curl -s {shlex.quote(handshake)} | sed \'s/.*"sid":"\\([^"]*\\)".*/\\1/\')'


def curl(exchange: Exchange) -> tuple[str, ...]:
    """The exchange as shell lines; empty when curl cannot send it (no request, or octets beyond a shell word)."""
    request = exchange.request
    if not request.method or any(octet in b"\x00\r\n" for line in request.headers for octet in line.value):
        return ()
    live = SID.search(exchange.url)
    sid = live[2] if live and live[2] != UNKNOWN else None
    words = ["curl", "-i", "--http1.1", "--max-time", "3"]
    method = request.method.decode("latin-1")
    if method == "HEAD":
        words.append("--head")
    elif method != "GET":
        words += ["-X", method]
    for line in request.headers:
        if line.name.decode("latin-1").lower() not in LEFT_OUT:
            words += ["-H", f"{line.name.decode('latin-1')}: {line.value.decode('latin-1')}"]
    if method == "POST":
        words += ["--data-binary", request.body.decode("utf-8", "replace")]
    words.append(exchange.url)
    command = " ".join(shlex.quote(word) for word in words)
    if sid is None:
        return (command,)
    # Out of the quotes, so that the shell fills it in.
    return (_take_a_session(exchange.url), command.replace(sid, "'\"$SID\"'"))


def reproduce(id: str, target: str, evidence: Iterable[Exchange]) -> tuple[str, ...]:
    """A line for the suite, then curl lines for the first exchange that has them."""
    lines: list[str] = [f"pytest --target {shlex.quote(target)} --case {id}"]
    for exchange in evidence:
        found = curl(exchange)
        if found:
            return (*lines, *found)
    return tuple(lines)
