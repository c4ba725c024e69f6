"""HTTP/1.1 as every origin server has to speak it (RFC 9110, RFC 9112)."""

from __future__ import annotations

import re

import pytest

from eiospec.fixtures.judging import NotApplicable
from eiospec.fixtures.observations.cookies import Responses
from eiospec.fixtures.probes.hygiene import Hygiene
from eiospec.fixtures.requirements import MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import RFC9110, RFC9112
from eiospec.fixtures.wire.parse import parse_response

IMF_FIXDATE = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    rb"\d\d:\d\d:\d\d GMT"
)


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
    """True for exactly one Date field that is an IMF-fixdate."""
    return len(values) == 1 and IMF_FIXDATE.fullmatch(values[0]) is not None


@requirement(
    "HS-032",
    MUST,
    "A request in HTTP/1.0 is not answered with Transfer-Encoding.",
    source=RFC9112.at("§6.1"),
    needs=Capability.POLLING,
)
def test_http_1_0(hygiene: Hygiene) -> None:
    assert hygiene["HTTP/1.0"].headers.values("transfer-encoding") == ()
    assert hygiene["HTTP/1.0"].response.complete


@requirement(
    "HS-033",
    MUST,
    "A request without Host, or with two Host fields, is answered 400.",
    source=RFC9112.at("§3.2"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ["no Host", "two Host"])
def test_host(hygiene: Hygiene, case: str) -> None:
    assert hygiene[case].status == 400


@requirement(
    "HS-034",
    MUST,
    "The absolute-form of the request-target is accepted.",
    source=RFC9112.at("§3.2.2"),
    needs=Capability.POLLING,
)
def test_absolute_form(hygiene: Hygiene) -> None:
    assert hygiene["absolute-form"].status == 200
    assert hygiene["absolute-form"].opens_a_session


@requirement(
    "HS-035",
    MUST,
    "The response to HEAD has no body: the next response on the connection can be read.",
    source=RFC9110.at("§9.3.2"),
    needs=Capability.POLLING,
)
def test_head(hygiene: Hygiene) -> None:
    response = hygiene["HEAD and GET on one connection"].response
    if not response.surplus:
        raise NotApplicable(
            "the target closed the connection after HEAD"
        )
    following = parse_response(response.surplus, closed=True)
    assert following is not None, "what follows the HEAD response is no HTTP response"
    assert list(following.defects) == []


@requirement(
    "SE-018",
    SHOULD,
    "A folded header field is refused or read as one line with spaces.",
    source=RFC9112.at("§5.2"),
    needs=Capability.POLLING,
)
def test_obs_fold(hygiene: Hygiene) -> None:
    assert hygiene["obs-fold"].status in (400, 200)


@requirement(
    "SE-021",
    SHOULD,
    "A request with two different Content-Length values is refused, or the connection is closed after it.",
    source=RFC9112.at("§6.3"),
    needs=Capability.POLLING,
)
def test_two_lengths(hygiene: Hygiene) -> None:
    answer = hygiene["two Content-Length values"]
    assert answer.status == 400
