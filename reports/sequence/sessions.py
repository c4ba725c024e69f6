"""Group the exchanges of a document by session.

A session consists of the handshake whose open packet has its id and of all requests with that id in their query on
the same path. A CORS preflight before the handshake belongs to it too, although it names no session (Fetch §4.9).
Masked ids work as well: equal values have equal masks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from eiospec.reports.model import Document

# An open packet with its session id, in payloads of revision 4, revision 3 (lengths) and JSONP. With a digit before
# the 0 it is another packet: 40{"sid":…} is Socket.IO's CONNECT.
OPEN_PACKET = re.compile(r'(?<![0-9])0\{[^{}]*?"?sid\\*"\s*:\s*\\*"([^"\\]+)')
# Octets of a body or a frame searched for an open packet.
LOOKED_AT = 4096
# RFC 9112 §7.1: chunk-size [ chunk-ext ] CRLF
CHUNK_SIZE = re.compile(r"(?:^|\r\n)[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Session:
    """A session: its id, its path, and its exchanges in the order they began.

    `handshakes` are the ids of the exchanges that opened it, several when the target gave the same id twice.
    """

    sid: str
    path: str
    exchanges: tuple[Document, ...]
    handshakes: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """Unique within a run."""
        return self.path, self.sid


def sessions(exchanges: list[Document]) -> tuple[Session, ...]:
    """Return the sessions of a run, in the order of their handshakes."""
    handshakes: dict[tuple[str, str], list[Document]] = {}
    for exchange in exchanges:
        if sid := given_sid(exchange):
            handshakes.setdefault((path_of(exchange), sid), []).append(exchange)
    members = {key: list(opened) for key, opened in handshakes.items()}
    for exchange in exchanges:
        for sid in named_sids(exchange):
            if (key := (path_of(exchange), sid)) in members:
                members[key].append(exchange)
    for session, preflight in _preflights(exchanges, handshakes):
        members[session].append(preflight)
    return tuple(
        Session(
            sid,
            path,
            tuple(sorted(members[path, sid], key=lambda exchange: exchange["started"])),
            frozenset(exchange["id"] for exchange in opened),
        )
        for (path, sid), opened in handshakes.items()
    )


def path_of(exchange: Document) -> str:
    """Return the path of the request-target."""
    path: str = exchange["request"]["target"].partition("?")[0]
    return path


def query_of(exchange: Document) -> dict[str, list[str]]:
    """Return the query parameters of the request-target, percent-decoded to latin-1."""
    found: dict[str, list[str]] = {}
    for pair in exchange["request"]["target"].partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        found.setdefault(name, []).append(unquote(value, encoding="latin-1"))
    return found


def named_sids(exchange: Document) -> tuple[str, ...]:
    """Return the distinct session ids of the query."""
    return tuple(dict.fromkeys(sid for sid in query_of(exchange).get("sid", ()) if sid))


def given_sid(exchange: Document) -> str:
    """Return the id of the session that this exchange opened; empty if it opened none."""
    response = exchange["response"]
    if response is None or named_sids(exchange):
        return ""
    if response["status"] == 101:
        first = next((frame for frame in exchange["frames"] if frame["by_target"]), None)
        text = first["payload"] if first else ""
    else:
        text = body_of(response) if response["status"] == 200 else ""
    found = OPEN_PACKET.search(text[:LOOKED_AT])
    return found[1] if found else ""


def body_of(message: Document) -> str:
    """Return the body of a message, ignoring lengths, which masks may have made wrong."""
    body: str = message["octets"].partition("\r\n\r\n")[2]
    return CHUNK_SIZE.sub("", body) if message.get("framing") == "chunked" else body


def values_of(message: Document, name: str) -> tuple[str, ...]:
    """Return the values of a header field (lower case name), one per line."""
    return tuple(line["value"] for line in message["headers"] if line["name"].lower() == name)


def _preflights(
    exchanges: list[Document], handshakes: Mapping[tuple[str, str], list[Document]]
) -> Iterator[tuple[tuple[str, str], Document]]:
    """Yield each preflight with the session of the next handshake of the same probe, path and origin."""
    waiting: dict[tuple[object, ...], Document] = {}
    opened = {exchange["id"]: key for key, found in handshakes.items() for exchange in found}
    for exchange in sorted(exchanges, key=lambda exchange: exchange["started"]):
        alike = (exchange["probe"], path_of(exchange), values_of(exchange["request"], "origin"))
        if _is_preflight(exchange):
            waiting[alike] = exchange
        elif exchange["id"] in opened:
            preflight = waiting.pop(alike, None)
            # Concurrent exchanges are not a preflight and its request.
            if preflight is not None and preflight["ended"] <= exchange["started"]:
                yield opened[exchange["id"]], preflight


def _is_preflight(exchange: Document) -> bool:
    """True for OPTIONS with Origin and Access-Control-Request-Method (Fetch §4.9), without a session id."""
    request = exchange["request"]
    fields = values_of(request, "origin") and values_of(request, "access-control-request-method")
    return request["method"] == "OPTIONS" and bool(fields) and not named_sids(exchange)
