"""Revision 3 of the protocol, where a mount serves it: the session cookie and both hooks are as in revision 4."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import Blocked
from eiospec.fixtures.observations.answer import Answer, describe
from eiospec.fixtures.observations.handshake import Handshake
from eiospec.fixtures.observations.setting import exact_cookies, session_lines
from eiospec.fixtures.probes.handshakes import Handshakes
from eiospec.fixtures.probes.hooks import Callbacks
from eiospec.fixtures.probes.revision_3 import JSONP
from eiospec.fixtures.requirements import MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import COOKIE_HOWTO, ENGINE_IO

REVISION_3 = Capability.REVISION_3


def opened(answer: Answer) -> Answer:
    """The answer to a handshake; an error is a finding, for the mount says that it serves revision 3."""
    wanted = 101 if answer.exchange.is_websocket else 200
    assert answer.status == wanted, f"the handshake in revision 3 was answered {describe(answer.exchange)}"
    return answer


@requirement(
    "CK-017",
    MUST,
    "The session cookie is set on a handshake in revision 3 as on one in revision 4.",
    source=COOKIE_HOWTO.at("the first HTTP request of the session"),
    needs=(REVISION_3, Capability.COOKIE_OPTION),
)
def test_session_cookie(revision_3: Callbacks, handshakes_beside: Handshakes) -> None:
    answer = opened(revision_3["handshake without hook"])
    expected = session_lines(handshakes_beside.first)
    if len(expected) != 1:
        raise Blocked("not even the handshake in revision 4 sets the session cookie once (CK-001, CK-002)")
    assert session_lines(Handshake("polling", answer.exchange)) == expected


@requirement(
    "HI-014",
    SHOULD,
    "The initial_headers hook runs for handshakes in revision 3, too.",
    source=ENGINE_IO.at("tests of the hook, which name no revision"),
    needs=(REVISION_3, Capability.INITIAL_HEADERS),
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_initial_headers(revision_3: Callbacks, case: str) -> None:
    answer = opened(revision_3[case])
    assert answer.headers.values("x-initial") == (b"1",)
    assert exact_cookies(answer, "uid") == ["uid=1234; SameSite=Strict"]


@requirement(
    "HI-015",
    SHOULD,
    "The initial_headers hook runs for JSONP handshakes, too.",
    source=ENGINE_IO.at("transports/polling.ts, which JSONP shares"),
    needs=(REVISION_3, Capability.JSONP, Capability.INITIAL_HEADERS),
)
def test_initial_headers_of_jsonp(revision_3: Callbacks) -> None:
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
@pytest.mark.parametrize("case", ["handshake", "POST", "poll", "websocket"])
def test_headers(revision_3: Callbacks, case: str) -> None:
    opened(revision_3["handshake"])
    assert revision_3[case].headers.values("x-every") == (b"1",)
