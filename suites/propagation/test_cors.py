"""Pages of other origins: what the `cors` option promises them, and what no server should allow them.

The case `target` is the target with what its profile declares, the other cases are mounts of the contract. HX-006,
HX-014, HX-016 and AR-012 judge these fields together with hooks and allowRequest.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.cookies import Responses
from eiospec.observations.cross_origin import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    ALLOWED,
    EXPOSE_HEADERS,
    CrossOrigin,
    allowed_over_http,
    allows_credentials,
    cors_lines,
    field_of,
    members_of,
    passes_the_check,
    well_formed,
)
from eiospec.observations.errors import ODD_ORIGINS
from eiospec.observations.handshake import Handshake
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import CORS, ENGINE_IO, FETCH, RFC6454, RFC6455, RFC9110
from eiospec.target.cors_option import OPAQUE
from eiospec.wire.exchange import Exchange

OPTION = (Capability.POLLING, Capability.CORS_OPTION)
ACTUAL = tuple(f"{what} of {ALLOWED}" for what in ("handshake", "POST", "poll"))
PREFLIGHTS = (f"preflight of {ALLOWED}", f"preflight of a POST of {ALLOWED}")
REFUSED = (
    *("a stranger", OPAQUE, "another scheme", "another port"),
    *("a longer host", "a host that ends alike", "a subdomain", "a letter for the dot"),
)


def lines_of(answer: Answer, name: str) -> str:
    """Return the lines of a field, for a finding."""
    return f"{name}: {' | '.join(field_of(answer.exchange, name)) or 'absent'}"


def allowing(responses: Responses, wrong: Callable[[Exchange], bool]) -> list[str]:
    """Return the Access-Control-Allow-Origin of the responses where it is wrong."""
    return [
        responses.finding(exchange, lines_of(Answer(exchange), ALLOW_ORIGIN))
        for exchange in responses.exchanges
        if wrong(exchange)
    ]


@requirement(
    "CO-001",
    MUST,
    "A preflight from an allowed origin succeeds: an ok status, no redirect, and the origin is allowed.",
    source=FETCH.at("CORS-preflight fetch, step 7"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", [*PREFLIGHTS, f"preflight of {ALLOWED}, the last"])
def test_preflight_succeeds(pages: CrossOrigin, case: str) -> None:
    answer = pages[case]
    assert 200 <= answer.status < 300, f"answered {answer.status}"
    assert passes_the_check(answer.exchange), lines_of(answer, ALLOW_ORIGIN)


@requirement(
    "CO-002",
    MUST,
    "With credentials allowed, Access-Control-Allow-Origin is the request's own origin, never *.",
    source=FETCH.at("CORS check, step 3"),
)
def test_no_wildcard_with_credentials(credentialed: Responses) -> None:
    """Judged on every response of the run over both transports, and on the answers to declared origins."""
    assert allowing(credentialed, lambda exchange: "*" in members_of(exchange, ALLOW_ORIGIN)) == []


@requirement(
    "CO-003",
    MUST,
    "Access-Control-Allow-Credentials is exactly true, in lower case, where credentials are allowed.",
    source=FETCH.at("HTTP new-header syntax; CORS check, step 5"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", [*PREFLIGHTS, *ACTUAL])
def test_credentials_are_true(pages: CrossOrigin, case: str) -> None:
    if not pages.policy.credentials:
        raise NotApplicable("the declaration does not allow credentials")
    answer = pages[case]
    if not field_of(answer.exchange, ALLOW_ORIGIN):
        raise Blocked("the origin is not allowed in the first place (CO-001, CO-006)")
    assert allows_credentials(answer.exchange), lines_of(answer, ALLOW_CREDENTIALS)


@requirement(
    "CO-004",
    MUST,
    "Access-Control-Allow-Origin occurs at most once and contains one serialized origin, null or *.",
    source=FETCH.at("HTTP new-header syntax"),
)
def test_one_origin(responses: Responses) -> None:
    if not any(field_of(exchange, ALLOW_ORIGIN) for exchange in responses.exchanges):
        raise NotApplicable(f"no response has {ALLOW_ORIGIN}")
    assert allowing(responses, lambda exchange: not well_formed(field_of(exchange, ALLOW_ORIGIN))) == []


@requirement(
    "CO-005",
    SHOULD,
    "Responses whose Access-Control-Allow-Origin depends on the request have Vary: Origin, allowed or not.",
    source=FETCH.at("CORS protocol and HTTP caches"),
    needs=Capability.POLLING,
)
def test_vary(cross_origin: CrossOrigin) -> None:
    depending = cross_origin.depending
    wrong = cross_origin.where(
        lambda exchange: (
            exchange in depending
            and not {"origin", "*"} & {name.lower() for name in members_of(exchange, "Vary")}
        ),
        lambda _: "Vary without Origin",
    )
    assert wrong == []


@requirement(
    "CO-006",
    MUST,
    "Handshake, POST and poll from an allowed origin carry the CORS fields as well as the session cookie.",
    source=CORS.at("Configuration"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", [*ACTUAL, f"handshake of {ALLOWED}, the last"])
def test_actual_responses(pages: CrossOrigin, case: str) -> None:
    answer = pages[case]
    assert passes_the_check(answer.exchange), lines_of(answer, ALLOW_ORIGIN)
    cookie = pages.session_cookie
    lost = case.startswith("handshake") and cookie is not None and not answer.cookies_named(cookie)
    assert not lost, f"the session cookie {cookie} is not set"


@requirement(
    "CO-007",
    SHOULD,
    "Error responses carry the CORS fields, too, so that a page can read why it was refused.",
    source=ENGINE_IO.at("test “should disallow bad requests (handshake error)”"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", ["transport", "session id", "method", "revision"])
def test_errors_can_be_read(pages: CrossOrigin, case: str) -> None:
    """AR-012 judges the 403 of allowRequest."""
    pages.welcomes()
    answer = pages[f"error of {ALLOWED}: {case}"]
    if not answer.refused:
        raise NotApplicable(
            f"the request was not refused but answered {answer.status}, which the ERR requirements judge"
        )
    assert passes_the_check(answer.exchange), lines_of(answer, ALLOW_ORIGIN)
    readable = allows_credentials(answer.exchange) or not pages.policy.credentials
    assert readable, lines_of(answer, ALLOW_CREDENTIALS)


@requirement(
    "CO-008",
    MUST,
    "An origin that is not in the list is not allowed, however similar to one that is.",
    source=FETCH.at("CORS check"),
    needs=OPTION,
)
@pytest.mark.parametrize("what", REFUSED)
def test_other_origins_are_not_allowed(pages: CrossOrigin, what: str) -> None:
    """Neither on the handshake nor on any other answer to that origin over HTTP."""
    origin = pages.policy.refused.get(what)
    if origin is None:
        raise NotApplicable("the declaration allows this origin")
    pages.welcomes()
    assert pages[f"handshake of {what}"].status
    assert (
        pages.where(lambda exchange: allowed_over_http(exchange, origin), lambda _: f"{origin} is allowed")
        == []
    )


@requirement(
    "CO-009",
    INFO,
    "Whether an origin that is not in the list still gets a session is recorded.",
    source=CORS.at("caution: the browser enforces CORS, allowRequest refuses"),
    needs=OPTION,
)
def test_session_of_a_stranger(pages: CrossOrigin, remarks: Remarks) -> None:
    if "a stranger" not in pages.policy.refused:
        raise NotApplicable("the declaration allows every origin")
    answer = pages["handshake of a stranger"]
    session = "a session" if answer.opens_a_session else "no session"
    cookies = ", ".join(cookie.name for cookie in answer.set_cookies) or "none"
    remarks.note(f"answered {answer.status} with {session}; cookies: {cookies}")


@requirement(
    "CO-010",
    SHOULD,
    "Without an Origin field no origin is invented: no undefined, no null, nothing empty.",
    source=FETCH.at("HTTP responses"),
)
def test_no_origin_is_invented(cross_origin: CrossOrigin, without_origin: Responses) -> None:
    cross_origin.speaks()
    assert (
        allowing(
            without_origin,
            lambda one: not all(map(cross_origin.may_be_named, field_of(one, ALLOW_ORIGIN))),
        )
        == []
    )


@requirement(
    "CO-011",
    SHOULD,
    "Origin: null, which any sandboxed page has, is granted no credentials unless null was configured.",
    source=RFC6454.at("§7.3"),
)
@pytest.mark.parametrize("case", ["handshake", "preflight"])
def test_null_gets_no_credentials(cross_origin: CrossOrigin, case: str) -> None:
    cross_origin.speaks()
    if cross_origin.declared is not None and OPAQUE in cross_origin.declared.origins:
        raise NotApplicable("the declaration allows null")
    answer = cross_origin[f"{case} of {OPAQUE}"]
    named = field_of(answer.exchange, ALLOW_ORIGIN) == (OPAQUE,)
    assert not (named and allows_credentials(answer.exchange)), "null is allowed, with credentials"


@requirement(
    "CO-012",
    MUST,
    "Methods, headers and max-age are as configured; without allowedHeaders the requested ones are reflected.",
    source=CORS.at("Configuration"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", ["methods", "allowedHeaders", "exposedHeaders", "maxAge"])
def test_as_configured(pages: CrossOrigin, case: str) -> None:
    """More than is configured is wrong as well, except what a page may use without a preflight.

    Exposed headers are judged where a page reads them: engine.io sends them on preflights as well, where they have no
    meaning (Fetch, "CORS protocol": in response to a request that is not a CORS-preflight).
    """
    pages.welcomes()
    assert pages.unlike(case) == []


@requirement(
    "CO-013",
    SHOULD,
    "A preflight creates no session, sets no cookie and needs neither.",
    source=FETCH.at("CORS-preflight fetch"),
    needs=OPTION,
)
@pytest.mark.parametrize("case", [*PREFLIGHTS, f"preflight of {ALLOWED}, unknown session"])
def test_preflight_leaves_nothing(pages: CrossOrigin, case: str) -> None:
    """A preflight has no cookies, so a balancer may send it to a node that does not know the session."""
    if not 200 <= pages[PREFLIGHTS[0]].status < 300:
        raise Blocked("no preflight succeeds (CO-001)")
    answer = pages[case]
    assert 200 <= answer.status < 300, f"answered {answer.status}"
    assert [cookie.name for cookie in answer.set_cookies] == []
    assert Handshake("polling", answer.exchange).sid_or_none is None, "a session was opened"


@requirement(
    "CO-014",
    MUST,
    "Without the cors option no Access-Control field is sent.",
    source=CORS.at("Since Socket.IO v3, you need to explicitly enable CORS"),
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_nothing_by_default(switched_off: Responses) -> None:
    found = [
        switched_off.finding(exchange, line)
        for exchange in switched_off.exchanges
        for line in cors_lines(exchange)
    ]
    assert found == []


@requirement(
    "CO-015",
    INFO,
    "How a WebSocket handshake from another origin is answered is recorded: CORS does not refuse it.",
    source=RFC6455.at("§10.2"),
    needs=Capability.WEBSOCKET,
)
def test_websocket_of_a_stranger(cross_origin: CrossOrigin, remarks: Remarks) -> None:
    remarks.note(f"answered {cross_origin['WebSocket of a stranger'].status}")


@requirement(
    "CO-016",
    SHOULD,
    "An Origin with characters that no field value may have is refused with 400, not reflected.",
    source=RFC9110.at("§5.5"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("case", ODD_ORIGINS)
def test_odd_characters(errors: Answers, case: str) -> None:
    answer = errors[case]
    assert answer.status == 400
    assert ODD_ORIGINS[case] not in lines_of(answer, ALLOW_ORIGIN), "it is reflected"


@requirement(
    "CO-017",
    INFO,
    "Whether Set-Cookie is exposed to pages, which no user agent does, is recorded.",
    source=FETCH.at("forbidden response-header name"),
)
def test_exposed_cookies(cross_origin: CrossOrigin, remarks: Remarks) -> None:
    exposed = [members_of(exchange, EXPOSE_HEADERS) for exchange in cross_origin.exchanges]
    if not any(exposed):
        raise NotApplicable("nothing is exposed")
    names = {name.lower() for names in exposed for name in names}
    remarks.note(f"Set-Cookie is {'' if 'set-cookie' in names else 'not '}among the exposed fields")


@requirement(
    "CO-018",
    SHOULD,
    "Access-Control-Allow-Credentials is not sent without Access-Control-Allow-Origin.",
    source=FETCH.at("CORS check"),
)
def test_credentials_need_an_origin(cross_origin: CrossOrigin) -> None:
    if not any(field_of(exchange, ALLOW_CREDENTIALS) for exchange in cross_origin.exchanges):
        raise NotApplicable(f"no response has {ALLOW_CREDENTIALS}")
    wrong = cross_origin.where(
        lambda exchange: not field_of(exchange, ALLOW_ORIGIN) and bool(field_of(exchange, ALLOW_CREDENTIALS)),
        lambda _: f"{ALLOW_CREDENTIALS} alone",
    )
    assert wrong == []
