"""The answer to a handshake: status, labels, framing, and the session it promises."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.another_client import STREAMED, UPGRADE, WITH_OTHERS, WITH_T
from eiospec.observations.answer import Answer, Answers, outcome, show
from eiospec.observations.cookies import Responses, session_named
from eiospec.observations.handshake import Handshake, Openings, session_cookies
from eiospec.observations.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.observations.opening import refused_by_clients
from eiospec.observations.upgrading import Upgrade
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import (
    COOKIE_HOWTO,
    EIO4,
    ENGINE_IO,
    RFC3986,
    RFC9110,
    RFC9111,
    RFC9112,
    SERVER_API,
    SIO5,
)

OPENING = ("WebSocket", "upgrade")
REQUESTS = ("handshake", "POST", "poll", *OPENING)


def as_without(answer: Answer, plain: Answer, what: str) -> None:
    """Assert that a request with a parameter has the same outcome as the plain one; raise Blocked when that one
    failed."""
    if plain.exchange.response is None or plain.status not in (200, 101):
        raise Blocked(f"the same request without {what} was {outcome(plain)} (HS-001, HS-018)")
    assert outcome(answer) == outcome(plain)
    if session_named(plain.exchange) is not None and plain.opens_a_session:
        raise Blocked("a request of the session was answered with another open packet (HS-025)")
    assert answer.opens_a_session == plain.opens_a_session


def sid_of(handshake: Handshake) -> str:
    """Return the session id; raise Blocked without one, which HS-004 reports."""
    if handshake.sid_or_none is None:
        raise Blocked(f"“{handshake.exchange.label}” gave no session id (HS-001, HS-004)")
    return handshake.sid_or_none


@requirement(
    "HS-001",
    MUST,
    "A long-polling handshake with a supported EIO and no sid is answered with status 200.",
    source=EIO4.at("Handshake"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
def test_handshake_is_answered_200(openings: Openings, polled: Responses) -> None:
    """The parameters of the handshake do not matter, except that additional ones may be refused, which HS-026 and
    HS-027 report."""
    plain, with_t, with_others, *another = openings.all
    assert plain.answer.status == 200
    borne = openings.answered(with_t) and openings.answered(with_others)
    assert [handshake.answer.status for handshake in another[:1] if borne] in ([], [200])
    odd = [one for one in polled.handshakes() if one.answer.status != 200]
    assert [polled.finding(one.exchange, f"answered {one.answer.status}") for one in odd] == []


@requirement(
    "HS-016",
    MUST,
    "If upgrades lists websocket, an upgrade of that session is accepted: 101, and 3probe for 2probe.",
    source=EIO4.at("Handshake; Upgrade"),
    needs=Capability.UPGRADE,
)
def test_advertised_upgrade_works(bare_upgrade: Upgrade, errors: Answers) -> None:
    if outcome(errors["a fresh sid: POST"]) != "answered 200":
        raise Blocked("a new sid is not valid for a POST either (HS-018)")
    assert bare_upgrade.answer.status == 101
    assert refused_by_clients(bare_upgrade.socket) == ""
    assert bare_upgrade.probed, "2probe was not answered with 3probe"


@requirement(
    "HS-017",
    INFO,
    "Whether an upgrade is accepted although upgrades does not list websocket is recorded.",
    source=EIO4.at("Handshake"),
)
def test_unadvertised_upgrade(bare_upgrade: Upgrade, remarks: Remarks) -> None:
    if bare_upgrade.advertised:
        raise NotApplicable("the open packet lists websocket among its upgrades")
    remarks.note(
        f"answered {bare_upgrade.answer.status}, {'with' if bare_upgrade.probed else 'without'} 3probe"
    )


@requirement(
    "HS-018",
    MUST,
    "A new sid is valid immediately: the next POST and poll with it are not refused.",
    source=EIO4.at("Handshake; Sending and receiving data"),
    needs=Capability.POLLING,
)
@pytest.mark.usefixtures("revision_4")
def test_sid_is_valid_at_once(errors: Answers) -> None:
    assert outcome(errors["a fresh sid: POST"]) == "answered 200"
    if errors["a fresh sid: POST"].opens_a_session:
        raise Blocked("a request of the session was answered with another open packet (HS-025)")
    assert outcome(errors["a fresh sid: poll"]) in ("answered 200", "left open")


@requirement(
    "HS-019",
    MUST,
    "Two handshakes never return the same sid.",
    source=SERVER_API.at("engine.generateId"),
)
def test_sids_are_unique(
    handshakes: Handshakes, websocket_handshakes: WebSocketHandshakes, crowd: Crowd
) -> None:
    streamed = (websocket_handshakes.plain, websocket_handshakes.with_cookie)
    bystanders = (bystander.opened for bystander in crowd.bystanders.values())
    seen = (*handshakes.all, *streamed, *crowd.all, *bystanders)
    sids = [sid for handshake in seen if (sid := handshake.sid_or_none)]
    if len(sids) < 2:
        raise Blocked("fewer than two handshakes gave a session id (HS-004)")
    assert sorted(sid for sid in set(sids) if sids.count(sid) > 1) == []


@requirement(
    "HS-020",
    SHOULD,
    "The text of a handshake response is labelled text/plain with charset UTF-8.",
    source=COOKIE_HOWTO.at("transcript"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
@pytest.mark.usefixtures("revision_4")
def test_label_is_plain_text(openings: Openings) -> None:
    sid_of(openings.all[0])
    assert openings.wrong(not_plain_text) == []


def not_plain_text(handshake: Handshake) -> str:
    """Return the Content-Type, unless it is one field with text/plain in UTF-8."""
    answer = handshake.answer
    types = answer.headers.values("content-type")
    right = len(types) == 1 and (answer.media_type, answer.charset) == ("text/plain", "utf-8")
    return "" if right else f"Content-Type: {' and '.join(map(show, types)) or 'none'}"


@requirement(
    "HS-021",
    MUST,
    "A text payload is never labelled application/octet-stream.",
    source=EIO4.at("Headers"),
    needs=Capability.POLLING,
)
@pytest.mark.usefixtures("revision_4")
def test_text_is_not_labelled_binary(polled: Responses) -> None:
    """No probe requests binary data: every poll is text."""
    payloads = (*(handshake.answer for handshake in polled.handshakes()), *polled.polls)
    assert [
        polled.finding(answer.exchange, "labelled application/octet-stream")
        for answer in payloads
        if "application/octet-stream" in (answer.headers.text("content-type") or "").lower()
    ] == []


@requirement(
    "HS-022",
    MUST,
    "A handshake response is framed so that a strict reader finds its end, and the next response after it.",
    source=RFC9112.at("§6.2, §7.1"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["first", "second", "third"])
def test_response_is_framed(handshakes: Handshakes, case: str) -> None:
    """The second uses the connection of the first, the third its own."""
    handshake: Handshake = getattr(handshakes, case)
    response = handshake.answer.response
    assert list(response.defects) == []
    assert response.complete, f"the body ended before its {response.framing} said"
    assert response.surplus == b""
    sid_of(handshake)


@requirement(
    "HS-023",
    SHOULD,
    "Handshake responses carry Cache-Control: no-store.",
    source=RFC9111.at("§7.3"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
def test_response_is_not_stored(openings: Openings) -> None:
    sid_of(openings.all[0])
    assert openings.wrong(may_be_stored) == []


def may_be_stored(handshake: Handshake) -> str:
    """Return the Cache-Control, unless it has no-store."""
    headers = handshake.answer.headers
    directives = headers.text("cache-control")
    return "" if "no-store" in headers.members("cache-control") else f"Cache-Control: {directives or 'none'}"


@requirement(
    "HS-026",
    MUST,
    "The parameter t, a cache buster, does not change the outcome of a request.",
    source=SIO5.at("Sample session"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", REQUESTS)
@pytest.mark.usefixtures("revision_4")
def test_t_changes_nothing(
    handshakes: Handshakes, errors: Answers, another_client: Answers, plain: Answer, case: str
) -> None:
    with_t = {
        "handshake": lambda: handshakes.second.answer,
        "WebSocket": lambda: another_client[f"{STREAMED} {WITH_T}"],
        "upgrade": lambda: another_client[f"{UPGRADE} {WITH_T}"],
    }
    as_without(with_t.get(case, lambda: errors[f"t on a session: {case}"])(), plain, "t")


@requirement(
    "HS-027",
    SHOULD,
    "Unknown query parameters are ignored by the protocol layer.",
    source=ENGINE_IO.at("test “should allow arbitrary data through query string”"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", REQUESTS)
@pytest.mark.usefixtures("revision_4")
def test_unknown_parameters_are_ignored(
    errors: Answers, another_client: Answers, plain: Answer, case: str
) -> None:
    what = "unknown parameters"
    with_others = {
        "handshake": lambda: errors[what],
        "WebSocket": lambda: another_client[f"{STREAMED} {WITH_OTHERS}"],
        "upgrade": lambda: another_client[f"{UPGRADE} {WITH_OTHERS}"],
    }
    as_without(with_others.get(case, lambda: errors[f"{what} on a session: {case}"])(), plain, what)


@requirement(
    "HS-028",
    INFO,
    "Whether an empty sid parameter counts as no sid is recorded.",
    source=ENGINE_IO.at("server.ts: verify"),
    needs=Capability.POLLING,
)
def test_empty_sid(errors: Answers, remarks: Remarks) -> None:
    answer = errors["empty sid"]
    remarks.note(f"answered {answer.status}, {'a new session' if answer.opens_a_session else 'no session'}")


@requirement(
    "HS-029",
    SHOULD,
    "A sibling path on the same host is not an Engine.IO endpoint.",
    source=EIO4.at("Request path"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize(
    "case", ["a sibling path", "a longer path", "the path below another", "an upgrade at a sibling path"]
)
def test_sibling_path_is_no_endpoint(handshakes: Handshakes, elsewhere: Answers, case: str) -> None:
    """Another server there need not answer at all, and another WebSocket server may switch protocols."""
    sid_of(handshakes.first)
    assert elsewhere[case].opens_a_session is False
    assert [frame for frame in elsewhere[case].exchange.received() if frame.payload[:2] == b"0{"] == []


@requirement(
    "HS-030",
    INFO,
    "What the path does without its trailing slash and with further segments is recorded.",
    source=ENGINE_IO.at("server.ts: _computePath, attach"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["without trailing slash", "with extra segments"])
def test_variants_of_the_path(elsewhere: Answers, case: str, remarks: Remarks) -> None:
    remarks.note(f"answered {elsewhere[case].status}")


@requirement(
    "HS-036",
    MUST,
    "Two handshakes on one keep-alive connection open two independent sessions, each with its own cookie.",
    source=RFC9110.at("§3.3"),
    needs=Capability.POLLING,
)
def test_sessions_are_not_tied_to_a_connection(handshakes: Handshakes, errors: Answers) -> None:
    first, second = handshakes.first, handshakes.second
    assert sid_of(first) != sid_of(second)
    of_first = [cookie.name for cookie in session_cookies(first.exchange, sid_of(first))]
    of_second = [cookie.name for cookie in session_cookies(second.exchange, sid_of(second))]
    assert of_second == of_first
    for which in ("first", "second"):
        answer = errors[f"{which} of two on a connection: POST"]
        as_without(answer, errors["a fresh sid: POST"], "another session on its connection")


@requirement(
    "HS-037",
    INFO,
    "Whether an equivalent query is accepted, and which of repeated parameters counts, is recorded.",
    source=RFC3986.at("§6.2.2.2"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["transport=poll%69ng", "EIO=3 then EIO=4", "EIO=4 then EIO=3"])
def test_equivalent_queries(errors: Answers, case: str, remarks: Remarks) -> None:
    answer = errors[case]
    remarks.note(f"answered {answer.status}, {'a session' if answer.opens_a_session else 'no session'}")
