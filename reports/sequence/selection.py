"""Select the sessions of a run that are drawn, and the one at the top of the page.

A run has hundreds of sessions, so a bounded number is drawn: first those that findings cite, gravest finding
first, then those that cover the most other requirements. At the top is the most instructive one: the first that
was lost or lost its cookie, otherwise one that was upgraded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest

from eiospec.reports.escapes import visible
from eiospec.reports.model import Document, with_verdict
from eiospec.reports.outcome import FINDINGS
from eiospec.reports.sequence import labels
from eiospec.reports.sequence.as_text import mermaid, plain_text
from eiospec.reports.sequence.labels import SENTENCE
from eiospec.reports.sequence.layout import Drawing, drawing
from eiospec.reports.sequence.rows import (
    DIRECT,
    EXCHANGES_SHOWN,
    Citations,
    Finding,
    Routing,
    Sequence,
    broke,
    sequence,
    upgraded,
)
from eiospec.reports.sequence.sessions import Session, sessions
from eiospec.reports.text import count, cut, cut_middle, offset

SESSIONS_SHOWN = 16
SESSIONS_A_FINDING = 2
URL_SHOWN = 80
# Areas about cookies: when a MUST of theirs fails at a handshake without the session cookie, the cookie was lost.
COOKIE_AREAS = ("CK", "CA", "CS", "HI", "HH", "HX", "PR", "ST", "V3")

LOST_SESSION = "The lost session"
LOST_COOKIE = "The session that lost its cookie"
WHOLE = "A session, from handshake to upgrade"
PLAIN = "A session"


@dataclass(frozen=True, slots=True)
class Diagram:
    """A session as a diagram. `summary` is the picture in words, `findings` are (id, verdict, sentence)."""

    place: int
    sequence: Sequence
    drawing: Drawing
    title: str
    summary: str
    text: str
    mermaid: str
    findings: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Diagrams:
    """The diagrams of a run; the first one has the `heading`."""

    drawn: tuple[Diagram, ...]
    heading: str

    @property
    def lost(self) -> bool:
        """True when the first session was lost or lost its cookie: the page then starts with it."""
        return self.heading in (LOST_SESSION, LOST_COOKIE)

    @property
    def by_exchange(self) -> dict[str, int]:
        """The place of the diagram of each exchange."""
        found: dict[str, int] = {}
        for diagram in self.drawn:
            for id in diagram.sequence.exchanges:
                found.setdefault(id, diagram.place)
        return found


def diagrams(
    made: Document, routing: Routing = DIRECT, *, first: int = 1, most: int = SESSIONS_SHOWN
) -> Diagrams:
    """Select and draw at most `most` sessions, numbered from `first`."""
    known = sessions(made["exchanges"])
    cited = citations(made)
    sentences = {
        entry["id"]: cut(visible(entry["sentence"].replace("`", "")), SENTENCE)
        for entry in made["requirements"]
    }
    heading, telling = _telling(known, cited)
    chosen = {session.key: session for session in telling}
    for session in chain(_with_findings(made, known, cited), _with_most(known, cited)):
        if len(chosen) >= most:
            break
        chosen.setdefault(session.key, session)
    return Diagrams(
        tuple(
            _diagram(place, session, sequence(session, cited, routing), sentences)
            for place, session in enumerate(chosen.values(), first)
        ),
        heading,
    )


def citations(made: Document) -> Citations:
    """Return, per exchange, the requirements that cite it as evidence, with their verdicts."""
    cited: dict[str, dict[Finding, None]] = {}
    for entry in made["requirements"]:
        for judgement in entry["judgements"]:
            for id in judgement["evidence"]:
                cited.setdefault(id, {})[entry["id"], judgement["verdict"]] = None
    return {id: tuple(found) for id, found in cited.items()}


def _telling(known: tuple[Session, ...], cited: Citations) -> tuple[str, list[Session]]:
    """Return the heading, and the session for the top in a list of at most one."""
    for heading, matches in ((LOST_SESSION, _lost_session), (LOST_COOKIE, _lost_cookie)):
        if found := next((session for session in known if matches(session, cited)), None):
            return heading, [found]
    # Prefer sessions with cookies, then long ones.
    whole = [session for session in known if upgraded(session)]
    best = max(whole or known, key=_fullness, default=None)
    return (WHOLE if whole else PLAIN), [best] if best else []


def _broke(session: Session, cited: Citations) -> bool:
    return any(broke(exchange, cited) for exchange in session.exchanges)


def _lost_session(session: Session, cited: Citations) -> bool:
    """True when the target no longer knew the session and a requirement fails there."""
    unknown = any(
        broke(exchange, cited) and labels.unknown_session(exchange) for exchange in session.exchanges
    )
    return unknown and any(_fails(exchange, cited) for exchange in session.exchanges)


def _lost_cookie(session: Session, cited: Citations) -> bool:
    """True when a MUST about cookies fails at a polling handshake without session cookie (WebSockets need none)."""
    return any(
        exchange["id"] in session.handshakes
        and not exchange["websocket"]
        and _fails(exchange, cited, COOKIE_AREAS)
        and not any(labels.is_own(value, session) for _, value in labels.cookies_set(exchange))
        for exchange in session.exchanges
    )


def _fails(exchange: Document, cited: Citations, areas: tuple[str, ...] = ()) -> bool:
    return any(
        verdict == "fail" and (not areas or id.partition("-")[0] in areas)
        for id, verdict in cited.get(exchange["id"], ())
    )


def _fullness(session: Session) -> tuple[bool, bool, int]:
    """Order sessions: was the session cookie sent back, was any cookie, how many exchanges."""
    sent = [value for exchange in session.exchanges for _, value in labels.cookies_sent(exchange)]
    own = any(labels.is_own(value, session) for value in sent)
    return own, bool(sent), min(len(session.exchanges), EXCHANGES_SHOWN)


def _with_findings(made: Document, known: tuple[Session, ...], cited: Citations) -> Iterator[Session]:
    """Yield the sessions that findings cite: the first of each finding, gravest first, then the second of each …"""
    owners = _owners(known)
    found = [
        list(_of_finding(entry, owners, cited))
        for entry in with_verdict(made, *(one.value for one in FINDINGS))
    ]
    for turn in zip_longest(*found):
        yield from (session for session in turn if session is not None)


def _of_finding(entry: Document, owners: Mapping[str, Session], cited: Citations) -> Iterator[Session]:
    """Yield, per judgement with the finding, the first sessions it cites, broken ones first."""
    for judgement in entry["judgements"]:
        if judgement["verdict"] == entry["verdict"]:
            found = {owners[id].key: owners[id] for id in judgement["evidence"] if id in owners}
            broken_first = sorted(found.values(), key=lambda session: not _broke(session, cited))
            yield from broken_first[:SESSIONS_A_FINDING]


def _with_most(known: tuple[Session, ...], cited: Citations) -> Iterator[Session]:
    """Yield the other sessions, each time the one that covers most requirements not covered yet."""
    rest = {
        session.key: {id for exchange in session.exchanges for id, _ in cited.get(exchange["id"], ())}
        for session in known
    }
    by_key = {session.key: session for session in known}
    while rest:
        key = max(rest, key=lambda key: len(rest[key]))
        covered = rest.pop(key)
        if not covered:
            return
        yield by_key[key]
        rest = {other: ids - covered for other, ids in rest.items()}


def _owners(known: tuple[Session, ...]) -> dict[str, Session]:
    owners: dict[str, Session] = {}
    for session in known:
        for exchange in session.exchanges:
            owners.setdefault(exchange["id"], session)
    return owners


def _diagram(place: int, session: Session, drawn: Sequence, sentences: Mapping[str, str]) -> Diagram:
    # Two handshakes: the target gave the same id twice.
    twice = f", opened {len(session.handshakes)} times" if len(session.handshakes) > 1 else ""
    title = f"Session {drawn.sid}{twice}"
    url = cut_middle(visible(session.exchanges[0]["url"].partition("?")[0]), URL_SHOWN)
    findings = dict.fromkeys(finding for row in drawn.rows for finding in row.findings)
    return Diagram(
        place,
        drawn,
        drawing(drawn),
        title,
        _summary(drawn),
        plain_text(drawn, f"{title} of {url}", sentences),
        mermaid(drawn, f"{title} of {url}", sentences),
        tuple((id, verdict, sentences[id]) for id, verdict in findings),
    )


def _summary(drawn: Sequence) -> str:
    """Describe the picture in words, for readers who cannot see it."""
    parts = [f"{count(len(drawn.exchanges), 'exchange')} in {offset(drawn.seconds).lstrip('+')}"]
    if drawn.balanced:
        parts.append(f"answered by {', '.join(drawn.lanes[2:]) or 'a balancer'}")
    if drawn.upgraded:
        parts.append("upgraded to WebSocket")
    parts += [f"broke at {offset(row.at)}: {row.head}" for row in drawn.breaks[:1]]
    return "; ".join(parts)
