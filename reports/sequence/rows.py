"""One session as a sequence of arrows: who asked whom for what, with which cookies, and where it broke.

The theory: a session's exchanges are taken apart into *rows*, one for each thing that crossed the wire (a
request, its response, a frame) or failed to (no answer), and the rows are put in the order of time. Two
exchanges that ran side by side, as a pending poll and its upgrade do, interleave as they did on the wire.

Rules of this room:

* *Values for every writer.* The picture (`drawing`) and the texts (`sequence_text`) are made from the same
  `Sequence`. Every string in it is already visible (`escapes`) and short; how markup or Mermaid are escaped
  is the writers' business.
* *A node is known or it is not.* It is named by the response's own header, or by a cookie that the response
  sets; that a request's Cookie names it says only where the request should have gone, so an error answer is
  never laid at a node's door because of it.
* *Broken is what nothing expected.* An error answer on which only passes and records rest was provoked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from eiospec.reports.model import Document
from eiospec.reports.sequence import labels
from eiospec.reports.sequence.sessions import Session, values_of

# Of one session, so that a flood is still a picture: what is left out is counted.
EXCHANGES_SHOWN = 18
HEAD_SHOWN = 4
AFTER_THE_BREAK = 2
FRAMES_SHOWN = 12
COOKIES_SHOWN = 6
LANES_SHOWN = 4
TONES = 6

CLIENT, BALANCER, SERVER, OTHER_NODES = "Client", "Balancer", "Server", "other nodes"

# The verdicts that say that something was wrong where it was seen.
WRONG = ("broken", "fail", "stale", "blocked", "known", "warn")
# A requirement's id with a verdict.
Finding = tuple[str, str]
# The requirements that rest on an exchange, by the exchange's id.
Citations = Mapping[str, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Routing:
    """How the nodes behind a target are told apart, as its profile says.

    `node_header` is the response field that names the node, `node_cookie` the cookie whose value does, or
    begins with it (`app01~sid`); `balanced` that a balancer stands before the target.
    """

    node_header: str | None = None
    node_cookie: str | None = None
    balanced: bool = False


DIRECT = Routing()


class Kind(StrEnum):
    """What a row shows."""

    REQUEST = "request"
    RESPONSE = "response"
    FRAME = "frame"
    SILENCE = "no answer"
    CLOSED = "connection closed"
    GAP = "left out"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie-pair; `tone` numbers the names of the sequence, the session cookie's is 0."""

    name: str
    value: str
    attributes: str = ""
    tone: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that crossed the wire, or failed to.

    `at` is seconds since the session began, `outward` the direction away from the client, `lane` who was at
    the far end. `head` says what it is ("GET polling", "400 Session ID unknown"), `tail` what else is worth
    reading, `label` what the probe meant by it. `findings` are the requirements that found it wrong, as
    (id, verdict); `left_out` counts the cookies that are not listed.
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
    """A session drawn: its lanes from left to right, its rows from top to bottom.

    `exchanges` are the ids of all its exchanges, drawn or not; `upgraded` that a probe was answered and a
    message or the upgrade packet followed.
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
        """True when the second lane is a balancer's."""
        return BALANCER in self.lanes

    @property
    def breaks(self) -> tuple[Row, ...]:
        """The rows at which it broke."""
        return tuple(row for row in self.rows if row.broke)


def sequence(session: Session, cited: Citations, routing: Routing = DIRECT) -> Sequence:
    """The rows of a session, given which judgements rest on its exchanges."""
    began = session.exchanges[0]["started"]
    kept = _kept(session.exchanges, cited)
    words = _Words(session, cited, routing)
    rows = [row for exchange in kept for row in words.rows(exchange)]
    rows += _gaps(session.exchanges, kept)
    rows.sort(key=lambda row: row.at)
    return Sequence(
        sid=labels.shown(session.sid, labels.SID_WHOLE),
        path=labels.shown(session.path, labels.TAIL),
        lanes=words.lanes(kept),
        rows=_told_apart([replace(row, at=max(0.0, row.at - began)) for row in rows]),
        exchanges=tuple(exchange["id"] for exchange in session.exchanges),
        seconds=max(exchange["ended"] for exchange in session.exchanges) - began,
        upgraded=upgraded(session),
    )


def upgraded(session: Session) -> bool:
    """True when a WebSocket took the session over: the probe was answered and the upgrade packet sent."""
    return any(
        {(True, "3probe"), (False, "5")}
        <= {(frame["by_target"], frame["payload"]) for frame in exchange["frames"]}
        for exchange in session.exchanges
    )


def broke(exchange: Document, cited: Citations) -> bool:
    """True when the exchange failed on the wire, unless all that rests on it is content: then it was provoked."""
    verdicts = {verdict for _, verdict in cited.get(exchange["id"], ())}
    provoked = verdicts and not verdicts & {*WRONG}
    return not provoked and labels.failed(exchange)


class _Words:
    """What the rows of one session say: who was at the far end, which colour a cookie has, what was found."""

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
        """What crossed the wire in one exchange, and what did not come."""
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
            label=labels.told(exchange["label"], labels.LABEL),
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
        """The lanes of these exchanges, nodes in the order they first answered."""
        if not self.balanced:
            return (CLIENT, SERVER)
        used = {self._lane(exchange) for exchange in kept}
        far = [node for node in (*self.nodes[:LANES_SHOWN], OTHER_NODES) if node in used]
        return (CLIENT, BALANCER, *far)

    def _lane(self, exchange: Document) -> str:
        """The lane of the far end."""
        node = self._node(exchange)
        if not self.balanced:
            return SERVER
        if not node:
            return BALANCER
        return node if node in self.nodes[:LANES_SHOWN] else OTHER_NODES

    def _node(self, exchange: Document) -> str:
        """The name of the node that answered; empty when it cannot be told."""
        response, header, cookie = exchange["response"], self.routing.node_header, self.routing.node_cookie
        if response is None:
            return ""
        # Only a request that was served shows that it reached the node its cookie names.
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
        """Cookies as they are shown."""
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
    """The frames of a WebSocket, and its end when no close frame announced it."""
    frames = exchange["frames"]
    for frame in frames[:FRAMES_SHOWN]:
        head, tail = labels.frame(frame)
        at = max(row.at, frame["at"])
        row = replace(row, at=at, outward=not frame["by_target"], head=head, tail=tail)
        yield row
    if len(frames) > FRAMES_SHOWN:
        head = labels.number(len(frames) - FRAMES_SHOWN, "more frame")
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
    """The findings, each where it shows: at the exchanges that went wrong, or else at the last it rests on."""
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
    """The exchanges that are drawn: the first ones; of a long session that broke, the way to the break, too."""
    if len(exchanges) <= EXCHANGES_SHOWN:
        return exchanges
    breaks = (place for place, exchange in enumerate(exchanges) if broke(exchange, cited))
    end = next(breaks, 0) + 1 + AFTER_THE_BREAK
    if end <= EXCHANGES_SHOWN:
        return exchanges[:EXCHANGES_SHOWN]
    end = min(end, len(exchanges))
    return exchanges[:HEAD_SHOWN] + exchanges[end - (EXCHANGES_SHOWN - HEAD_SHOWN) : end]


def _gaps(exchanges: tuple[Document, ...], kept: tuple[Document, ...]) -> list[Row]:
    """A row where exchanges are left out, with their number."""
    drawn = {exchange["id"] for exchange in kept}
    gaps: list[Row] = []
    hidden: list[Document] = []
    for exchange in (*exchanges, None):
        if exchange is not None and exchange["id"] not in drawn:
            hidden.append(exchange)
        elif hidden:
            head = labels.number(len(hidden), "more exchange")
            gaps.append(Row(Kind.GAP, hidden[0]["started"], True, head))
            hidden = []
    return gaps


def _told_apart(rows: list[Row]) -> tuple[Row, ...]:
    """The rows, with a word to answers that do not stand below their request: what they answer."""
    asked = {row.exchange: row.head for row in rows if row.kind is Kind.REQUEST}
    told: list[Row] = []
    last = ""
    for row in rows:
        if row.kind in (Kind.RESPONSE, Kind.SILENCE) and row.exchange != last:
            what = f"to {asked[row.exchange]}"
            row = replace(row, tail=f"{what} · {row.tail}" if row.tail else what)
        if row.kind is not Kind.GAP:
            last = row.exchange
        told.append(row)
    return tuple(told)
