"""Which exchanges of a run belong to one session.

A session is opened by the handshake whose open packet gave its id, and goes on with every request whose query
names that id on the same path. The CORS preflight a browser would have sent before the handshake belongs to
it, too, although it names no session (Fetch §4.9). Everything is read from the document: what was masked
stays masked, and one value has the same mask everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from eiospec.reports.model import Document

# An open packet with its session id, wherever a payload has it: revision 4, the lengths of revision 3, JSONP.
# A digit before the 0 would make it another packet: 40{"sid":…} is Socket.IO's CONNECT.
OPEN_PACKET = re.compile(r'(?<![0-9])0\{[^{}]*?"?sid\\*"\s*:\s*\\*"([^"\\]+)')
# Octets of a body, or of a frame, in which an open packet is looked for.
LOOKED_AT = 4096
# RFC 9112 §7.1: chunk-size [ chunk-ext ] CRLF
CHUNK_SIZE = re.compile(r"(?:^|\r\n)[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Session:
    """A session's id and path, its exchanges as the document has them, in the order they began.

    `handshakes` are the ids of those that opened it: more than one when a target gave an id twice.
    """

    sid: str
    path: str
    exchanges: tuple[Document, ...]
    handshakes: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other session of the run."""
        return self.path, self.sid


def sessions(exchanges: list[Document]) -> tuple[Session, ...]:
    """The sessions of a run, in the order of their handshakes."""
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
    """The path of the request-target."""
    path: str = exchange["request"]["target"].partition("?")[0]
    return path


def query_of(exchange: Document) -> dict[str, list[str]]:
    """The parameters of the request-target, in order, percent-decoded to latin-1 as bodies are."""
    return _query(exchange["request"]["target"])


def _query(target: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in target.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        found.setdefault(name, []).append(unquote(value, encoding="latin-1"))
    return found


def named_sids(exchange: Document) -> tuple[str, ...]:
    """The session ids the query names, each once."""
    return _sids(exchange["request"]["target"])


def _sids(target: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sid for sid in _query(target).get("sid", ()) if sid))


def given_sid(exchange: Document) -> str:
    """The id of the session this exchange opened; empty when it opened none, or went on with one."""
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
    """The body of a message, near enough to be read: masks may have changed the lengths a parser would trust."""
    body: str = message["octets"].partition("\r\n\r\n")[2]
    return CHUNK_SIZE.sub("", body) if message.get("framing") == "chunked" else body


def values_of(message: Document, name: str) -> tuple[str, ...]:
    """The values of a header field, one a line."""
    return tuple(line["value"] for line in message["headers"] if line["name"].lower() == name)


def _preflights(
    exchanges: list[Document], handshakes: Mapping[tuple[str, str], list[Document]]
) -> Iterator[tuple[tuple[str, str], Document]]:
    """Each preflight with the session whose handshake followed it: of the same probe, path and origin."""
    waiting: dict[tuple[object, ...], Document] = {}
    opened = {exchange["id"]: key for key, found in handshakes.items() for exchange in found}
    for exchange in sorted(exchanges, key=lambda exchange: exchange["started"]):
        alike = (exchange["probe"], path_of(exchange), values_of(exchange["request"], "origin"))
        if _is_preflight(exchange):
            waiting[alike] = exchange
        elif exchange["id"] in opened:
            preflight = waiting.pop(alike, None)
            # Sent side by side, it announced nothing.
            if preflight is not None and preflight["ended"] <= exchange["started"]:
                yield opened[exchange["id"]], preflight


def _is_preflight(exchange: Document) -> bool:
    """Fetch §4.9: OPTIONS with Origin and Access-Control-Request-Method; one with a sid belongs already."""
    request = exchange["request"]
    asked = values_of(request, "origin") and values_of(request, "access-control-request-method")
    return request["method"] == "OPTIONS" and bool(asked) and not named_sids(exchange)
