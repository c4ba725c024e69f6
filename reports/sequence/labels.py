"""Labels of a sequence diagram: the text next to the arrow of an exchange or a frame.

Each function takes one exchange of a document and returns short, printable text. A target chose most of it, so
everything goes through `shown`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from eiospec.reports.escapes import visible_octets
from eiospec.reports.model import Document
from eiospec.reports.sequence.sessions import (
    Session,
    body_of,
    given_sid,
    named_sids,
    path_of,
    query_of,
    values_of,
)
from eiospec.reports.text import count, cut_middle
from eiospec.wire.exchange import End
from eiospec.wire.packets import RECORD_SEPARATOR, PacketType

# Maximum characters of each part.
SID = 12
SID_WHOLE = 40
NODE = 16
COOKIE_NAME = 24
COOKIE_VALUE = 28
ATTRIBUTES = 52
TAIL = 48
QUERY = 32
SENTENCE = 120
LABEL = 44
HEAD = 40

# Query parameters that are not listed: shown elsewhere, or different in each request (`t`, against caches).
KNOWN = ("", "EIO", "transport", "sid", "t")

# The message in an error response: {"code":1,"message":"Session ID unknown"}.
MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.){1,200})"')
UNKNOWN_SESSION = re.compile(r'"code"\s*:\s*"?1\b|session id unknown', re.IGNORECASE)
PLAIN_TEXT = re.compile(r"[ -;=-~]{1,60}")

# Connections ended by the target or the network, while we were still reading.
NOT_OURS = frozenset(end.value for end in (End.TARGET, End.RESET, End.REFUSED, End.UNREACHABLE, End.TLS))

PACKETS: dict[str, str] = {
    PacketType.OPEN: "open packet",
    PacketType.CLOSE: "close",
    PacketType.PING: "ping",
    PacketType.PONG: "pong",
    PacketType.MESSAGE: "message",
    PacketType.UPGRADE: "upgrade",
    PacketType.NOOP: "noop",
}


def shown(octets: str, limit: int) -> str:
    """Return octets (a latin-1 string) as short text in printable US-ASCII."""
    return cut_middle(visible_octets(octets[: limit * 4] if len(octets) > limit * 8 else octets), limit)


def request(exchange: Document) -> str:
    """Return the method and the transport, or the path if no transport is named."""
    transport = next(iter(query_of(exchange).get("transport", ())), "") or path_of(exchange)
    return f"{shown(exchange['request']['method'] or 'octets', 10)} {shown(transport, 20)}"


def request_tail(exchange: Document, session: Session) -> str:
    """Return the session id, other query parameters and the payload of a request."""
    parts: list[str] = []
    query = query_of(exchange)
    if session.sid in named_sids(exchange):
        parts.append(f"sid {shown(session.sid, SID)}")
    elif exchange["request"]["method"] == "OPTIONS":
        parts.append("preflight")
    others = {name: values for name, values in query.items() if name not in KNOWN}
    if query.get("EIO") != ["4"]:
        others = {"EIO": query["EIO"], **others} if "EIO" in query else {**others, "no EIO": []}
    if others:
        pairs = "&".join("=".join((name, *values[:1])) for name, values in others.items())
        parts.append(shown(pairs, QUERY))
    if body := body_of(exchange["request"]):
        parts.append(payload(body))
    return " · ".join(parts)


def response(exchange: Document) -> str:
    """Return the status, and the message of an error."""
    answer = exchange["response"]
    reason = answer["reason"] if answer["status"] != 200 else ""
    message = _error_message(answer) if failed(exchange) else reason
    return f"{answer['status']} {shown(message, HEAD)}".strip()


def response_tail(exchange: Document) -> str:
    """Return the session id of the open packet, or the packets of a poll."""
    answer, parts = exchange["response"], []
    if failed(exchange) or answer["status"] == 101:
        return ""
    if sid := given_sid(exchange):
        return f"open packet, sid {shown(sid, SID)}"
    if body := body_of(answer):
        coded = values_of(answer, "content-encoding")
        parts.append(shown(coded[0], 12) if coded else payload(body))
    if not answer["complete"]:
        parts.append("not complete")
    return " · ".join(parts)


def silence(exchange: Document) -> str:
    """Return why there is no response."""
    return f"no answer: {shown(exchange['end'], TAIL)}"


def payload(octets: str) -> str:
    """Return the packets of a payload, each cut."""
    mark = RECORD_SEPARATOR.encode().decode("latin-1")
    packets = octets[: TAIL * 8].split(mark)
    return cut_middle(" ␞ ".join(shown(packet, TAIL) for packet in packets), TAIL)


def frame(found: Document) -> tuple[str, str]:
    """Return the payload of a frame and its kind of packet or control frame."""
    opcode, octets = found["opcode"], found["payload"]
    match opcode:
        case "text":
            kind = PACKETS.get(octets[:1], "no packet")
            if octets in ("2probe", "3probe"):
                kind = "probe" if octets == "2probe" else "probe answered"
            return (_open_packet(octets) or shown(octets, HEAD)), kind
        case "binary":
            return count(found["payload_total"], "octet"), "binary message"
        case "close":
            code = int.from_bytes(octets[:2].encode("latin-1"), "big") if len(octets) >= 2 else ""
            return f"close {code}".strip(), shown(octets[2:], TAIL)
        case _:
            return f"{opcode} frame", shown(octets, TAIL)


def failed(exchange: Document) -> bool:
    """True for an error status, and when the target or the network ended an exchange without response."""
    answer = exchange["response"]
    return answer["status"] >= 400 if answer else ended_by_target(exchange)


def unknown_session(exchange: Document) -> bool:
    """True for error code 1 (engine.io, "Session ID unknown"), with any message."""
    answer = exchange["response"]
    return bool(answer and failed(exchange) and UNKNOWN_SESSION.search(body_of(answer)[:1024]))


def ended_by_target(exchange: Document) -> bool:
    """True when the target or the network ended the connection or refused it."""
    return exchange["end"] in NOT_OURS


def cookies_sent(exchange: Document) -> list[tuple[str, str]]:
    """Return the cookie-pairs of the Cookie lines, in order (RFC 6265bis §4.2.1)."""
    pairs = [pair for line in values_of(exchange["request"], "cookie") for pair in line.split(";")]
    return [_pair(pair) for pair in pairs if pair.strip(" \t")]


def cookies_set(exchange: Document) -> list[tuple[str, str]]:
    """Return the cookie-pair of each Set-Cookie line, in order."""
    return [_pair(line.partition(";")[0]) for line in _set_cookie_lines(exchange)]


def attributes_set(exchange: Document) -> list[str]:
    """Return the attributes of each Set-Cookie line, in order."""
    return [line.partition(";")[2].strip(" \t") for line in _set_cookie_lines(exchange)]


def is_own(value: str, session: Session) -> bool:
    """True for a value of the session cookie: the session id, possibly encoded or with a balancer's prefix."""
    return value.endswith(session.sid) or unquote(value, encoding="latin-1").endswith(session.sid)


def _set_cookie_lines(exchange: Document) -> tuple[str, ...]:
    response = exchange["response"]
    return values_of(response, "set-cookie") if response else ()


def _pair(text: str) -> tuple[str, str]:
    """Split a cookie-pair; without "=" it is a value without a name (RFC 6265bis §5.6)."""
    name, equals, value = text.strip(" \t").partition("=")
    return (name.rstrip(" \t"), value.lstrip(" \t")) if equals else ("", name)


def _open_packet(octets: str) -> str:
    """Shorten an open packet to its session id; empty for any other packet."""
    found = re.match(r'0\{[^{}]*?"sid"\s*:\s*"([^"\\]+)"', octets[:1024])
    return f"0{{sid {shown(found[1], SID)}}}" if found else ""


def _error_message(answer: Document) -> str:
    """Return the message of an error: from JSON, from plain text, or the reason phrase."""
    body = body_of(answer)[:1024].strip()
    if found := MESSAGE.search(body):
        return found[1]
    return body if PLAIN_TEXT.fullmatch(body) else str(answer["reason"])
