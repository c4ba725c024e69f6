"""Session ids: an id gives access to its session, so ids must be unique and impossible to guess."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.answer import Answer, describe
from eiospec.observations.fixation import CHOSEN, Fixation
from eiospec.observations.guessing import TURNED_AWAY, UNISSUED, Guessing
from eiospec.observations.handshake import Handshake
from eiospec.observations.handshakes import Crowd
from eiospec.observations.hostile import unlike
from eiospec.observations.session_ids import (
    Issued,
    given_again,
    ids_of,
    kinship,
    sample_of,
    shortfall,
    unsafe,
)
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import EIO4, ENGINE_IO, OWASP_SESSIONS, RFC6265BIS, ROBUSTNESS

POLLING = Capability.POLLING


@requirement(
    "SE-001",
    MUST,
    "No session id is issued twice, neither under concurrent handshakes nor after a session was closed.",
    source=EIO4.at("Handshake: sid, the session identifier"),
    needs=POLLING,
)
def test_unique(crowd: Crowd, issued: Issued) -> None:
    if len(ids_of(crowd.all)) < 2:
        raise Blocked("fewer than two of the crowd's handshakes opened a session")
    assert given_again(issued) == []


@requirement(
    "SE-002",
    SHOULD,
    "Session ids carry at least 64 bits of unpredictable material.",
    source=OWASP_SESSIONS.at("Session ID Entropy"),
    needs=POLLING,
)
def test_entropy(crowd: Crowd) -> None:
    """Measured from outside: a counter behind a hash or a cipher looks random."""
    assert shortfall(sample_of(crowd.all)) == ""


@requirement(
    "SE-003",
    SHOULD,
    "No session id can be derived from another one: no fixed stride, no clock, no long part shared with others.",
    source=OWASP_SESSIONS.at("Session ID Entropy"),
    needs=POLLING,
)
def test_no_kinship(crowd: Crowd) -> None:
    """A counter at the end of a random id, as in the reference, is harmless."""
    assert kinship(sample_of(crowd.all)) == ""


@requirement(
    "SE-004",
    SHOULD,
    "Session ids consist of characters that neither a query nor a cookie has to encode.",
    source=ENGINE_IO.at("base64id"),
    needs=POLLING,
)
def test_safe_characters(issued: Issued) -> None:
    assert unsafe(issued) == []


@requirement(
    "SE-005",
    SHOULD,
    "A sid that differs in one character from that of a live session is unknown.",
    source=EIO4.at("Query parameters: sid"),
    needs=POLLING,
)
@pytest.mark.parametrize(
    ("transport", "case"), [("polling", "POST"), ("polling", "poll"), ("websocket", "WebSocket")]
)
@pytest.mark.usefixtures("available")
def test_almost_right(guessing: Guessing, case: str) -> None:
    served(guessing, case, "before")
    assert unlike(guessing.changed(case), *TURNED_AWAY) == []
    served(guessing, case, "afterwards")


def served(guessing: Guessing, case: str, when: str) -> None:
    """Raise Blocked unless the live session was served: if everything is refused, a refusal proves nothing."""
    answer = guessing[f"{case}: POST to the live session {when}"]
    if answer.exchange.response is None or answer.status != 200:
        raise Blocked(f"the session itself was answered {describe(answer.exchange)} {when} (HS-018, PR-001)")


@requirement(
    "SE-014",
    MUST,
    "The client cannot choose the id of a new session, neither by a cookie nor by a parameter.",
    source=RFC6265BIS.at("§8.4"),
    needs=POLLING,
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_not_chosen(fixation: Fixation, guessing: Guessing, available: str) -> None:
    """By parameter: sid, and others that a server may take for it; nothing may exist under the chosen id afterwards."""
    assert taken_by_cookie(fixation, available) == []
    assert taken_by_parameter(guessing, available) == []


def taken_by_cookie(fixation: Fixation, transport: str) -> list[str]:
    """Return which presented ids the new session was given."""
    stale = fixation.stale_sids[transport]
    values = {"chosen": CHOSEN, "quoted": CHOSEN, "stale": stale, "borrowed": fixation.live_sid}
    sids = {name: fixation.handshake(transport, name).sid_or_none or "" for name in values}
    if not any(sids.values()):
        raise Blocked("no handshake that presents a cookie opened a session (PR-006)")
    return [name for name, value in values.items() if value and value.lower() in sids[name].lower()]


def refuses(answer: Answer) -> bool:
    """Return True for any error."""
    return answer.exchange.response is not None and answer.status >= 400


def taken_by_parameter(guessing: Guessing, transport: str) -> list[str]:
    """Return what was opened, or exists, under the chosen id."""
    labels = [label for label in guessing.answers.all if "chosen" in label]
    answers = {
        label: guessing[label]
        for label in labels
        if label.startswith("WebSocket") == (transport == "websocket")
    }
    living = [
        label
        for label in answers
        for kind in ("POST", "poll")
        if label.startswith(kind) and not refuses(answers[label]) and refuses(guessing[f"{kind}, {UNISSUED}"])
    ]
    opened = {label: Handshake(transport, answer.exchange) for label, answer in answers.items()}
    given = [
        label for label, one in opened.items() if guessing.chosen.lower() in (one.sid_or_none or "").lower()
    ]
    return [
        f"{label}: answered {describe(answers[label].exchange)}" for label in dict.fromkeys((*living, *given))
    ]


@requirement(
    "SE-022",
    SHOULD,
    "A hundred abandoned handshakes do not disturb other sessions.",
    source=ROBUSTNESS,
    needs=POLLING,
)
def test_abandoned_handshakes(crowd: Crowd, available: str) -> None:
    bystander = crowd.bystander(available)
    if bystander.before is None:
        raise Blocked("the handshake of the other session gave no usable session id (HS-004)")
    if bystander.before or bystander.aged:
        raise NotApplicable(bystander.before or "the heartbeat may have ended the other session meanwhile")
    assert bystander.afterwards == ""
