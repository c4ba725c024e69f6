"""How to see it again: a line for the suite and lines for curl.

A request that names a session needs a live one, so its line takes `$SID` from a handshake line before it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from eiospec.wire.exchange import Exchange, HeaderLine, Request

SID = re.compile(r"([?&]sid=)([A-Za-z0-9._~-]{8,})")
UNKNOWN = "eiospec0unknown0sid0"
# What a shell word and curl both carry as it is: graphic ASCII and the space.
PLAIN = re.compile(rb"[\x20-\x7e]*")
GLOB = frozenset("[]{}")
# Options with a value without which a run may say something else.
DECISIVE = ("--profile", "--cookie", "--transports", "--sticky", "--ca")
# Behind a balancer a cookie of the handshake decides where the next request goes: curl keeps it in a file.
KEPT = "cookies.txt"
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
# A body longer than this is no line for a terminal.
MOST_BODY = 4096


def _take_a_session(url: str, trust: Sequence[str], keep: Sequence[str]) -> str:
    parts = urlsplit(url)
    handshake = f"{parts.scheme}://{parts.netloc}{parts.path}?EIO=4&transport=polling"
    return f'SID=$({shlex.join(["curl", "-s", *keep, *trust, handshake])} | sed \'s/.*"sid":"\\([^"]*\\)".*/\\1/\')'


def _word(text: str, sid: str | None) -> str:
    """One shell word; the session id stands outside the quotes as `"$SID"`, so that the shell fills it in."""
    pieces = [text] if sid is None else text.split(sid)
    return '"$SID"'.join(shlex.quote(piece) if piece or len(pieces) == 1 else "" for piece in pieces)


def _fields(request: Request, netloc: str) -> Iterable[str]:
    """The field lines as curl's -H takes them, without those curl writes by itself just so."""
    names = {line.name.lower() for line in request.headers}
    for line in request.headers:
        name, value = line.name.decode("ascii"), line.value.decode("ascii")
        ours = name.lower() == "user-agent" and value.startswith("eiospec/")
        if ours or name.lower() == "content-length" or (name.lower() == "host" and value == netloc):
            continue
        # "Name:" would take the field away; with a semicolon curl sends it empty.
        yield f"{name}: {value}" if value else f"{name};"
    if request.method == b"POST" and b"content-type" not in names:
        yield "Content-Type:"


def _sendable(line: HeaderLine) -> bool:
    return bool(PLAIN.fullmatch(line.name) and PLAIN.fullmatch(line.value))


def curl(exchange: Exchange, trust: Sequence[str] = (), *, jar: bool = False) -> tuple[str, ...]:
    """The exchange as shell lines; empty when curl cannot send it (no request, octets or length beyond a shell word).

    With `jar` curl returns the cookies of the handshake, not those that were recorded.
    """
    request, url = exchange.request, exchange.url
    sendable = request.method and url.isascii() and url.isprintable() and all(map(_sendable, request.headers))
    if not sendable or len(request.body) > MOST_BODY:
        return ()
    live = SID.search(url)
    sid = live[2] if live and live[2] != UNKNOWN else None
    words = ["curl", "-i", "--http1.1", "--max-time", "3", *trust]
    if GLOB & set(url):
        words.append("--globoff")
    if "/." in urlsplit(url).path:
        words.append("--path-as-is")
    method = request.method.decode("latin-1")
    if method == "HEAD":
        words.append("--head")
    elif method != "GET":
        words += ["-X", method]
    returned = ["-b", KEPT] if jar and sid is not None and request.headers.values("cookie") else []
    words += returned
    for field in _fields(request, urlsplit(url).netloc):
        if not (returned and field.lower().startswith("cookie:")):
            words += ["-H", field]
    before = ""
    if PLAIN.fullmatch(request.body):
        # Not --data, which would read a file when the body begins with "@".
        words += ["--data-raw", request.body.decode("ascii")] if request.body or method == "POST" else []
    else:
        words += ["--data-binary", "@-"]
        octets = "".join(f"\\{octet:03o}" for octet in request.body)
        before = f"printf '{octets}' | "
    words.append(url)
    command = before + " ".join(_word(word, sid) for word in words)
    return (
        (command,)
        if sid is None
        else (
            _take_a_session(url, trust, ["-c", KEPT] if returned else []),
            command,
        )
    )


def reproduce(
    id: str, target: str, evidence: Iterable[Exchange], options: Mapping[str, str] = NO_OPTIONS
) -> tuple[str, ...]:
    """A line for the suite, then curl lines for the first exchange that has them.

    `options` are the run's, by name, as far as they were given: what the verdict depends on is said again.
    """
    again = [word for name in DECISIVE if name in options for word in (name, options[name])]
    insecure = "--insecure" in options
    again += ["--insecure"] if insecure else []
    lines: list[str] = [shlex.join(["pytest", "--target", target, *again, "--case", id])]
    trust = [
        *(["--cacert", options["--ca"]] if "--ca" in options else []),
        *(["--insecure"] if insecure else []),
    ]
    for exchange in evidence:
        found = curl(exchange, trust, jar="--sticky" in options)
        if found:
            return (*lines, *found)
    return tuple(lines)
