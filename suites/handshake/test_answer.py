"""The answer to a handshake: status, labels, framing, and the session it promises."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import Blocked, NotApplicable, Remarks
from eiospec.fixtures.observations.answer import Answer
from eiospec.fixtures.observations.handshake import Handshake, session_cookies
from eiospec.fixtures.probes.errors import Errors
from eiospec.fixtures.probes.handshakes import Crowd, Handshakes, WebSocketHandshakes
from eiospec.fixtures.probes.tour import Tour
from eiospec.fixtures.probes.upgrade import Upgrade
from eiospec.fixtures.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import (
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


def outcome(answer: Answer) -> str:
    """answered NNN · left open · closed without an answer; raises Broken when we never connected."""
    if answer.exchange.response is not None or not answer.exchange.connected:
        return f"answered {answer.status}"
    return "closed without an answer" if answer.closed_by_target else "left open"


def as_without(answer: Answer, plain: Answer, what: str) -> None:
    """Assert that a request with a parameter fared like the plain one; Blocked when that one failed."""
    if plain.exchange.response is None or plain.status != 200:
        raise Blocked(f"the same request without {what} was {outcome(plain)} (HS-001, HS-018)")
    assert outcome(answer) == outcome(plain)


def sid_of(handshake: Handshake) -> str:
    """The session id; Blocked without one, which HS-004 reports."""
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
def test_handshake_is_answered_200(handshakes: Handshakes) -> None:
    assert handshakes.first.answer.status == 200


@requirement(
    "HS-016",
    MUST,
    "If upgrades lists websocket, an upgrade of that very session is accepted: 101, and 3probe for 2probe.",
    source=EIO4.at("Handshake; Upgrade"),
    needs=Capability.UPGRADE,
)
def test_advertised_upgrade_works(bare_upgrade: Upgrade, errors: Errors) -> None:
    if outcome(errors["a fresh sid: POST"]) != "answered 200":
        raise Blocked("the sid just issued is not valid for a POST either (HS-018)")
    assert bare_upgrade.answer.status == 101
    assert bare_upgrade.probed, "no 3probe came for 2probe"


@requirement(
    "HS-017",
    INFO,
    "If upgrades does not list websocket, what becomes of an upgrade all the same is recorded.",
    source=EIO4.at("Handshake"),
)
def test_unadvertised_upgrade(bare_upgrade: Upgrade, remarks: Remarks) -> None:
    if bare_upgrade.advertised:
        raise NotApplicable("the open packet lists websocket among its upgrades")
    remarks.record(
        f"answered {bare_upgrade.answer.status}, {'with' if bare_upgrade.probed else 'without'} 3probe"
    )


@requirement(
    "HS-018",
    MUST,
    "The sid just issued is valid at once: the next POST and poll with it are not refused.",
    source=EIO4.at("Handshake; Sending and receiving data"),
    needs=Capability.POLLING,
)
@pytest.mark.usefixtures("revision_4")
def test_sid_is_valid_at_once(errors: Errors) -> None:
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
    beside = (bystander.opened for bystander in crowd.bystanders.values())
    seen = (*handshakes.all, *streamed, *crowd.all, *beside)
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
@pytest.mark.usefixtures("revision_4")
def test_label_is_plain_text(handshakes: Handshakes) -> None:
    sid_of(handshakes.first)
    assert handshakes.first.answer.media_type == "text/plain"
    assert handshakes.first.answer.charset == "utf-8"


@requirement(
    "HS-021",
    MUST,
    "A text payload is never labelled application/octet-stream.",
    source=EIO4.at("Headers"),
    needs=Capability.POLLING,
)
@pytest.mark.usefixtures("revision_4")
def test_text_is_not_labelled_binary(handshakes: Handshakes, tour: Tour) -> None:
    answers = (*(handshake.answer for handshake in handshakes.all), *tour.polls())
    labelled = [
        (answer.headers.text("content-type") or "", answer.exchange)
        for answer in answers
        if answer.exchange.response
    ]
    assert [
        f"{kind} (exchange {exchange.id}, {exchange.label})"
        for kind, exchange in labelled
        if "application/octet-stream" in kind.lower()
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
    """The second is on the first one's connection, the third on its own."""
    handshake: Handshake = getattr(handshakes, case)
    response = handshake.answer.response
    assert list(response.defects) == []
    assert response.complete, f"the body ended before its {response.framing} said"
    assert response.surplus == b""


@requirement(
    "HS-023",
    SHOULD,
    "Handshake responses carry Cache-Control: no-store.",
    source=RFC9111.at("§7.3"),
    needs=Capability.POLLING,
)
def test_response_is_not_stored(handshakes: Handshakes) -> None:
    sid_of(handshakes.first)
    said = handshakes.first.answer.headers.text("cache-control")
    assert "no-store" in handshakes.first.answer.headers.members("cache-control"), f"Cache-Control: {said}"


@requirement(
    "HS-026",
    MUST,
    "The parameter t, which only keeps caches away, does not change the outcome of a request.",
    source=SIO5.at("Sample session"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll"])
@pytest.mark.usefixtures("revision_4")
def test_t_changes_nothing(handshakes: Handshakes, errors: Errors, case: str) -> None:
    if case == "handshake":
        as_without(handshakes.second.answer, handshakes.first.answer, "t")
        assert handshakes.second.answer.opens_a_session == handshakes.first.answer.opens_a_session
    else:
        as_without(errors[f"t on a session: {case}"], errors[f"a fresh sid: {case}"], "t")


@requirement(
    "HS-027",
    SHOULD,
    "Unknown query parameters are ignored by the protocol layer.",
    source=ENGINE_IO.at("test “should allow arbitrary data through query string”"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll"])
@pytest.mark.usefixtures("revision_4")
def test_unknown_parameters_are_ignored(handshakes: Handshakes, errors: Errors, case: str) -> None:
    what = "unknown parameters"
    if case == "handshake":
        as_without(errors[what], handshakes.first.answer, what)
        assert errors[what].opens_a_session == handshakes.first.answer.opens_a_session
    else:
        as_without(errors[f"{what} on a session: {case}"], errors[f"a fresh sid: {case}"], what)


@requirement(
    "HS-028",
    INFO,
    "Whether an empty sid parameter counts as no sid is recorded.",
    source=ENGINE_IO.at("server.ts: verify"),
    needs=Capability.POLLING,
)
def test_empty_sid(errors: Errors, remarks: Remarks) -> None:
    answer = errors["empty sid"]
    remarks.record(f"answered {answer.status}, {'a new session' if answer.opens_a_session else 'no session'}")


@requirement(
    "HS-029",
    SHOULD,
    "A sibling path on the same host is not an Engine.IO endpoint.",
    source=EIO4.at("Request path"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["a sibling path", "a longer path"])
def test_sibling_path_is_no_endpoint(errors: Errors, case: str) -> None:
    """Whatever listens there need not answer at all."""
    assert errors[case].opens_a_session is False


@requirement(
    "HS-030",
    INFO,
    "What the path does without its trailing slash and with further segments is recorded.",
    source=ENGINE_IO.at("server.ts: _computePath, attach"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["without trailing slash", "with extra segments"])
def test_variants_of_the_path(errors: Errors, case: str, remarks: Remarks) -> None:
    remarks.record(f"answered {errors[case].status}")


@requirement(
    "HS-036",
    MUST,
    "Two handshakes on one keep-alive connection open two independent sessions, each with its own cookie.",
    source=RFC9110.at("§3.3"),
    needs=Capability.POLLING,
)
def test_sessions_are_not_tied_to_a_connection(handshakes: Handshakes, errors: Errors) -> None:
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
def test_equivalent_queries(errors: Errors, case: str, remarks: Remarks) -> None:
    answer = errors[case]
    remarks.record(f"answered {answer.status}, {'a session' if answer.opens_a_session else 'no session'}")
