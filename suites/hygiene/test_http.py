"""HTTP/1.1 as every origin server must implement it (RFC 9110, RFC 9112)."""

from __future__ import annotations

import pytest

from eiospec.cookies.dates import fixdate
from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers, show
from eiospec.observations.cookies import Responses
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import RFC9110, RFC9112
from eiospec.wire.parse import parse_response


@requirement(
    "HS-031",
    MUST,
    "Every 2xx, 3xx and 4xx response carries a Date.",
    source=RFC9110.at("§6.6.1"),
)
def test_date(responses: Responses) -> None:
    found = [
        responses.finding(exchange, f"{exchange.response.status} without a date")
        for exchange in responses.exchanges
        if exchange.response
        and 200 <= exchange.response.status < 500
        and not dated(exchange.response.headers.values("date"))
    ]
    assert found[:3] == []


def dated(values: tuple[bytes, ...]) -> bool:
    """Return True for exactly one Date field that is an IMF-fixdate."""
    return len(values) == 1 and fixdate(values[0].decode("latin-1")).fault is None


@requirement(
    "HS-032",
    MUST,
    "A request in HTTP/1.0 is not answered with Transfer-Encoding.",
    source=RFC9112.at("§6.1"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["HTTP/1.0", "HTTP/1.0, refused"])
def test_http_1_0(hygiene: Answers, case: str) -> None:
    assert hygiene[case].headers.values("transfer-encoding") == ()
    assert hygiene[case].response.complete


@requirement(
    "HS-033",
    MUST,
    "A request without Host, or with two Host fields, is answered 400.",
    source=RFC9112.at("§3.2"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["no Host", "two Host"])
def test_host(hygiene: Answers, case: str) -> None:
    assert hygiene[case].status == 400


@requirement(
    "HS-034",
    MUST,
    "The absolute-form of the request-target is accepted.",
    source=RFC9112.at("§3.2.2"),
    needs=Capability.POLLING,
)
def test_absolute_form(hygiene: Answers) -> None:
    assert hygiene["absolute-form"].status == 200
    assert hygiene["absolute-form"].opens_a_session


@requirement(
    "HS-035",
    MUST,
    "The response to HEAD has no body: the next response on the connection can be read.",
    source=RFC9110.at("§9.3.2"),
    needs=Capability.POLLING,
)
def test_head(hygiene: Answers) -> None:
    answer = hygiene["HEAD and GET on one connection"]
    if not (answer.response.surplus or answer.closed_by_target):
        raise Blocked("the GET behind the HEAD was not answered: nothing shows where the answer to HEAD ends")
    assert what_follows(answer) in ("nothing", "a response")


def what_follows(answer: Answer) -> str:
    """Return "nothing", "a response", or the octets that are neither."""
    surplus = answer.response.surplus
    if not surplus:
        return "nothing"
    following = parse_response(surplus, closed=True)
    return show(surplus) if following is None or following.defects else "a response"


@requirement(
    "SE-018",
    SHOULD,
    "A folded header field is refused with 400 or read as one line, never as a separate field.",
    source=RFC9112.at("§5.2"),
    needs=Capability.POLLING,
)
def test_obs_fold(hygiene: Answers) -> None:
    """The continuation is "Content-Length: 5": a server that reads it as a field consumes the start of the next
    request."""
    answer = hygiene["obs-fold"]
    assert answer.status in (400, 200)
    following = parse_response(answer.response.surplus, closed=True)
    assert answer.status == 400 or following is None or following.status == 200, (
        f"the next request on the connection was answered {following.status}"
    )


@requirement(
    "SE-021",
    SHOULD,
    "A request with two different Content-Length values is refused, and the connection is closed after it.",
    source=RFC9112.at("§6.3"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["Content-Length 0, then more", "Content-Length more, then 0"])
def test_two_lengths(hygiene: Answers, case: str) -> None:
    """Between the two lengths is another request, which must not be answered."""
    answer = hygiene[case]
    assert answer.closed_by_target, "the connection stayed open"
    assert answer.status >= 400
    assert what_follows(answer) == "nothing"
