"""Which cookies and header fields a target adds, on which responses, after which requests.

A survey is made from the exchanges of a run at the target itself: `survey_of(exchanges)`. It does no I/O, so a stored
run gives the same survey. Requests of mounts, malformed requests, and those whose Cookie field is unusual on purpose
are not in it.

    survey.cookies                      names of all cookies that were set, the session cookie included
    survey.session_cookies              those whose value is the id of a session
    survey.fields                       names of all other fields that the application adds, in lower case
    survey.of(Kind.POLL, Kind.POST)     the sightings of these kinds of response
    survey.setting("uid")               the sightings that set a cookie
    survey.adding("x-frame-options")    the sightings with a field
    sighting.sets("uid")                its Set-Cookie lines of that name
    sighting.values("x-frame-options")  the values of that field
    sighting.sent("uid")                what the request had of that cookie: a `Sent`
    sighting.origin                     the Origin of the request, or ""

Names are bounded: `MOST_NAMES` cookies and as many fields are kept, and `survey.more_cookies` and `survey.more_fields`
count the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs

from eiospec.cookies.grammar import SetCookie, read
from eiospec.errors import NotRecorded
from eiospec.observations.handshake import Handshake, carries
from eiospec.wire.exchange import Exchange, HeaderLine, Response

# The probes whose exchanges are surveyed, by name: those that behave like clients, at the target itself.
SURVEYED = (
    "handshakes",
    "websocket handshakes",
    "session cookie",
    "survey",
    "upgrade without cookies",
    "upgrade with cookies",
    "another client",
    "two tabs",
    "farewell",
    "strangers",
    "declared origins",
    "tour",
    "errors",
    "sessions through the balancer",
)
# The requests of the error matrix that any server refuses; others it may answer as it likes.
ERRORS = frozenset(
    {"no transport", "transport=abc", "EIO=5", "poll with an unknown sid", "POST with an unknown sid"}
    | {"POST of a packet without sid"}
)

# Fields that are not the application's: of HTTP and its framing, of WebSocket, of CORS, and the server's signature.
PLUMBING = frozenset(
    {"accept-ch", "accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection", "date", "etag"}
    | {"content-disposition", "content-encoding", "content-language", "content-length", "content-location"}
    | {
        "content-range",
        "content-type",
        "expires",
        "http2-settings",
        "keep-alive",
        "last-modified",
        "location",
    }
    | {"p3p", "pragma", "proxy-authenticate", "proxy-connection", "retry-after", "server", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "vary", "via", "warning", "www-authenticate", "x-aspnet-version"}
    | {"x-powered-by", "set-cookie", "set-cookie2"}
)
PLUMBING_PREFIXES = ("access-control-", "sec-websocket-")

# Of hostile targets: names in a survey, and lines of one response that are read.
MOST_NAMES = 100
MOST_LINES = 100
# A Cookie field as user agents write it: pairs separated by "; ", each value with or without double quotes.
_PAIR = r'[^\s;,="\\]+=(?:[^\s;"\\]*|"[^\s;"]*")'
PLAIN_COOKIE = re.compile(rf"{_PAIR}(?:; {_PAIR})*")
PLAIN_ORIGIN = re.compile(r"[\x21-\x7e]+")


class Kind(StrEnum):
    """The kinds of response that are told apart."""

    HANDSHAKE = "polling handshake"
    POLL = "poll"
    POST = "POST"
    UPGRADE = "upgrade 101"
    WEBSOCKET = "WebSocket-only 101"
    ERROR = "error"
    PREFLIGHT = "preflight"


# The first response of a session, and all responses of sessions over each transport.
FIRST = (Kind.HANDSHAKE, Kind.WEBSOCKET)
OVER_HTTP = (Kind.HANDSHAKE, Kind.POLL, Kind.POST)
SWITCHING = (Kind.UPGRADE, Kind.WEBSOCKET)
OF_SESSIONS = (*OVER_HTTP, *SWITCHING)


class Sent(StrEnum):
    """What a request had of a cookie."""

    NOTHING = "no Cookie"
    OTHERS = "other cookies"
    # The name with a value that the target did not set, such as an id that we made up.
    INVENTED = "the cookie with another value"
    RETURNED = "the cookie as it was set"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One answered exchange.

    `brought` are the names of the cookies that the request had, `returned` those with a value that the target had set.
    `cookies` are the Set-Cookie lines of the response, `fields` its other fields that are the application's, with
    names in lower case. `sid` is the id of the session, empty outside of one.
    """

    exchange: Exchange
    kind: Kind
    brought: frozenset[str]
    returned: frozenset[str]
    origin: str
    sid: str
    cookies: tuple[SetCookie, ...]
    fields: tuple[tuple[str, str], ...]

    def sets(self, name: str) -> tuple[SetCookie, ...]:
        """Return the Set-Cookie lines with that cookie-name."""
        return tuple(cookie for cookie in self.cookies if cookie.name == name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of that field (in lower case), one for each line."""
        return tuple(value for known, value in self.fields if known == name)

    def sent(self, name: str) -> Sent:
        """Return what the request had of that cookie."""
        if not self.brought:
            return Sent.NOTHING
        if name not in self.brought:
            return Sent.OTHERS
        return Sent.RETURNED if name in self.returned else Sent.INVENTED


@dataclass(frozen=True, slots=True)
class Survey:
    """All sightings, by probe and label, and the names in the order of their first sighting.

    The session cookies are in `cookies`, too. `spelled` has the fields' names as they were first received.
    """

    sightings: tuple[Sighting, ...]
    cookies: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    session_cookies: frozenset[str] = frozenset()
    spelled: Mapping[str, str] = field(default_factory=dict)
    more_cookies: int = 0
    more_fields: int = 0

    def require_sids(self) -> None:
        """Raise NotRecorded if an open packet of a stored run is masked: the session cookie cannot be identified then."""
        for sighting in self.of(*FIRST):
            transport = "polling" if sighting.kind is Kind.HANDSHAKE else "websocket"
            _ = Handshake(transport, sighting.exchange).sid_or_none

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """Nothing: a check notes the exchanges that it reads."""
        return ()

    def of(self, *kinds: Kind) -> tuple[Sighting, ...]:
        """Return the sightings of these kinds."""
        return tuple(sighting for sighting in self.sightings if sighting.kind in kinds)

    def setting(self, cookie: str) -> tuple[Sighting, ...]:
        """Return the sightings that set this cookie."""
        return tuple(sighting for sighting in self.sightings if sighting.sets(cookie))

    def adding(self, name: str) -> tuple[Sighting, ...]:
        """Return the sightings with this field."""
        return tuple(sighting for sighting in self.sightings if sighting.values(name))


def survey_of(exchanges: Iterable[Exchange]) -> Survey:
    """Survey the exchanges of a run. Linear in what was received, whatever the target sends."""
    rank = {probe: number for number, probe in enumerate(SURVEYED)}
    chosen = [
        (exchange, kind) for exchange in exchanges if exchange.probe in rank and (kind := kind_of(exchange))
    ]
    chosen.sort(key=lambda pair: (rank[pair[0].probe], pair[0].label))
    cookies = {exchange.id: _set_cookies(exchange) for exchange, _ in chosen}
    # A value that identifies nothing, such as an empty one, is returned as well.
    values = {(cookie.name, cookie.value) for lines in cookies.values() for cookie in lines}
    sightings = tuple(
        _sighting(exchange, kind, cookies[exchange.id], values)
        for exchange, kind in chosen
        if brought_by(exchange) is not None
    )
    return _named(sightings)


def _named(sightings: tuple[Sighting, ...]) -> Survey:
    """Return the survey of these sightings."""
    cookies = dict.fromkeys(cookie.name for sighting in sightings for cookie in sighting.cookies)
    fields = dict.fromkeys(name for sighting in sightings for name, _ in sighting.fields)
    spelled: dict[str, str] = {}
    for sighting in sightings:
        for line in _lines(sighting.exchange.response):
            name = line.name.decode("latin-1")
            if name.lower() in fields:
                spelled.setdefault(name.lower(), name)
    return Survey(
        sightings,
        tuple(cookies)[:MOST_NAMES],
        tuple(fields)[:MOST_NAMES],
        frozenset(
            cookie.name
            for sighting in sightings
            if sighting.sid and sighting.kind in OF_SESSIONS
            for cookie in sighting.cookies
            if carries(cookie, sighting.sid)
        ),
        {name: spelled[name] for name in tuple(fields)[:MOST_NAMES]},
        max(0, len(cookies) - MOST_NAMES),
        max(0, len(fields) - MOST_NAMES),
    )


def kind_of(exchange: Exchange) -> Kind | None:
    """Return the kind of a response; None for one that is not told apart, or is not an answer at all.

    A refused opening handshake has none: servers write it on the bare connection, past everything an application adds.
    """
    response = exchange.response
    if response is None or not response.complete:
        return None
    method, query = exchange.request.method, _query(exchange)
    if method == b"OPTIONS":
        asks = exchange.request.headers.values("access-control-request-method")
        return Kind.PREFLIGHT if asks and exchange.request.headers.values("origin") else None
    if exchange.is_websocket:
        if response.status != 101:
            return None
        return Kind.UPGRADE if "sid" in query else Kind.WEBSOCKET
    if method not in (b"GET", b"POST"):
        return None
    if 400 <= response.status < 500:
        return Kind.ERROR if exchange.probe != "errors" or exchange.label in ERRORS else None
    right = query.get("EIO") == ["4"] and query.get("transport") == ["polling"]
    if response.status != 200 or not right:
        return None
    if "sid" in query:
        return Kind.POLL if method == b"GET" else Kind.POST
    return Kind.HANDSHAKE if method == b"GET" else None


def brought_by(exchange: Exchange) -> Mapping[str, str] | None:
    """Return the cookies of a request by name; None when its Cookie or Origin is not as user agents write it."""
    headers = exchange.request.headers
    lines, origins = headers.values("cookie"), headers.values("origin")
    if len(lines) > 1 or len(origins) > 1:
        return None
    if origins and not PLAIN_ORIGIN.fullmatch(origins[0].decode("latin-1")):
        return None
    if not lines:
        return {}
    text = lines[0].decode("latin-1")
    if not PLAIN_COOKIE.fullmatch(text):
        return None
    pairs = [pair.partition("=") for pair in text.split("; ")]
    brought = {name: value for name, _, value in pairs}
    return brought if len(brought) == len(pairs) else None


def _sighting(
    exchange: Exchange, kind: Kind, cookies: tuple[SetCookie, ...], values: set[tuple[str, str]]
) -> Sighting:
    brought = brought_by(exchange) or {}
    return Sighting(
        exchange,
        kind,
        frozenset(brought),
        frozenset(name for name, value in brought.items() if (name, value) in values),
        exchange.request.headers.text("origin") or "",
        _sid(exchange, kind),
        cookies,
        tuple(_fields(exchange.response)),
    )


def _sid(exchange: Exchange, kind: Kind) -> str:
    if kind in FIRST:
        transport = "polling" if kind is Kind.HANDSHAKE else "websocket"
        try:
            return Handshake(transport, exchange).sid_or_none or ""
        except NotRecorded:  # `require_sids` raises it for the checks that depend on it
            return ""
    return _query(exchange).get("sid", [""])[0] if kind in OF_SESSIONS else ""


def _query(exchange: Exchange) -> dict[str, list[str]]:
    return parse_qs(exchange.request.target.partition(b"?")[2].decode("latin-1"))


def _lines(response: Response | None) -> tuple[HeaderLine, ...]:
    return response.headers.lines[:MOST_LINES] if response is not None else ()


def _set_cookies(exchange: Exchange) -> tuple[SetCookie, ...]:
    return tuple(read(line.value) for line in _lines(exchange.response) if line.name.lower() == b"set-cookie")


def _fields(response: Response | None) -> Iterator[tuple[str, str]]:
    """Yield the fields of a response that are the application's, with names in lower case."""
    for line in _lines(response):
        name = line.name.decode("latin-1").lower()
        if name not in PLUMBING and not name.startswith(PLUMBING_PREFIXES):
            yield name, line.value.decode("latin-1")
