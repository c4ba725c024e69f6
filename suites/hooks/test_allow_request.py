"""allowRequest: accept or refuse, at once or later, before there is a session."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.handshake import Handshake
from eiospec.observations.setting import (
    LATER,
    SESSION,
    cookie_names,
    cors_fields,
    served,
    signs_of_hooks,
    state_of,
)
from eiospec.observations.upgrading import UpgradeAnswer
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, ENGINE_IO, RFC6455, RFC9112, SERVER_API, SERVER_OPTIONS

NEEDS = Capability.ALLOW_REQUEST
ON_WEBSOCKET = (NEEDS, Capability.WEBSOCKET)
OPTION = SERVER_OPTIONS.at("allowRequest")
# Seconds the decision takes at least: 50 ms, less what a timer of a millisecond's grain may be early.
DELAY = 0.048
DENIED = ("denied handshake", "denied handshake with a message", "handshake with a refused cookie")
DENIED_WEBSOCKETS = ("denied websocket", "denied websocket with a message", "websocket with a refused cookie")


def refused_late(answer: Answer) -> bool:
    """Return True for a 101 that is closed at once; AR-005 reports it."""
    return UpgradeAnswer(answer.exchange).outcome == "accepted, then closed"


@requirement(
    "AR-001",
    MUST,
    "A refused polling handshake creates no session: the response is an error, not an open packet.",
    source=OPTION,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", DENIED)
def test_refusal_creates_no_session(admission: Answers, case: str) -> None:
    answer = admission[case]
    assert answer.refused, f"answered {answer.status}"
    assert answer.opens_a_session is False
    assert Handshake("polling", answer.exchange).sid_or_none is None, "the error carries a session id"


@requirement(
    "AR-002",
    SHOULD,
    "A refusal has status 403 and code 4.",
    source=SERVER_API.at("connection_error"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", DENIED)
def test_refusal_is_403(admission: Answers, case: str) -> None:
    assert admission[case].status == 403
    assert admission[case].error.get("code") == 4


@requirement(
    "AR-003",
    SHOULD,
    "The message of a refusal is the application's in UTF-8, or Forbidden if it has none.",
    source=ENGINE_IO.at("server.ts: abortRequest"),
    needs=NEEDS,
)
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("denied handshake", "Forbidden"),
        ("denied handshake with a message", "nicht möglich"),
        ("handshake with a refused cookie", "Forbidden"),
    ],
)
def test_refusal_message(admission: Answers, case: str, message: str) -> None:
    assert admission[case].error.get("message") == message
    assert list(admission[case].response.defects) == []
    assert admission[case].response.complete, "the error ended before its framing said"


@requirement(
    "AR-004",
    MUST,
    "A refused handshake sets no session cookie; hooks that ran for it are recorded.",
    source=COOKIE_HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", [*DENIED, *DENIED_WEBSOCKETS])
def test_refusal_sets_nothing(
    admission: Answers, calls_of_a_denied_handshake: list[str], remarks: Remarks, case: str
) -> None:
    answer = admission[case]
    if not answer.refused:
        raise Blocked(f"the handshake was not refused but answered {answer.status} (AR-001, AR-005)")
    for sign in signs_of_hooks(answer):
        remarks.note(f"the refusal carries {sign} of a hook")
    for hook in calls_of_a_denied_handshake:
        remarks.note(f"the {hook} hook ran for the refused handshake")
    assert [name for name in cookie_names(answer) if name == SESSION] == []


@requirement(
    "AR-005",
    MUST,
    "A refused WebSocket-only handshake gets an HTTP error instead of 101.",
    source=RFC6455.at("§4.2.2"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", DENIED_WEBSOCKETS)
def test_refused_websocket(admission: Answers, case: str) -> None:
    assert admission[case].refused, f"answered {admission[case].status}"


@requirement(
    "AR-006",
    SHOULD,
    "A refused WebSocket-only handshake is answered 403, as on polling.",
    source=RFC6455.at("§4.2.2"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", DENIED_WEBSOCKETS)
def test_refused_websocket_is_403(admission: Answers, case: str) -> None:
    assert admission[case].status == 403


@requirement(
    "AR-007",
    MUST,
    "The decision may be asynchronous: the response waits for it.",
    source=COOKIE_HOWTO.at("allowRequest for asynchronous work"),
    needs=NEEDS,
)
@pytest.mark.parametrize(("case", "status"), [("handshake", 200), ("websocket", 101)])
def test_later_decision(admission: Answers, case: str, status: int) -> None:
    answers = [admission[f"{case} accepted later, {turn}"] for turn in LATER]
    if case == "websocket" and admission["websocket without the refused cookie"].status != status:
        raise NotApplicable("opening handshakes are refused regardless of the decision")
    if case == "websocket" and refused_late(admission["denied websocket"]):
        raise Blocked("a refused opening handshake is accepted, too, and then closed: no 101 waits (AR-005)")
    assert [answer.status for answer in answers] == [status] * len(LATER)
    waited = min(
        (answer.exchange.answered or answer.exchange.ended) - answer.exchange.started for answer in answers
    )
    assert waited >= DELAY, (
        f"a response arrived after {waited * 1000:.0f} ms, although the decision takes 50 ms"
    )


@requirement(
    "AR-008",
    MUST,
    "What allowRequest attaches to the request is visible to initial_headers of that request.",
    source=SERVER_API.at("initial_headers, allowRequest"),
    needs=(NEEDS, Capability.INITIAL_HEADERS),
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_attached_to_the_request(admission: Answers, case: str) -> None:
    answer = served(admission[f"{case} accepted later, first"])
    if not answer.headers.values("x-initial"):
        raise Blocked("the hook's header is not even there (HI-001, HI-006)")
    assert answer.headers.values("x-session") == (b"S1",)


@requirement(
    "AR-009",
    SHOULD,
    "allowRequest sees the request's headers: a decision by Cookie works.",
    source=COOKIE_HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize(("case", "status"), [("handshake", 200), ("websocket", 101)])
def test_decision_by_cookie(admission: Answers, case: str, status: int) -> None:
    answer = admission[f"{case} with a refused cookie"]
    assert answer.status != status or refused_late(answer), "the refused cookie was accepted"
    assert served(admission[f"{case} without the refused cookie"]).status == status


@requirement(
    "AR-010",
    SHOULD,
    "allowRequest is called once for a handshake, and not for polls and POSTs of its session.",
    source=ENGINE_IO.at("server.ts: verify"),
    needs=(NEEDS, Capability.STATE),
)
@pytest.mark.parametrize(
    "case",
    [
        *("after the handshake", "after the POST", "after POST and poll"),
        *("after a WebSocket-only handshake", "after a denied handshake"),
    ],
)
def test_asked_once(hook_calls: Answers, case: str) -> None:
    assert state_of(hook_calls[case])["allow"] == 1


@requirement(
    "AR-011",
    SHOULD,
    "allowRequest is called for upgrade requests, too.",
    source=SERVER_OPTIONS.at("allowRequest: a given handshake or upgrade request"),
    needs=(*ON_WEBSOCKET, Capability.STATE),
)
def test_asked_for_upgrades(hook_calls: Answers, admission: Answers) -> None:
    before = state_of(hook_calls["after POST and poll"])["allow"]
    if hook_calls["upgrade"].status != 101:
        raise Blocked(f"the upgrade was answered {hook_calls['upgrade'].status}")
    assert state_of(hook_calls["after the upgrade"])["allow"] == before + 1
    assert admission["denied upgrade"].status != 101, "an upgrade that was refused is answered 101"


@requirement(
    "AR-012",
    SHOULD,
    "A refusal carries the CORS fields, so that a page can read the 403.",
    source=ENGINE_IO.at("test of cors on errors"),
    needs=(NEEDS, Capability.CORS),
)
def test_refusal_has_cors_fields(cors_and_hooks: Answers) -> None:
    assert cors_and_hooks["denied handshake"].refused, "the handshake was not refused"
    accepted = cors_fields(cors_and_hooks["handshake with Origin, no hook"])
    assert cors_fields(cors_and_hooks["denied handshake"]) == accepted


@requirement(
    "AR-013",
    SHOULD,
    "After a refusal the connection or the server stays usable.",
    source=RFC9112.at("§9.3"),
    needs=NEEDS,
)
def test_usable_after_refusal(admission: Answers) -> None:
    assert admission["denied on a connection"].refused, "the handshake was not refused"
    assert admission["accepted on the same connection"].status == 200
    assert admission["accepted afterwards"].status == 200
