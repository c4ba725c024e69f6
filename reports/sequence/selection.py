"""Which sessions of a run are drawn, and which one is drawn on top.

A run holds hundreds of sessions and a page is to open at once, so a bounded number is drawn: those that
findings rest on, gravest first, then those on which the most other requirements rest. On top stands the most
telling one: the first that lost its session or its cookie, else one that went all the way to the upgrade.
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
from eiospec.reports.sequence.labels import SENTENCE, shortened, told
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

SESSIONS_SHOWN = 16
SESSIONS_A_FINDING = 2
URL_SHOWN = 80
# The areas that are about cookies: a MUST of theirs that fails at a handshake without the session cookie
# says that the cookie was lost there.
COOKIE_AREAS = ("CK", "CA", "CS", "HI", "HH", "HX", "PR", "ST", "V3")

LOST_SESSION = "The lost session"
LOST_COOKIE = "The session that lost its cookie"
WHOLE = "A session, from handshake to upgrade"
PLAIN = "A session"


@dataclass(frozen=True, slots=True)
class Journey:
    """One drawn session. `told` says in words what it shows, `findings` are those in it: id, verdict and sentence."""

    place: int
    sequence: Sequence
    drawing: Drawing
    title: str
    told: str
    text: str
    mermaid: str
    findings: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Journeys:
    """What is drawn: the telling session first, if there is one, under its `heading`.

    `tells` says that something was lost in it: then the page opens with it, findings or not.
    """

    drawn: tuple[Journey, ...]
    heading: str

    @property
    def tells(self) -> bool:
        """True when the session or its cookie was lost."""
        return self.heading in (LOST_SESSION, LOST_COOKIE)

    @property
    def by_exchange(self) -> dict[str, int]:
        """The place of the session an exchange belongs to."""
        found: dict[str, int] = {}
        for journey in self.drawn:
            for id in journey.sequence.exchanges:
                found.setdefault(id, journey.place)
        return found


def journeys(
    made: Document, routing: Routing = DIRECT, *, first: int = 1, most: int = SESSIONS_SHOWN
) -> Journeys:
    """Choose and draw at most so many; their places count from `first`."""
    known = sessions(made["exchanges"])
    cited = citations(made)
    sentences = {
        entry["id"]: told(entry["sentence"].replace("`", ""), SENTENCE) for entry in made["requirements"]
    }
    heading, telling = _telling(known, cited)
    chosen = {session.key: session for session in telling}
    for session in chain(_with_findings(made, known, cited), _with_most(known, cited)):
        if len(chosen) >= most:
            break
        chosen.setdefault(session.key, session)
    return Journeys(
        tuple(
            _journey(place, session, sequence(session, cited, routing), sentences)
            for place, session in enumerate(chosen.values(), first)
        ),
        heading,
    )


def citations(made: Document) -> Citations:
    """The requirements that rest on each exchange, with the verdicts they came to there."""
    cited: dict[str, dict[Finding, None]] = {}
    for entry in made["requirements"]:
        for judgement in entry["judgements"]:
            for id in judgement["evidence"]:
                cited.setdefault(id, {})[entry["id"], judgement["verdict"]] = None
    return {id: tuple(found) for id, found in cited.items()}


def _telling(known: tuple[Session, ...], cited: Citations) -> tuple[str, list[Session]]:
    """The session on top, in a list of at most one, and its heading."""
    for heading, tells in ((LOST_SESSION, _lost_session), (LOST_COOKIE, _lost_cookie)):
        if found := next((session for session in known if tells(session, cited)), None):
            return heading, [found]
    # The fullest: one with cookies rather than one without, then the longest.
    whole = [session for session in known if upgraded(session)]
    best = max(whole or known, key=_fullness, default=None)
    return (WHOLE if whole else PLAIN), [best] if best else []


def _broke(session: Session, cited: Citations) -> bool:
    return any(broke(exchange, cited) for exchange in session.exchanges)


def _lost_session(session: Session, cited: Citations) -> bool:
    """The target no longer knew the session, and something fails in it."""
    unknown = any(
        broke(exchange, cited) and labels.unknown_session(exchange) for exchange in session.exchanges
    )
    return unknown and any(_fails(exchange, cited) for exchange in session.exchanges)


def _lost_cookie(session: Session, cited: Citations) -> bool:
    """A MUST about cookies fails at a polling handshake that set no session cookie; over a WebSocket none must come."""
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
    """Did its own cookie come back, did any, and how long is it?"""
    sent = [value for exchange in session.exchanges for _, value in labels.cookies_sent(exchange)]
    own = any(labels.is_own(value, session) for value in sent)
    return own, bool(sent), min(len(session.exchanges), EXCHANGES_SHOWN)


def _with_findings(made: Document, known: tuple[Session, ...], cited: Citations) -> Iterator[Session]:
    """The sessions that findings rest on: the first of each finding, gravest finding first, then the second …"""
    owners = _owners(known)
    found = [
        list(_of_finding(entry, owners, cited))
        for entry in with_verdict(made, *(one.value for one in FINDINGS))
    ]
    for turn in zip_longest(*found):
        yield from (session for session in turn if session is not None)


def _of_finding(entry: Document, owners: Mapping[str, Session], cited: Citations) -> Iterator[Session]:
    """For each judgement that found it, the first sessions it rests on; those that broke before the others."""
    for judgement in entry["judgements"]:
        if judgement["verdict"] == entry["verdict"]:
            found = {owners[id].key: owners[id] for id in judgement["evidence"] if id in owners}
            broken_first = sorted(found.values(), key=lambda session: not _broke(session, cited))
            yield from broken_first[:SESSIONS_A_FINDING]


def _with_most(known: tuple[Session, ...], cited: Citations) -> Iterator[Session]:
    """The other sessions, each the one on which the most requirements rest that no earlier one has."""
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


def _journey(place: int, session: Session, drawn: Sequence, sentences: Mapping[str, str]) -> Journey:
    # A session that a target named twice has two handshakes; that is worth a word.
    twice = f", opened {len(session.handshakes)} times" if len(session.handshakes) > 1 else ""
    title = f"Session {drawn.sid}{twice}"
    url = shortened(visible(session.exchanges[0]["url"].partition("?")[0]), URL_SHOWN)
    findings = dict.fromkeys(finding for row in drawn.rows for finding in row.findings)
    return Journey(
        place,
        drawn,
        drawing(drawn),
        title,
        _told(drawn),
        plain_text(drawn, f"{title} of {url}", sentences),
        mermaid(drawn, f"{title} of {url}", sentences),
        tuple((id, verdict, sentences[id]) for id, verdict in findings),
    )


def _told(drawn: Sequence) -> str:
    """What the picture shows, in words: for who does not see it."""
    parts = [
        f"{labels.number(len(drawn.exchanges), 'exchange')} in {labels.offset(drawn.seconds).lstrip('+')}"
    ]
    if drawn.balanced:
        parts.append(f"answered by {', '.join(drawn.lanes[2:]) or 'a balancer'}")
    if drawn.upgraded:
        parts.append("upgraded to WebSocket")
    parts += [f"broke at {labels.offset(row.at)}: {row.head}" for row in drawn.breaks[:1]]
    return "; ".join(parts)
