"""The answer to a handshake: status, labels, framing, and the session it promises."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import NotApplicable, Remarks
from eiospec.fixtures.observations.handshake import session_cookies
from eiospec.fixtures.probes.errors import Errors
from eiospec.fixtures.probes.handshakes import Handshakes, WebSocketHandshakes
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
def test_advertised_upgrade_works(bare_upgrade: Upgrade) -> None:
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
def test_sid_is_valid_at_once(tour: Tour) -> None:
    assert tour.post("no Cookie").status == 200
    assert tour.refused_poll("no Cookie") is False


@requirement(
    "HS-019",
    MUST,
    "Two handshakes never return the same sid.",
    source=SERVER_API.at("engine.generateId"),
)
def test_sids_are_unique(handshakes: Handshakes, websocket_handshakes: WebSocketHandshakes) -> None:
    streamed = (websocket_handshakes.plain, websocket_handshakes.with_cookie)
    sids = [sid for handshake in (*handshakes.all, *streamed) if (sid := handshake.sid_or_none)]
    assert len(sids) >= 2, "fewer than two handshakes gave a session id"
    assert sorted(sid for sid in set(sids) if sids.count(sid) > 1) == []


@requirement(
    "HS-020",
    SHOULD,
    "The text of a handshake response is labelled text/plain with charset UTF-8.",
    source=COOKIE_HOWTO.at("transcript"),
    needs=Capability.POLLING,
)
def test_label_is_plain_text(handshakes: Handshakes) -> None:
    assert handshakes.first.answer.media_type == "text/plain"
    assert handshakes.first.answer.charset == "utf-8"


@requirement(
    "HS-021",
    MUST,
    "A text payload is never labelled application/octet-stream.",
    source=EIO4.at("Headers"),
    needs=Capability.POLLING,
)
def test_text_is_not_labelled_binary(handshakes: Handshakes, tour: Tour) -> None:
    answers = (*(handshake.answer for handshake in handshakes.all), *tour.polls())
    assert {answer.media_type for answer in answers} - {"application/octet-stream"} == {
        answer.media_type for answer in answers
    }


@requirement(
    "HS-022",
    MUST,
    "A handshake response is framed so that a strict reader finds its end, and the next response after it.",
    source=RFC9112.at("§6.2, §7.1"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["first", "second on the connection"])
def test_response_is_framed(handshakes: Handshakes, case: str) -> None:
    handshake = handshakes.first if case == "first" else handshakes.second
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
    assert "no-store" in handshakes.first.answer.headers.members("cache-control")


@requirement(
    "HS-026",
    MUST,
    "The parameter t, which only keeps caches away, does not change the outcome of a request.",
    source=SIO5.at("Sample session"),
    needs=Capability.POLLING,
)
def test_t_changes_nothing(handshakes: Handshakes, tour: Tour) -> None:
    plain, stamped = handshakes.first, handshakes.second
    assert stamped.answer.status == plain.answer.status
    assert sorted(dict(stamped.open_packet.pairs)) == sorted(dict(plain.open_packet.pairs))
    assert tour.post("no Cookie").status == 200


@requirement(
    "HS-027",
    SHOULD,
    "Unknown query parameters are ignored by the protocol layer.",
    source=ENGINE_IO.at("test “should allow arbitrary data through query string”"),
    needs=Capability.POLLING,
)
def test_unknown_parameters_are_ignored(handshakes: Handshakes) -> None:
    assert handshakes.third.answer.status == handshakes.first.answer.status
    assert handshakes.third.open_packet.sid


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
def test_sibling_path_is_no_endpoint(errors: Errors) -> None:
    assert errors["a sibling path"].opens_a_session is False


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
def test_sessions_are_not_tied_to_a_connection(handshakes: Handshakes) -> None:
    first, second = handshakes.first, handshakes.second
    assert first.open_packet.sid != second.open_packet.sid
    of_first = [cookie.name for cookie in session_cookies(first.exchange, first.open_packet.sid)]
    of_second = [cookie.name for cookie in session_cookies(second.exchange, second.open_packet.sid)]
    assert of_second == of_first


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
