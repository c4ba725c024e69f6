"""Revision 3 of the protocol, where a mount serves it: the session cookie and both hooks work as in revision 4."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from eiospec.errors import Blocked, NotApplicable, Shortfall
from eiospec.observations.answer import Answer, Answers, describe
from eiospec.observations.handshake import Handshake
from eiospec.observations.revision_3 import JSONP, sid_in_script
from eiospec.observations.setting import exact_cookies, lines_holding, session_lines
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, ENGINE_IO

REVISION_3 = Capability.REVISION_3


def opened(answer: Answer) -> Answer:
    """Return the answer to a handshake; an error is a finding, because the mount is declared to serve revision 3."""
    wanted = 101 if answer.exchange.is_websocket else 200
    assert answer.status == wanted, f"the handshake in revision 3 was answered {describe(answer.exchange)}"
    return answer


@requirement(
    "CK-017",
    MUST,
    "A handshake in revision 3 sets the session cookie as one in revision 4 does.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(REVISION_3, Capability.COOKIE_OPTION),
)
@pytest.mark.parametrize("case", ["handshake without hook", JSONP, "websocket"])
def test_session_cookie(
    revision_3: Answers, handshakes_in_revision_4: Mapping[str, Handshake], case: str
) -> None:
    """Whether WebSocket has one at all is for CK-008. As in revision 4, nothing sets it again."""
    first = session_lines(handshakes_in_revision_4["polling"])
    if len(first) != 1:
        raise Blocked("not even the handshake in revision 4 sets the session cookie once (CK-001, CK-002)")
    answer = revision_3[case]
    if case == JSONP and not answer.body.startswith(b"___eio["):
        raise NotApplicable("this handshake is not answered with a script (HI-015)")
    expected = session_lines(handshakes_in_revision_4["websocket"]) if answer.exchange.is_websocket else first
    assert lines_holding(sid_of(opened(answer)), answer.exchange) == expected
    sid = sid_of(opened(revision_3["handshake"]))
    again = {label: lines_holding(sid, opened(revision_3[label]).exchange) for label in ("POST", "poll")}
    assert again == {"POST": [], "poll": []}


def sid_of(answer: Answer) -> str:
    """Return the session id of a handshake, from a script as well; raise Shortfall without one."""
    transport = "websocket" if answer.exchange.is_websocket else "polling"
    sid = sid_in_script(answer.exchange) or Handshake(transport, answer.exchange).sid_or_none
    if sid is None:
        raise Shortfall("a session", f"answered {describe(answer.exchange)}")
    return sid


@requirement(
    "HI-014",
    SHOULD,
    "The initial_headers hook runs for handshakes in revision 3, too.",
    source=ENGINE_IO.at("tests of the hook, which name no revision"),
    needs=(REVISION_3, Capability.INITIAL_HEADERS),
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_initial_headers(revision_3: Answers, case: str) -> None:
    """As in revision 4 it does not run for later requests."""
    answer = opened(revision_3[case])
    assert answer.headers.values("x-initial") == (b"1",)
    assert exact_cookies(answer, "uid") == ["uid=1234; SameSite=Strict"]
    later = {label: opened(revision_3[label]) for label in ("POST", "poll")}
    assert [label for label, one in later.items() if one.headers.values("x-initial")] == []


@requirement(
    "HI-015",
    SHOULD,
    "The initial_headers hook runs for JSONP handshakes, too.",
    source=ENGINE_IO.at("transports/polling.ts, which JSONP shares"),
    needs=(REVISION_3, Capability.JSONP, Capability.INITIAL_HEADERS),
)
def test_initial_headers_of_jsonp(revision_3: Answers) -> None:
    answer = opened(revision_3[JSONP])
    assert answer.body.startswith(b"___eio[0]("), f"answered {describe(answer.exchange)}"
    assert answer.headers.values("x-initial") == (b"1",)
    assert exact_cookies(answer, "uid") == ["uid=1234; SameSite=Strict"]


@requirement(
    "HH-020",
    SHOULD,
    "The headers hook runs on every response of a session in revision 3, too.",
    source=ENGINE_IO.at("tests of the hook, which name no revision"),
    needs=(REVISION_3, Capability.HEADERS),
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll", "upgrade", "websocket", JSONP])
def test_headers(revision_3: Answers, case: str) -> None:
    opened(revision_3["handshake"])
    if case == JSONP and not revision_3[case].body.startswith(b"___eio["):
        raise NotApplicable("this handshake is not answered with a script (HI-015)")
    assert revision_3[case].headers.values("x-every") == (b"1",)
