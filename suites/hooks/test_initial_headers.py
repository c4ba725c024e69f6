"""The `initial_headers` hook: once, for the first HTTP request of a session, on either transport."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answers
from eiospec.observations.handshake import Handshake
from eiospec.observations.hooked import Hooked
from eiospec.observations.setting import COOKIES, exact_cookies, served, state_of
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, EIO4, ENGINE_IO, RFC6265, SERVER_API
from eiospec.target.hooks import INITIAL

NEEDS = Capability.INITIAL_HEADERS
ON_WEBSOCKET = (NEEDS, Capability.WEBSOCKET)
HOOK = SERVER_API.at("initial_headers")


def wrong(howto: Hooked, label: str) -> list[str]:
    """Return how the hook's fields, cookies included, differ from what is declared."""
    fields = howto.wrong_fields(label, INITIAL) if howto.hooks.plain(INITIAL) else []
    cookies = howto.wrong_cookies(label, INITIAL) if howto.hooks.cookies(INITIAL) else []
    return [*fields, *cookies]


@requirement(
    "HI-001", MUST, "A header set in the hook is on the polling handshake response.", source=HOOK, needs=NEEDS
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_header_on_handshake(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(f"handshake, {case}", INITIAL) == []


@requirement(
    "HI-002",
    MUST,
    "A set-cookie string set in the hook is a Set-Cookie of the polling handshake, byte for byte.",
    source=COOKIE_HOWTO.at("initial_headers"),
    needs=NEEDS,
)
def test_cookie_on_handshake(howto: Hooked) -> None:
    """Without a Cookie field only this hook of the how-to sets a cookie; HX-003 judges both together."""
    assert howto.wrong_cookies("handshake, none", INITIAL) == []


POLLS = (
    *(
        "poll, none",
        "poll, some",
        "poll, random",
        "poll again, none",
        "poll again, some",
        "poll again, random",
    ),
    *("poll ended by the upgrade, none", "poll ended by a message", "poll on a kept connection"),
)
POSTS = (
    *(
        "POST, none",
        "POST, some",
        "POST, random",
        "POST again, none",
        "POST again, some",
        "POST again, random",
    ),
    *("POST of a message", "POST of a close", "POST on a kept connection"),
)


@requirement(
    "HI-003", MUST, "The hook's headers are not on a later poll of the session.", source=HOOK, needs=NEEDS
)
@pytest.mark.parametrize("case", POLLS)
def test_not_on_polls(howto: Hooked, case: str) -> None:
    assert howto[case].status == 200
    assert howto.only_first(case) == []


@requirement(
    "HI-004",
    MUST,
    "The hook's headers are not on the answer to a POST of the session.",
    source=HOOK,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", POSTS)
def test_not_on_posts(howto: Hooked, case: str) -> None:
    assert howto[case].status == 200
    assert howto.only_first(case) == []


@requirement(
    "HI-005",
    MUST,
    "The hook's headers are not on the 101 that upgrades an existing session.",
    source=HOOK,
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_not_on_upgrade(howto: Hooked, case: str) -> None:
    assert howto[f"upgrade, {case}"].status == 101
    assert howto.only_first(f"upgrade, {case}") == []


@requirement(
    "HI-006",
    MUST,
    "On a WebSocket-only session the hook's header and cookie are on the 101.",
    source=ENGINE_IO.at("test “should emit a 'initial_headers' event (websocket)”"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "random"])
def test_on_websocket_handshake(howto: Hooked, case: str) -> None:
    assert howto[f"websocket, {case}"].status == 101
    assert wrong(howto, f"websocket, {case}") == []


@requirement(
    "HI-007",
    MUST,
    "The hook runs exactly once for a session.",
    source=ENGINE_IO.at("test “should emit a single 'initial_headers' event per connection”"),
    needs=(NEEDS, Capability.STATE),
)
@pytest.mark.parametrize(
    ("case", "sessions"),
    [
        ("after the handshake", 1),
        ("after POST and poll", 1),
        ("after the upgrade", 1),
        ("after an upgrade that ended a poll", 1),
        ("after a WebSocket-only handshake", 1),
        ("after a refused request", 0),
    ],
)
def test_runs_once(hook_calls: Answers, case: str, sessions: int) -> None:
    assert state_of(hook_calls[case])["initial"] == sessions


@requirement(
    "HI-008",
    MUST,
    "The hook receives the request: what it derives from the Cookie field is right.",
    source=HOOK,
    needs=NEEDS,
)
@pytest.mark.parametrize("where", ["handshake", "websocket"])
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_receives_the_request(howto_of_the_contract: Answers, where: str, case: str) -> None:
    answer = served(howto_of_the_contract[f"{where}, {case}"])
    sent = tuple(value.encode() for _, value in COOKIES[case])
    assert answer.headers.values("x-initial-cookie") == sent
    if not answer.headers.values("x-initial") and not answer.cookies_named("uid"):
        raise Blocked("the hook has no effect on the response (HI-001, HI-006)")


@requirement(
    "HI-009",
    MUST,
    "An array of cookies set by the hook is one Set-Cookie line per element on the polling handshake.",
    source=RFC6265.at("§3"),
    needs=NEEDS,
)
def test_array_on_handshake(arrays: Answers) -> None:
    assert exact_cookies(arrays["handshake"], "a") == ["a=1"]
    assert exact_cookies(arrays["handshake"], "b") == ["b=2"]


@requirement("HI-010", SHOULD, "Several headers set by the hook all appear.", source=HOOK, needs=NEEDS)
@pytest.mark.parametrize("case", ["handshake", "websocket"])
def test_several_headers(howto: Hooked, case: str) -> None:
    served(howto[f"{case}, none"])
    if len(howto.plain(INITIAL)) < 2:
        raise NotApplicable(
            "one field of the hook initial_headers is declared in addition to cookies, not several"
        )
    assert howto.wrong_fields(f"{case}, none", INITIAL) == []


@requirement(
    "HI-011",
    MUST,
    "The hook does not disturb the body: the open packet is there and the framing is right.",
    source=EIO4.at("Handshake"),
    needs=NEEDS,
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_body_is_undisturbed(howto_of_the_contract: Answers, transport: str, case: str) -> None:
    where = "handshake" if transport == "polling" else "websocket"
    answers = [served(howto_of_the_contract[f"{where}, {name}"]) for name in (case, "no hook")]
    hooked, plain = (Handshake(transport, answer.exchange) for answer in answers)
    assert plain.open_packet.sid
    assert members(hooked) == members(plain)
    assert list(hooked.answer.response.defects) == []
    assert hooked.answer.response.complete, "the body ended before its framing said"


def members(handshake: Handshake) -> list[str]:
    """Return status, media type and length, and the open packet with a placeholder for the id, or the reason without
    one."""
    answer = handshake.answer
    shown = [f"status {answer.status}", f"media type {answer.media_type or 'absent'}"]
    try:
        packet = handshake.open_packet
    except Blocked as reason:
        return [*shown, str(reason)]
    length = len(answer.body) - len(packet.sid) if handshake.transport == "polling" else 0
    return [
        *shown,
        f"{length} octets beside the id",
        *(f"{name}: {value}" for name, value in packet.pairs if name != "sid"),
    ]


@requirement(
    "HI-012",
    INFO,
    "Whether a header set after the hook returned is on the response is recorded.",
    source=COOKIE_HOWTO.at("caution: event emitters are synchronous"),
    needs=NEEDS,
)
def test_late_header(overrides: Answers, remarks: Remarks) -> None:
    there = overrides["handshake, late"].headers.values("x-late")
    remarks.note("the late header is there: this server waits for its hooks" if there else "it is not")


@requirement(
    "HI-013",
    MUST,
    "The hook runs for every new session, also when the request carries cookies from an earlier one.",
    source=HOOK,
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "case",
    [
        *("handshake, none", "handshake, random", "websocket, none", "websocket, random"),
        *("handshake, returning", "websocket, returning"),
        *("handshake on a kept connection", "second handshake on a kept connection"),
    ],
)
def test_runs_for_every_session(howto: Hooked, case: str) -> None:
    served(howto[case])
    assert wrong(howto, case) == []


@requirement(
    "HI-016",
    INFO,
    "What the hook adds to the response of a refused request is recorded.",
    source=ENGINE_IO.at("server.ts: abortRequest"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["transport", "session id", "method"])
def test_on_refusals(howto: Hooked, remarks: Remarks, case: str) -> None:
    answer = howto[f"refused: {case}"]
    if not answer.refused:
        raise Blocked(f"the request was not refused but answered {answer.status}")
    howto.only_first(f"refused: {case}")  # blocked unless the hook has an effect
    found = howto.of_the_initial_hook(answer)
    remarks.note(f"{answer.status} with {', '.join(found)}" if found else f"{answer.status} without the hook")


@requirement(
    "HI-017",
    INFO,
    "How a header value that is not a string is sent is recorded.",
    source=ENGINE_IO,
    needs=NEEDS,
)
def test_number_as_value(howto_of_the_contract: Answers, remarks: Remarks) -> None:
    remarks.note(f"x-number: {howto_of_the_contract['handshake, none'].headers.text('x-number')}")
