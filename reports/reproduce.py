"""Shell lines that reproduce a finding: one for the suite, others for curl.

A request that names a session needs a live one: its line uses `$SID`, which a handshake line before it sets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from eiospec.target.url import parameter
from eiospec.wire.exchange import Exchange, HeaderLine, Request

SID = re.compile(r"([?&]sid=)([A-Za-z0-9._~-]{8,})")
UNKNOWN = "eiospec0unknown0sid0"
# Octets that a shell word and curl pass on unchanged.
PLAIN = re.compile(rb"[\x20-\x7e]*")
GLOB = frozenset("[]{}")
# Options with a value that verdicts may depend on.
DECISIVE = ("--query", "--profile", "--cookie", "--hook", "--transports", "--sticky", "--ca")
# File for curl's cookies: behind a balancer, a cookie of the handshake selects the node.
COOKIE_FILE = "cookies.txt"
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
# No line is made for longer bodies.
MOST_BODY = 4096


def _handshake_line(url: str, trust: Sequence[str], keep: Sequence[str], query: str) -> str:
    parts = urlsplit(url)
    more = f"&{query}" if query else ""
    handshake = f"{parts.scheme}://{parts.netloc}{parts.path}?EIO=4&transport=polling{more}"
    return f'SID=$({shlex.join(["curl", "-s", *keep, *trust, handshake])} | sed \'s/.*"sid":"\\([^"]*\\)".*/\\1/\')'


def _word(text: str, sid: str | None) -> str:
    """Return a shell word, with `"$SID"` outside the quotes in place of the session id."""
    pieces = [text] if sid is None else text.split(sid)
    return '"$SID"'.join(shlex.quote(piece) if piece or len(pieces) == 1 else "" for piece in pieces)


def _fields(request: Request, netloc: str) -> Iterable[str]:
    """Yield the fields for curl's -H, without those that curl sends itself."""
    names = {line.name.lower() for line in request.headers}
    for line in request.headers:
        name, value = line.name.decode("ascii"), line.value.decode("ascii")
        ours = name.lower() == "user-agent" and value.startswith("eiospec/")
        if ours or name.lower() == "content-length" or (name.lower() == "host" and value == netloc):
            continue
        # curl drops the field for "Name:" and sends an empty one for "Name;".
        yield f"{name}: {value}" if value else f"{name};"
    if request.method == b"POST" and b"content-type" not in names:
        yield "Content-Type:"


def _sendable(line: HeaderLine) -> bool:
    return bool(PLAIN.fullmatch(line.name) and PLAIN.fullmatch(line.value))


def curl(
    exchange: Exchange, trust: Sequence[str] = (), *, jar: bool = False, query: str = ""
) -> tuple[str, ...]:
    """Return the exchange as shell lines; none if curl cannot send it (no request, special octets, long body).

    With `jar`, curl sends the cookies of its own handshake instead of the recorded ones. `query` is added to that of
    the handshake, as it was to those of all requests.
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
    if method == "HEAD" and not request.body:  # curl refuses --head with a body
        words.append("--head")
    elif method != "GET":
        words += ["-X", method]
    returned = ["-b", COOKIE_FILE] if jar and sid is not None and request.headers.values("cookie") else []
    words += returned
    for field in _fields(request, urlsplit(url).netloc):
        if not (returned and field.lower().startswith("cookie:")):
            words += ["-H", field]
    before = ""
    if PLAIN.fullmatch(request.body):
        # Not --data, which reads a file when the body begins with "@".
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
            _handshake_line(url, trust, ["-c", COOKIE_FILE] if returned else [], query),
            command,
        )
    )


def reproduce(
    id: str, target: str, evidence: Iterable[Exchange], options: Mapping[str, str] = NO_OPTIONS
) -> tuple[str, ...]:
    """Return a line for the suite, then curl lines for the first exchange that has them.

    `options` are the options of the run; those that verdicts depend on are repeated.
    """
    repeated = [
        word
        for name in DECISIVE
        if name in options
        for value in options[name].split("\n")
        for word in (name, value)
    ]
    insecure = "--insecure" in options
    repeated += ["--insecure"] if insecure else []
    lines: list[str] = [shlex.join(["pytest", "--target", target, *repeated, "--case", id])]
    trust = [
        *(["--cacert", options["--ca"]] if "--ca" in options else []),
        *(["--insecure"] if insecure else []),
    ]
    query = "&".join(map(parameter, options.get("--query", "").splitlines()))
    for exchange in evidence:
        found = curl(exchange, trust, jar="--sticky" in options, query=query)
        if found:
            return (*lines, *found)
    return tuple(lines)
