"""One session as a sequence of rows: who sent what to whom, with which cookies, and where it broke.

Each exchange becomes *rows*, one per thing that crossed the wire (a request, its response, a frame) or failed to
(no answer). Rows are sorted by time, so concurrent exchanges, such as a pending poll and its upgrade, interleave as
they did on the wire.

Rules:

* The picture (`layout`) and the texts (`as_text`) are made from the same `Sequence`. Its strings are printable and
  short; escaping for HTML or Mermaid is up to the writers.
* A node is named by a header of the response or a cookie that the response sets. The Cookie of a request only names
  the node that should answer, so it never attributes an error to a node.
* An error response that only passing requirements cite was provoked by a probe; it does not count as broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from eiospec.reports.escapes import visible
from eiospec.reports.model import Document
from eiospec.reports.sequence import labels
from eiospec.reports.sequence.sessions import Session, values_of
from eiospec.reports.text import count, cut

# Limits of one diagram; what is left out is counted.
EXCHANGES_SHOWN = 18
HEAD_SHOWN = 4
AFTER_THE_BREAK = 2
FRAMES_SHOWN = 12
COOKIES_SHOWN = 6
LANES_SHOWN = 4
TONES = 6

CLIENT, BALANCER, SERVER, OTHER_NODES = "Client", "Balancer", "Server", "other nodes"

# Verdicts that mark an exchange as wrong, gravest first.
WRONG = ("broken", "fail", "stale", "blocked", "known", "warn")
# Requirement id and verdict.
Finding = tuple[str, str]
# The requirements that cite an exchange as evidence, by exchange id.
Citations = Mapping[str, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Routing:
    """How to identify the nodes behind a target.

    `node_header` is the response field that names the node, `node_cookie` the cookie whose value is the node's name
    or starts with it (`app01~sid`); `balanced` is true with a balancer in front of the target.
    """

    node_header: str | None = None
    node_cookie: str | None = None
    balanced: bool = False


DIRECT = Routing()


class Kind(StrEnum):
    """Kinds of rows."""

    REQUEST = "request"
    RESPONSE = "response"
    FRAME = "frame"
    SILENCE = "no answer"
    CLOSED = "connection closed"
    GAP = "left out"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie-pair; `tone` is the number of its colour, 0 for the session cookie."""

    name: str
    value: str
    attributes: str = ""
    tone: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that crossed the wire, or failed to.

    `at` is seconds since the session began, `outward` true for the direction away from the client, `lane` the other
    end. `head` is the main text ("GET polling", "400 Session ID unknown"), `tail` the details, `label` the purpose of
    the exchange. `findings` are (id, verdict) of requirements it breaks; `left_out` counts unlisted cookies.
    """

    kind: Kind
    at: float
    outward: bool
    head: str
    exchange: str = ""
    lane: str = SERVER
    tail: str = ""
    label: str = ""
    cookies: tuple[Cookie, ...] = ()
    left_out: int = 0
    error: bool = False
    broke: bool = False
    streaming: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """A session as lanes from left to right and rows from top to bottom.

    `exchanges` are the ids of all its exchanges, including those without a row.
    """

    sid: str
    path: str
    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    exchanges: tuple[str, ...]
    seconds: float
    upgraded: bool

    @property
    def balanced(self) -> bool:
        """True when there is a lane for a balancer."""
        return BALANCER in self.lanes

    @property
    def breaks(self) -> tuple[Row, ...]:
        """The rows where the session broke."""
        return tuple(row for row in self.rows if row.broke)


def sequence(session: Session, cited: Citations, routing: Routing = DIRECT) -> Sequence:
    """Make the sequence of a session."""
    began = session.exchanges[0]["started"]
    kept = _kept(session.exchanges, cited)
    maker = _RowMaker(session, cited, routing)
    rows = [row for exchange in kept for row in maker.rows(exchange)]
    rows += _gaps(session.exchanges, kept)
    rows.sort(key=lambda row: row.at)
    return Sequence(
        sid=labels.shown(session.sid, labels.SID_WHOLE),
        path=labels.shown(session.path, labels.TAIL),
        lanes=maker.lanes(kept),
        rows=_with_references([replace(row, at=max(0.0, row.at - began)) for row in rows]),
        exchanges=tuple(exchange["id"] for exchange in session.exchanges),
        seconds=max(exchange["ended"] for exchange in session.exchanges) - began,
        upgraded=upgraded(session),
    )


def upgraded(session: Session) -> bool:
    """True when the session was upgraded: the probe was answered and the upgrade packet sent."""
    return any(
        {(True, "3probe"), (False, "5")}
        <= {(frame["by_target"], frame["payload"]) for frame in exchange["frames"]}
        for exchange in session.exchanges
    )


def broke(exchange: Document, cited: Citations) -> bool:
    """True when the exchange failed, unless only passing requirements cite it: then a probe provoked it."""
    verdicts = {verdict for _, verdict in cited.get(exchange["id"], ())}
    provoked = verdicts and not verdicts & {*WRONG}
    return not provoked and labels.failed(exchange)


class _RowMaker:
    """Makes the rows of one session: knows its nodes, the colours of its cookies, and its findings."""

    def __init__(self, session: Session, cited: Citations, routing: Routing) -> None:
        self.session, self.cited, self.routing = session, cited, routing
        pairs = [
            pair
            for exchange in session.exchanges
            for pair in (*labels.cookies_set(exchange), *labels.cookies_sent(exchange))
        ]
        own = [name for name, value in pairs if labels.is_own(value, session)]
        names = dict.fromkeys((*own, *(name for name, _ in pairs)))
        self.tones = {name: place % TONES for place, name in enumerate(names)}
        self.marks = _marks(session, cited)
        found = dict.fromkeys(node for exchange in session.exchanges if (node := self._node(exchange)))
        self.nodes = tuple(found)
        self.balanced = routing.balanced or bool(found)

    def rows(self, exchange: Document) -> Iterator[Row]:
        """Yield the rows of an exchange."""
        sent = labels.cookies_sent(exchange)
        row = Row(
            Kind.REQUEST,
            exchange["started"],
            True,
            labels.request(exchange),
            exchange=exchange["id"],
            lane=self._lane(exchange),
        )
        yield replace(
            row,
            tail=labels.request_tail(exchange, self.session),
            label=cut(visible(exchange["label"]), labels.LABEL),
            cookies=self._cookies(sent),
            left_out=max(0, len(sent) - COOKIES_SHOWN),
        )
        at = exchange["ended"] if exchange["answered"] is None else exchange["answered"]
        wrong = broke(exchange, self.cited)
        row = replace(
            row, at=max(row.at, at), outward=False, broke=wrong, findings=self.marks.get(row.exchange, ())
        )
        if exchange["response"] is None:
            yield replace(row, kind=Kind.SILENCE, head=labels.silence(exchange), error=wrong)
            return
        received = labels.cookies_set(exchange)
        yield replace(
            row,
            kind=Kind.RESPONSE,
            head=labels.response(exchange),
            tail=labels.response_tail(exchange),
            cookies=self._cookies(received, labels.attributes_set(exchange)),
            left_out=max(0, len(received) - COOKIES_SHOWN),
            error=labels.failed(exchange),
            streaming=exchange["response"]["status"] == 101,
        )
        yield from _frames(
            exchange, Row(Kind.FRAME, row.at, False, "", row.exchange, row.lane, streaming=True)
        )

    def lanes(self, kept: tuple[Document, ...]) -> tuple[str, ...]:
        """Return the lanes of these exchanges, nodes in the order of their first response."""
        if not self.balanced:
            return (CLIENT, SERVER)
        used = {self._lane(exchange) for exchange in kept}
        far = [node for node in (*self.nodes[:LANES_SHOWN], OTHER_NODES) if node in used]
        return (CLIENT, BALANCER, *far)

    def _lane(self, exchange: Document) -> str:
        """Return the lane of the other end."""
        node = self._node(exchange)
        if not self.balanced:
            return SERVER
        if not node:
            return BALANCER
        return node if node in self.nodes[:LANES_SHOWN] else OTHER_NODES

    def _node(self, exchange: Document) -> str:
        """Return the name of the node that answered; empty if unknown."""
        response, header, cookie = exchange["response"], self.routing.node_header, self.routing.node_cookie
        if response is None:
            return ""
        # A request reached the node that its cookie names only if it succeeded.
        sent = [] if labels.failed(exchange) else labels.cookies_sent(exchange)
        named = [
            *(values_of(response, header.lower()) if header else ()),
            *(
                value.partition("~")[0]
                for name, value in (*labels.cookies_set(exchange), *sent)
                if name == cookie or value.endswith(f"~{self.session.sid}")
            ),
        ]
        return next((f"{labels.shown(node, labels.NODE)}" for node in named if node), "")

    def _cookies(
        self, pairs: list[tuple[str, str]], attributes: list[str] | None = None
    ) -> tuple[Cookie, ...]:
        """Return the cookies as shown, at most `COOKIES_SHOWN`."""
        return tuple(
            Cookie(
                labels.shown(name, labels.COOKIE_NAME),
                labels.shown(value, labels.COOKIE_VALUE),
                labels.shown(attributes[place], labels.ATTRIBUTES) if attributes else "",
                self.tones[name],
            )
            for place, (name, value) in enumerate(pairs[:COOKIES_SHOWN])
        )


def _frames(exchange: Document, row: Row) -> Iterator[Row]:
    """Yield the frames of a WebSocket, and its end if there was no close frame."""
    frames = exchange["frames"]
    for frame in frames[:FRAMES_SHOWN]:
        head, tail = labels.frame(frame)
        at = max(row.at, frame["at"])
        row = replace(row, at=at, outward=not frame["by_target"], head=head, tail=tail)
        yield row
    if len(frames) > FRAMES_SHOWN:
        head = count(len(frames) - FRAMES_SHOWN, "more frame")
        yield replace(row, kind=Kind.GAP, head=head, tail="")
    closing = any(frame["opcode"] == "close" for frame in frames)
    if (
        row.streaming
        and exchange["response"]["status"] == 101
        and not closing
        and labels.ended_by_target(exchange)
    ):
        at = max(row.at, exchange["ended"])
        yield replace(row, kind=Kind.CLOSED, at=at, outward=False, head=exchange["end"], tail="")


def _marks(session: Session, cited: Citations) -> dict[str, tuple[Finding, ...]]:
    """Return the findings by exchange: each at the exchanges that failed, or else at the last one it cites."""
    places: dict[Finding, list[Document]] = {}
    for exchange in session.exchanges:
        for finding in cited.get(exchange["id"], ()):
            if finding[1] in WRONG:
                places.setdefault(finding, []).append(exchange)
    marks: dict[str, list[Finding]] = {}
    for finding in sorted(places, key=lambda found: (WRONG.index(found[1]), found[0])):
        found = places[finding]
        for exchange in [each for each in found if labels.failed(each)] or found[-1:]:
            marks.setdefault(exchange["id"], []).append(finding)
    return {id: tuple(found) for id, found in marks.items()}


def _kept(exchanges: tuple[Document, ...], cited: Citations) -> tuple[Document, ...]:
    """Return the exchanges to draw: the first ones, and those around the break of a long session."""
    if len(exchanges) <= EXCHANGES_SHOWN:
        return exchanges
    breaks = (place for place, exchange in enumerate(exchanges) if broke(exchange, cited))
    end = next(breaks, 0) + 1 + AFTER_THE_BREAK
    if end <= EXCHANGES_SHOWN:
        return exchanges[:EXCHANGES_SHOWN]
    end = min(end, len(exchanges))
    return exchanges[:HEAD_SHOWN] + exchanges[end - (EXCHANGES_SHOWN - HEAD_SHOWN) : end]


def _gaps(exchanges: tuple[Document, ...], kept: tuple[Document, ...]) -> list[Row]:
    """Return a row with a count wherever exchanges are left out."""
    drawn = {exchange["id"] for exchange in kept}
    gaps: list[Row] = []
    hidden: list[Document] = []
    for exchange in (*exchanges, None):
        if exchange is not None and exchange["id"] not in drawn:
            hidden.append(exchange)
        elif hidden:
            head = count(len(hidden), "more exchange")
            gaps.append(Row(Kind.GAP, hidden[0]["started"], True, head))
            hidden = []
    return gaps


def _with_references(rows: list[Row]) -> tuple[Row, ...]:
    """Add "to GET polling" to responses that do not directly follow their request."""
    requests = {row.exchange: row.head for row in rows if row.kind is Kind.REQUEST}
    made: list[Row] = []
    last = ""
    for row in rows:
        if row.kind in (Kind.RESPONSE, Kind.SILENCE) and row.exchange != last:
            what = f"to {requests[row.exchange]}"
            row = replace(row, tail=f"{what} · {row.tail}" if row.tail else what)
        if row.kind is not Kind.GAP:
            last = row.exchange
        made.append(row)
    return tuple(made)
