"""Hooks, session cookie, middleware and CORS together: none removes the headers of another."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks, Shortfall
from eiospec.observations.answer import Answers
from eiospec.observations.hooked import Hooked, NamedAlike, brought
from eiospec.observations.setting import (
    SESSION,
    cookie_names,
    cors_fields,
    exact_cookies,
    served,
    set_of,
    signs_of_hooks,
)
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import (
    COOKIE_HOWTO,
    ENGINE_IO,
    FETCH,
    MIDDLEWARES,
    RFC6265,
    RFC6265BIS,
    RFC6455,
    RFC9110,
    SERVER_OPTIONS,
    SESSION_HOWTO,
)
from eiospec.target.hooks import EVERY as HEADERS_HOOK
from eiospec.target.hooks import INITIAL as INITIAL_HOOK

INITIAL = Capability.INITIAL_HEADERS
HEADERS = Capability.HEADERS
MIDDLEWARE = Capability.MIDDLEWARE
WEBSOCKET = Capability.WEBSOCKET
COOKIE = Capability.COOKIE_OPTION


@requirement(
    "HX-001",
    MUST,
    "Session cookie and the initial hook's cookie are both on the polling handshake, as two lines.",
    source=ENGINE_IO.at("test “should emit a 'initial_headers' event (polling)”"),
    needs=(INITIAL, COOKIE),
)
@pytest.mark.parametrize("case", ["none", "random"])
def test_session_and_initial_cookie(howto: Hooked, case: str) -> None:
    with_the_session_cookie(howto, f"handshake, {case}", INITIAL_HOOK)


def with_the_session_cookie(howto: Hooked, label: str, hook: str) -> None:
    """Both the session cookie, as without the hook's, and the hook's cookies have to be on a handshake."""
    names = howto.due_on(label, hook)
    plain = howto.plain_session_lines()
    assert set_of(howto[label], howto.session, *names) == sorted([howto.session, *names])
    assert howto.session_lines(label) == plain


@requirement(
    "HX-002",
    MUST,
    "Session cookie and the headers hook's cookie are both on the polling handshake.",
    source=ENGINE_IO.at("test “should emit a 'headers' event (polling)”"),
    needs=(HEADERS, COOKIE),
)
def test_session_and_headers_cookie(howto: Hooked) -> None:
    with_the_session_cookie(howto, "handshake, some", HEADERS_HOOK)


@requirement(
    "HX-003",
    SHOULD,
    "When both hooks set a cookie on the first response, both cookies are on it.",
    source=COOKIE_HOWTO.at("initial_headers and headers"),
    needs=(INITIAL, HEADERS),
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_both_hooks(howto: Hooked, case: str) -> None:
    """The how-to registers both handlers, and each assigns headers["set-cookie"]."""
    due, found = howto.both_due(f"{case}, some")
    missing = [name for name in due if name not in found]
    if missing and found:
        sent = brought(howto[f"{case}, some"].exchange)
        raise Shortfall("; ".join(due), f"{'; '.join(found)} in the place of {'; '.join(missing)} ({sent})")
    assert found == due


@requirement(
    "HX-004",
    SHOULD,
    "An array of cookies set by a hook is sent as separate lines on every later response and on a 101, too.",
    source=RFC6265.at("§3"),
    needs=(INITIAL, HEADERS, WEBSOCKET),
)
@pytest.mark.parametrize(
    ("case", "status", "cookies"),
    [
        ("websocket", 101, ["a=1", "b=2"]),
        ("upgrade", 101, ["c=3", "d=4"]),
        ("POST", 200, ["c=3", "d=4"]),
        ("poll", 200, ["c=3", "d=4"]),
    ],
)
def test_arrays(arrays: Answers, case: str, status: int, cookies: list[str]) -> None:
    assert arrays[case].status == status
    lines = [line for cookie in cookies for line in exact_cookies(arrays[case], cookie[0])]
    assert lines == cookies


@requirement(
    "HX-005",
    SHOULD,
    "The outcome does not depend on the letter case in which a hook spells Set-Cookie.",
    source=RFC9110.at("§5.1"),
    needs=INITIAL,
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_spelling_does_not_matter(overrides: Answers, case: str) -> None:
    spelt = {hook: cookie_names(served(overrides[f"{case}, {hook}"])) for hook in ("lower", "title", "upper")}
    if not any("a" in names for names in spelt.values()):
        raise Blocked("the hook's cookie is not set under any spelling")
    most = max(spelt.values(), key=len)
    assert [f"{hook}: {' '.join(names)}" for hook, names in spelt.items()] == [
        f"{hook}: {' '.join(most)}" for hook in spelt
    ]


@requirement(
    "HX-006",
    SHOULD,
    "Enabling CORS does not change which cookies the handshake sets.",
    source=SERVER_OPTIONS.at("cookie, cors"),
    needs=(INITIAL, Capability.CORS),
)
@pytest.mark.parametrize(
    ("case", "twin"),
    [
        ("handshake with Origin", "handshake, lower"),
        ("handshake without Origin", "handshake, lower"),
        ("websocket with Origin", "websocket, lower"),
    ],
)
def test_cors_changes_no_cookie(cors_and_hooks: Answers, overrides: Answers, case: str, twin: str) -> None:
    without = cookie_names(served(overrides[twin]))
    if "a" not in without:
        raise Blocked("without CORS the hook's cookie is not set either")
    assert cookie_names(cors_and_hooks[case]) == without


@requirement(
    "HX-007",
    SHOULD,
    "A cookie set by a middleware survives on the polling handshake, next to the session cookie.",
    source=MIDDLEWARES,
    needs=(MIDDLEWARE, COOKIE),
)
@pytest.mark.parametrize(
    ("case", "names"), [("plain", ("mw",)), ("array", ("mw", "mw2")), ("plain and a hook", ("mw", "uid"))]
)
def test_middleware_cookie_survives(middleware: Answers, case: str, names: tuple[str, ...]) -> None:
    assert set_of(middleware[f"handshake, {case}"], *names, SESSION) == [SESSION, *names]


@requirement(
    "HX-008",
    MUST,
    "Headers set by a middleware are on the 101.",
    source=MIDDLEWARES,
    needs=(MIDDLEWARE, WEBSOCKET),
)
@pytest.mark.parametrize("case", ["websocket", "upgrade"])
def test_middleware_header_on_101(middleware: Answers, case: str) -> None:
    assert middleware[f"{case}, plain"].status == 101
    assert middleware[f"{case}, plain"].headers.values("x-mw") == (b"1",)
    assert exact_cookies(middleware[f"{case}, plain"], "mw") == ["mw=1"]


@requirement(
    "HX-009",
    SHOULD,
    "A middleware's array of cookies is not folded on the 101.",
    source=RFC6265.at("§3"),
    needs=(MIDDLEWARE, WEBSOCKET),
)
@pytest.mark.parametrize("case", ["websocket", "upgrade"])
def test_middleware_array_on_101(middleware: Answers, case: str) -> None:
    answer = middleware[f"{case}, array"]
    assert answer.status == 101
    assert [*exact_cookies(answer, "mw"), *exact_cookies(answer, "mw2")] == ["mw=1", "mw2=2"]


@requirement(
    "HX-010",
    MUST,
    "A session middleware's late cookie is sent with the session cookie on polling, and on a WebSocket-only 101.",
    source=SESSION_HOWTO,
    needs=(Capability.SESSION_MIDDLEWARE, COOKIE),
)
@pytest.mark.parametrize(
    ("case", "names"), [("handshake", ("connect.sid", SESSION)), ("websocket", ("connect.sid",))]
)
def test_session_middleware(session_middleware: Answers, case: str, names: tuple[str, ...]) -> None:
    assert set_of(session_middleware[case], *names) == sorted(names)


@requirement(
    "HX-011",
    MUST,
    "Overriding a singleton field in a hook leaves exactly one line of that field.",
    source=RFC9110.at("§5.3"),
    needs=INITIAL,
)
@pytest.mark.parametrize("case", ["content-type", "cache-control"])
def test_one_line_of_a_singleton(overrides: Answers, case: str) -> None:
    answer = overrides["handshake, override"]
    assert answer.status == 200
    lines = [value.decode("latin-1") for value in answer.headers.values(case)]
    assert len(lines) == 1, f"{len(lines)} lines: {' | '.join(lines)}"
    # Cache-Control is a list, Content-Type is not: two of them joined are still two (RFC 9110 §5.3).
    if case == "content-type":
        assert lines[0].count("/") == 1, f"more than one media type: {lines[0]}"


@requirement(
    "HX-012",
    MUST,
    "A hook cannot break the opening handshake: its fields occur once with their values, without Content-Length.",
    source=RFC6455.at("§4.2.2, §11.3.3"),
    needs=(INITIAL, WEBSOCKET),
)
@pytest.mark.parametrize("case", ["upgrade", "connection", "sec-websocket-accept", "content-length"])
def test_handshake_fields_are_safe(overrides: Answers, case: str) -> None:
    answer = overrides["websocket, override"]
    assert answer.status == 101
    lines = [value.decode("latin-1") for value in answer.headers.values(case)]
    assert len(lines) == (0 if case == "content-length" else 1), f"{len(lines)} lines: {' | '.join(lines)}"
    assert answer.exchange.refusal == ""


@requirement(
    "HX-013",
    SHOULD,
    "If a hook sets a cookie with the session cookie's name, the response has one cookie of that name.",
    source=RFC6265BIS.at("§4.1.1"),
    needs=(INITIAL, COOKIE),
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_one_cookie_of_a_name(named_alike: NamedAlike, case: str) -> None:
    lines = exact_cookies(served(named_alike.answers[case]), named_alike.name)
    assert len(lines) == 1, f"{len(lines)} lines: {' | '.join(lines)}"


@requirement(
    "HX-014",
    SHOULD,
    "A hook that sets Vary does not remove Origin from it while the response reflects the origin.",
    source=FETCH.at("CORS protocol and HTTP caches"),
    needs=(HEADERS, Capability.CORS),
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll", "websocket"])
def test_vary_keeps_origin(cors_and_hooks: Answers, case: str) -> None:
    answer = served(cors_and_hooks[f"{case}, vary"])
    if not answer.headers.values("access-control-allow-origin"):
        raise NotApplicable("the response does not reflect the origin")
    vary = answer.headers.members("vary")
    assert [name for name in ("accept-language", "origin") if name in vary] == ["accept-language", "origin"]


@requirement(
    "HX-016",
    MUST,
    "CORS fields and the hook's fields are together on handshake, POST and poll.",
    source=SERVER_OPTIONS.at("cors"),
    needs=(HEADERS, Capability.CORS),
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll"])
def test_cors_and_hook_fields(cors_and_hooks: Answers, case: str) -> None:
    answer = cors_and_hooks[f"{case}, how-to"]
    assert answer.status == 200
    assert answer.headers.values("x-every") == (b"1",)
    assert cors_fields(answer) == cors_fields_without_hook(cors_and_hooks)


def cors_fields_without_hook(cors_and_hooks: Answers) -> list[str]:
    """Return the CORS fields of a handshake without a hook."""
    found = cors_fields(cors_and_hooks["handshake with Origin, no hook"])
    if not any(field.startswith("access-control-allow-origin") for field in found):
        raise Blocked("not even a handshake without a hook has Access-Control-Allow-Origin")
    return found


@requirement(
    "HX-017",
    SHOULD,
    "A middleware that fails refuses the request, without session cookie; what hooks add is recorded.",
    source=ENGINE_IO.at("test “should fail on errors”"),
    needs=MIDDLEWARE,
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_failing_middleware(middleware: Answers, remarks: Remarks, case: str) -> None:
    """A 400 in engine.io; a 500, as Express answers, is right as well."""
    answer = middleware[f"{case}, fail"]
    assert answer.status >= 400, f"answered {answer.status}"
    assert answer.opens_a_session is False
    for sign in signs_of_hooks(answer):
        remarks.note(f"the error carries {sign} of a hook")
    assert [name for name in cookie_names(answer) if name == SESSION] == []


@requirement(
    "HX-018",
    SHOULD,
    "A middleware's headers are on error responses, too.",
    source=ENGINE_IO.at("server.ts: handleRequest"),
    needs=MIDDLEWARE,
)
@pytest.mark.parametrize("case", ["transport", "session id", "method"])
def test_middleware_header_on_errors(middleware: Answers, case: str) -> None:
    answer = middleware[f"refused: {case}"]
    if not answer.refused:
        raise Blocked(f"the request was not refused but answered {answer.status}")
    assert answer.headers.values("x-mw") == (b"1",)


@requirement(
    "HX-019",
    SHOULD,
    "A middleware may end the request itself: no session is opened and no cookie set.",
    source=ENGINE_IO.at("test “should end the request”"),
    needs=MIDDLEWARE,
)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_ending_middleware(middleware: Answers, case: str) -> None:
    answer = middleware[f"{case}, end"]
    if answer.exchange.is_websocket and answer.exchange.response is None:
        raise NotApplicable("an upgrade that a middleware ends is not answered at all (ERR-027)")
    assert answer.status == 503
    assert answer.opens_a_session is False
    assert cookie_names(answer) == []


@requirement(
    "HX-020", INFO, "The order of the Set-Cookie lines is recorded.", source=ENGINE_IO, needs=INITIAL
)
def test_order_of_cookies(howto: Hooked, remarks: Remarks) -> None:
    remarks.note(", ".join(cookie.name for cookie in howto["handshake, none"].set_cookies))
