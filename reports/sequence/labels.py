"""The words in a sequence: what an exchange or a frame is called beside its arrow.

Everything here reads one exchange of a document and gives short, visible text. A target chose most of it, so
nothing leaves this room but through `shown`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from eiospec.reports.escapes import visible, visible_octets
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
from eiospec.wire.exchange import End
from eiospec.wire.packets import RECORD_SEPARATOR, PacketType

# Characters of each part.
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

# Parameters that are said otherwise, or change with each request (`t`, against caches).
KNOWN = ("", "EIO", "transport", "sid", "t")

# What a client reads of an error answer: {"code":1,"message":"Session ID unknown"}.
MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.){1,200})"')
UNKNOWN_SESSION = re.compile(r'"code"\s*:\s*"?1\b|session id unknown', re.IGNORECASE)
PLAIN_TEXT = re.compile(r"[ -;=-~]{1,60}")

# The ends that are the target's doing, or the network's: we had not stopped listening.
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
    """Octets (a latin-1 string) as short text in printable US-ASCII."""
    return shortened(visible_octets(octets[: limit * 4] if len(octets) > limit * 8 else octets), limit)


def shortened(text: str, limit: int) -> str:
    """A text cut in its middle: what two values differ in stands at either end."""
    if len(text) <= limit:
        return text
    end = (limit - 1) // 3
    return f"{text[: limit - 1 - end]}…{text[-end:]}"


def told(text: str, limit: int) -> str:
    """Prose of ours, which may quote the target, cut at its end."""
    seen = visible(text)
    return seen if len(seen) <= limit else seen[: limit - 1] + "…"


def number(many: int, what: str) -> str:
    """A count with its noun: "3 exchanges"."""
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def offset(seconds: float) -> str:
    """Time since the session began: "0 ms", "+9.5 ms", "+120 ms", "+1.25 s"."""
    if seconds < 0.00005:
        return "0 ms"
    if seconds < 0.9995:
        return f"+{seconds * 1000:.1f} ms" if seconds < 0.00995 else f"+{seconds * 1000:.0f} ms"
    return f"+{seconds:.2f} s"


def request(exchange: Document) -> str:
    """The method and the transport, or the path where there is no transport."""
    transport = next(iter(query_of(exchange).get("transport", ())), "") or path_of(exchange)
    return f"{shown(exchange['request']['method'] or 'octets', 10)} {shown(transport, 20)}"


def request_tail(exchange: Document, session: Session) -> str:
    """What the request names and carries: the session id, what else its query asks for, the payload."""
    parts: list[str] = []
    query = query_of(exchange)
    if session.sid in named_sids(exchange):
        parts.append(f"sid {shown(session.sid, SID)}")
    elif exchange["request"]["method"] == "OPTIONS":
        parts.append("preflight")
    asked = {name: values for name, values in query.items() if name not in KNOWN}
    if query.get("EIO") != ["4"]:
        asked = {"EIO": query["EIO"], **asked} if "EIO" in query else {**asked, "no EIO": []}
    if asked:
        said = "&".join("=".join((name, *values[:1])) for name, values in asked.items())
        parts.append(shown(said, QUERY))
    if body := body_of(exchange["request"]):
        parts.append(payload(body))
    return " · ".join(parts)


def response(exchange: Document) -> str:
    """The status, and for an error what it says of itself."""
    answer = exchange["response"]
    said = _complaint(answer) if failed(exchange) else answer["reason"] if answer["status"] != 200 else ""
    return f"{answer['status']} {shown(said, HEAD)}".strip()


def response_tail(exchange: Document) -> str:
    """What came: the open packet's session id, or the packets of a poll."""
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
    """Why there is no response."""
    return f"no answer: {shown(exchange['end'], TAIL)}"


def payload(octets: str) -> str:
    """The packets of a payload, each cut."""
    mark = RECORD_SEPARATOR.encode().decode("latin-1")
    packets = octets[: TAIL * 8].split(mark)
    return shortened(" ␞ ".join(shown(packet, TAIL) for packet in packets), TAIL)


def frame(found: Document) -> tuple[str, str]:
    """A frame's payload, and what kind of packet or control frame it is."""
    opcode, octets = found["opcode"], found["payload"]
    match opcode:
        case "text":
            kind = PACKETS.get(octets[:1], "no packet")
            if octets in ("2probe", "3probe"):
                kind = "probe" if octets == "2probe" else "probe answered"
            return (_open(octets) or shown(octets, HEAD)), kind
        case "binary":
            return number(found["payload_total"], "octet"), "binary message"
        case "close":
            code = int.from_bytes(octets[:2].encode("latin-1"), "big") if len(octets) >= 2 else ""
            return f"close {code}".strip(), shown(octets[2:], TAIL)
        case _:
            return f"{opcode} frame", shown(octets, TAIL)


def failed(exchange: Document) -> bool:
    """True when the exchange went wrong as HTTP sees it: an error status, or no answer that was ours to await."""
    answer = exchange["response"]
    return answer["status"] >= 400 if answer else ended_by_target(exchange)


def unknown_session(exchange: Document) -> bool:
    """True for the error of code 1 (engine.io, "Session ID unknown"), whatever its words."""
    answer = exchange["response"]
    return bool(answer and failed(exchange) and UNKNOWN_SESSION.search(body_of(answer)[:1024]))


def ended_by_target(exchange: Document) -> bool:
    """True when the connection ended, or never was, and not by us."""
    return exchange["end"] in NOT_OURS


def cookies_sent(exchange: Document) -> list[tuple[str, str]]:
    """The cookie-pairs of the Cookie lines, in order (RFC 6265bis §4.2.1)."""
    pairs = [pair for line in values_of(exchange["request"], "cookie") for pair in line.split(";")]
    return [_pair(pair) for pair in pairs if pair.strip(" \t")]


def cookies_set(exchange: Document) -> list[tuple[str, str]]:
    """The cookie-pair of each Set-Cookie line, in order."""
    return [_pair(line.partition(";")[0]) for line in _set_cookie_lines(exchange)]


def attributes_set(exchange: Document) -> list[str]:
    """What follows the cookie-pair on each Set-Cookie line."""
    return [line.partition(";")[2].strip(" \t") for line in _set_cookie_lines(exchange)]


def is_own(value: str, session: Session) -> bool:
    """True for the value of the session's own cookie: its id, encoded or behind a balancer's prefix."""
    return value.endswith(session.sid) or unquote(value, encoding="latin-1").endswith(session.sid)


def _set_cookie_lines(exchange: Document) -> tuple[str, ...]:
    response = exchange["response"]
    return values_of(response, "set-cookie") if response else ()


def _pair(text: str) -> tuple[str, str]:
    """RFC 6265bis §5.6: without "=" it is a value without a name."""
    name, equals, value = text.strip(" \t").partition("=")
    return (name.rstrip(" \t"), value.lstrip(" \t")) if equals else ("", name)


def _open(octets: str) -> str:
    """An open packet is long and known: its session id will do."""
    found = re.match(r'0\{[^{}]*?"sid"\s*:\s*"([^"\\]+)"', octets[:1024])
    return f"0{{sid {shown(found[1], SID)}}}" if found else ""


def _complaint(answer: Document) -> str:
    """The message of an error: as JSON, as plain text, or else the reason phrase."""
    body = body_of(answer)[:1024].strip()
    if found := MESSAGE.search(body):
        return found[1]
    return body if PLAIN_TEXT.fullmatch(body) else str(answer["reason"])
