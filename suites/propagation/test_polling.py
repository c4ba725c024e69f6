"""Cookies on polls and posts: the sid parameter identifies the session, whatever the Cookie field says."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import Remarks
from eiospec.fixtures.probes.fixation import Fixation
from eiospec.fixtures.probes.probe import answers_stimulus
from eiospec.fixtures.probes.tour import Tour
from eiospec.fixtures.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import COOKIE_HOWTO, EIO4, ENGINE_IO, RFC6265, RFC6265BIS, RFC9110

NEEDS = (Capability.POLLING, Capability.STIMULUS)
WITH_COOKIE = (*NEEDS, Capability.SESSION_COOKIE)


def served(tour: Tour, stop: str) -> list[str]:
    """What went wrong at a stop: a POST or poll that was not 200, an answer that never came."""
    wrong = [
        f"the {kind} was answered {answer.status}"
        for kind, answer in (("POST", tour.post(stop)), ("poll", tour.poll(stop)))
        if answer.status != 200
    ]
    return wrong or ([] if stop in tour.answered else ["the message posted was not answered"])


@requirement(
    "PR-001",
    MUST,
    "A session works without any Cookie field: the sid parameter alone identifies it.",
    source=EIO4.at("Query parameters; Handshake"),
    needs=Capability.POLLING,
)
def test_without_cookie(tour: Tour) -> None:
    assert tour.post("no Cookie").status == 200
    assert tour.refused_poll("no Cookie") is False


@requirement(
    "PR-002",
    MUST,
    "Requests that return the session cookie are accepted.",
    source=COOKIE_HOWTO.at("cookie-based sticky session"),
    needs=WITH_COOKIE,
)
def test_with_own_cookie(tour: Tour) -> None:
    assert served(tour, "own cookie") == []


@requirement(
    "PR-003",
    SHOULD,
    "Unknown cookies are ignored by the protocol layer.",
    source=RFC6265.at("§4.2.2"),
    needs=NEEDS,
)
def test_with_foreign_cookies(tour: Tour) -> None:
    assert served(tour, "foreign cookies") == []


@requirement(
    "PR-004",
    SHOULD,
    "A session cookie that disagrees with the sid parameter does not matter: the parameter decides.",
    source=ENGINE_IO,
    needs=WITH_COOKIE,
)
@pytest.mark.parametrize("case", ["another live session's cookie", "garbage as cookie"])
def test_parameter_decides(tour: Tour, case: str) -> None:
    assert served(tour, case) == []


@requirement(
    "PR-005",
    MUST,
    "The cookie alone does not resume a session: without sid a GET is a new handshake and a POST is refused.",
    source=EIO4.at("Query parameters; Handshake"),
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
@pytest.mark.usefixtures("session_cookie_name")
def test_cookie_alone_resumes_nothing(fixation: Fixation) -> None:
    assert fixation.borrowed.open_packet.sid != fixation.live_sid
    assert fixation["POST without sid"].status == 400
    assert fixation["POST to the live session"].status == 200
    polled = fixation["poll of the live session"]
    delivered = polled.packets if polled.exchange.response else ()
    assert [packet for packet in delivered if answers_stimulus(packet, 61)] == []


@requirement(
    "PR-006",
    SHOULD,
    "A stale session cookie does not prevent a new handshake.",
    source=ENGINE_IO,
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["stale", "chosen"])
def test_stale_cookie(fixation: Fixation, case: str) -> None:
    handshake = fixation.stale if case == "stale" else fixation.chosen
    assert handshake.answer.status == 200
    assert handshake.open_packet.sid


@requirement(
    "PR-015",
    MUST,
    "Several Cookie field lines are tolerated.",
    source=RFC6265BIS.at("§4.2.1"),
    needs=NEEDS,
)
def test_several_cookie_lines(tour: Tour) -> None:
    assert served(tour, "two Cookie lines") == []


@requirement(
    "PR-016",
    SHOULD,
    "The order of cookies, and one name twice, do not matter.",
    source=RFC6265BIS.at("§4.2.2"),
    needs=WITH_COOKIE,
)
@pytest.mark.parametrize("case", ["cookie first", "cookie twice"])
def test_order_and_duplicates(tour: Tour, case: str) -> None:
    assert served(tour, case) == []


@requirement(
    "PR-017",
    MUST,
    "The field name Cookie is matched in any letter case.",
    source=RFC9110.at("§5.1"),
    needs=NEEDS,
)
def test_spelling_of_cookie(tour: Tour) -> None:
    assert served(tour, "cOOKIE") == []


@requirement(
    "PR-019",
    MUST,
    "Each request of a session may come over a new TCP connection.",
    source=RFC9110.at("§3.3"),
    needs=Capability.POLLING,
)
def test_new_connections(tour: Tour) -> None:
    posts = tour.labelled("POST")
    connections = [answer.exchange.connection for answer in posts]
    assert len(set(connections)) == len(connections), "two requests shared a connection"
    assert [answer.status for answer in posts if answer.exchange.label.startswith("no Cookie")] == [200]


@requirement(
    "PR-020",
    INFO,
    "Whether a session goes on when other header fields change is recorded.",
    source=ENGINE_IO,
    needs=NEEDS,
)
def test_other_fields_change(tour: Tour, remarks: Remarks) -> None:
    remarks.record("; ".join(served(tour, "another User-Agent")) or "the session goes on")


@requirement(
    "PR-023",
    SHOULD,
    "A session cookie returned in double quotes does not break the request.",
    source=RFC6265BIS.at("§4.1.1"),
    needs=WITH_COOKIE,
)
def test_quoted_cookie(tour: Tour) -> None:
    assert served(tour, "quoted cookie") == []
