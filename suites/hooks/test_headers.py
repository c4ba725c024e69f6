"""The `headers` hook: every HTTP request of a session, the upgrade included."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answers
from eiospec.observations.hooked import Hooked
from eiospec.observations.setting import COOKIES, served, state_of
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, EIO4, ENGINE_IO, RFC6265BIS, SERVER_API
from eiospec.target.hooks import EVERY

NEEDS = Capability.HEADERS
ON_WEBSOCKET = (NEEDS, Capability.WEBSOCKET)
HOOK = SERVER_API.at("headers")
HOWTO = COOKIE_HOWTO.at("headers")


@requirement(
    "HH-001", MUST, "A header set in the hook is on the polling handshake.", source=HOWTO, needs=NEEDS
)
@pytest.mark.parametrize(
    "case",
    [
        *("handshake, none", "handshake, some", "handshake, random"),
        *("handshake on a kept connection", "second handshake on a kept connection"),
    ],
)
def test_on_handshake(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(case, EVERY) == []


@requirement("HH-002", MUST, "A header set in the hook is on every poll.", source=HOWTO, needs=NEEDS)
@pytest.mark.parametrize(
    "case",
    [
        *("poll, none", "poll, some", "poll, random", "poll again, none", "poll again, some"),
        *("poll again, random", "poll, verbatim", "poll ended by a message", "poll on a kept connection"),
    ],
)
def test_on_polls(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(case, EVERY) == []


@requirement(
    "HH-003", MUST, "A header set in the hook is on the answer to every POST.", source=HOWTO, needs=NEEDS
)
@pytest.mark.parametrize(
    "case",
    [
        *("POST, none", "POST, some", "POST, random", "POST again, none", "POST again, some"),
        *(
            "POST again, random",
            "POST, verbatim",
            "POST of a message",
            "POST of a close",
            "POST on a kept connection",
        ),
    ],
)
def test_on_posts(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(case, EVERY) == []


@requirement(
    "HH-004",
    MUST,
    "A header set in the hook is on the 101 that upgrades a session.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_on_upgrade(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(f"upgrade, {case}", EVERY) == []


@requirement(
    "HH-005",
    MUST,
    "A header set in the hook is on the 101 of a WebSocket-only session.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_on_websocket_handshake(howto: Hooked, case: str) -> None:
    assert howto.wrong_fields(f"websocket, {case}", EVERY) == []


def decided(howto: Hooked, where: str) -> list[str]:
    """Return how the cookies without a Cookie field, with another cookie, and with the hook's differ from what is
    declared."""
    howto.cookies(EVERY)
    labels = [f"{where}, {cookie}" for cookie in ("none", "some", "random")]
    refused = [howto[label].status for label in labels if howto[label].status not in (200, 101)]
    if refused:
        raise Blocked(f"{where} was answered {refused[0]}")
    return [wrong for label in labels for wrong in howto.wrong_cookies(label, EVERY)]


def conditional(howto: Hooked) -> None:
    """Raise NotApplicable unless a cookie of the hook depends on the cookies of the request."""
    if not any(cookie.unless or cookie.if_cookie for cookie in howto.cookies(EVERY)):
        raise NotApplicable(
            "no cookie of the hook headers is declared to depend on the request's cookies (unless)"
        )


@requirement(
    "HH-006",
    MUST,
    "Without a Cookie field, a handshake gets no cookie that needs one: the how-to's handler sets no randomId.",
    source=HOWTO,
    needs=NEEDS,
)
def test_handshake_without_cookie(howto: Hooked) -> None:
    if all(cookie.unless and not cookie.if_cookie for cookie in howto.cookies(EVERY)):
        raise NotApplicable("it is not declared whether the cookie is set without a Cookie field (if Cookie)")
    assert howto.wrong_cookies("handshake, none", EVERY) == []
    howto.require_twin("handshake, some", EVERY, "HH-007")


@requirement(
    "HH-007",
    MUST,
    "A handshake that carries another cookie gets the hook's as it is set: randomId=abc; Max-Age=86400 in the how-to.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["some", "lookalike"])
def test_handshake_with_another_cookie(howto: Hooked, case: str) -> None:
    assert howto.wrong_cookies(f"handshake, {case}", EVERY) == []


@requirement(
    "HH-008",
    MUST,
    "A handshake that carries the hook's cookie does not get it again: the how-to's handler sets no randomId.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "case",
    ["handshake, random", "handshake, randomId first", "handshake, returning", "handshake, quoted"],
)
def test_handshake_with_random_id(howto: Hooked, case: str) -> None:
    conditional(howto)
    assert howto.wrong_cookies(case, EVERY) == []
    howto.require_twin("handshake, some", EVERY, "HH-007")


@requirement(
    "HH-009",
    MUST,
    "A handler like the how-to's decides a poll by the poll's own cookies.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "case",
    [
        *("poll", "poll again"),
        *("poll ended by a message", "poll ended by a close", "poll on a kept connection", "poll, verbatim"),
    ],
)
def test_polls_by_their_own_cookies(howto: Hooked, case: str) -> None:
    if case in ("poll", "poll again"):
        assert decided(howto, case) == []
    else:
        assert howto.wrong_cookies(case, EVERY) == []


@requirement(
    "HH-010",
    MUST,
    "A handler like the how-to's decides a POST by the POST's own cookies.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "case",
    [
        *("POST", "POST again"),
        *("POST of a message", "POST of a close", "POST on a kept connection", "POST, verbatim"),
    ],
)
def test_posts_by_their_own_cookies(howto: Hooked, case: str) -> None:
    if case in ("POST", "POST again"):
        assert decided(howto, case) == []
    else:
        assert howto.wrong_cookies(case, EVERY) == []


@requirement(
    "HH-011",
    MUST,
    "A handler like the how-to's decides an upgrade by the upgrade's own cookies.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
def test_upgrades_by_their_own_cookies(howto: Hooked) -> None:
    assert decided(howto, "upgrade") == []


@requirement(
    "HH-012",
    MUST,
    "A handler like the how-to's decides a WebSocket-only handshake by its own cookies.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
def test_websocket_handshakes_by_their_own_cookies(howto: Hooked) -> None:
    wrong = decided(howto, "websocket")
    for label in ("websocket, lookalike", "websocket, quoted"):
        if label in howto.answers:  # older reports, which are judged again, do not have it
            wrong += howto.wrong_cookies(label, EVERY)
    assert wrong == []


@requirement(
    "HH-013",
    MUST,
    "The hook runs exactly once for each HTTP request of a session.",
    source=HOOK,
    needs=(NEEDS, Capability.STATE),
)
@pytest.mark.parametrize(
    ("case", "requests"),
    [
        ("after the handshake", 1),
        ("after the POST", 2),
        ("after POST and poll", 3),
        ("after the upgrade", 4),
        ("after an upgrade that ended a poll", 3),
        ("after a WebSocket-only handshake", 1),
    ],
)
def test_runs_once_a_request(hook_calls: Answers, case: str, requests: int) -> None:
    assert state_of(hook_calls[case])["headers"] == requests


@requirement(
    "HH-014",
    MUST,
    "The hook sees the cookies of the current request, not those of the handshake.",
    source=HOOK,
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "where", ["handshake", "websocket", "POST", "poll", "POST again", "poll again", "upgrade"]
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_sees_the_current_request(howto_of_the_contract: Answers, where: str, case: str) -> None:
    """Each request of a session has another Cookie field."""
    answer = served(howto_of_the_contract[f"{where}, {case}"])
    if not answer.headers.values("x-every"):
        raise Blocked(f"the hook's header is not on the {where} (HH-001 to HH-005)")
    assert answer.headers.values("x-seen-cookie") == tuple(value.encode() for _, value in COOKIES[case])


@requirement(
    "HH-015",
    MUST,
    "A poll that an upgrade or a close ends carries the hook's header, too.",
    source=HOOK,
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["the upgrade, none", "the upgrade, some", "the upgrade, random", "a close"])
def test_on_ended_poll(howto: Hooked, case: str) -> None:
    label = f"poll ended by {case}"
    if howto[label].refused:
        raise NotApplicable("the poll arrived after the request that was to end it")
    fields = howto.wrong_fields(label, EVERY) if howto.hooks.plain(EVERY) else []
    cookies = howto.wrong_cookies(label, EVERY) if howto.hooks.cookies(EVERY) else []
    assert [*fields, *cookies] == []


@requirement(
    "HH-016",
    MUST,
    "The hook gets all cookies when a client splits them over several Cookie lines.",
    source=RFC6265BIS.at("§4.2.1"),
    needs=NEEDS,
)
@pytest.mark.parametrize(
    "case",
    [
        *("handshake, two Cookie lines", "handshake, two Cookie lines turned round"),
        "websocket, two Cookie lines",
    ],
)
def test_several_cookie_lines(howto: Hooked, case: str) -> None:
    """The contract's hook also shows the cookies that it saw."""
    conditional(howto)
    assert served(howto[case]).status in (200, 101)
    assert howto.wrong_cookies(case, EVERY) == []
    if howto.contract:
        seen = (howto[case].headers.text("x-seen-cookie") or "").replace(",", ";")
        assert sorted(pair.strip() for pair in seen.split(";")) == ["b=2", "randomId=zzz"]
    howto.require_twin("handshake, some", EVERY, "HH-007")


@requirement(
    "HH-017",
    SHOULD,
    "On the first request initial_headers runs before headers, and headers sees what it set.",
    source=ENGINE_IO.at("server.ts: handshake"),
    needs=(NEEDS, Capability.INITIAL_HEADERS),
)
@pytest.mark.parametrize("where", ["handshake", "websocket"])
@pytest.mark.parametrize("case", ["none", "random"])
def test_order_of_the_hooks(howto_of_the_contract: Answers, where: str, case: str) -> None:
    assert served(howto_of_the_contract[f"{where}, {case}"]).headers.values("x-order") == (b"ih",)


@requirement(
    "HH-018",
    MUST,
    "The hook changes neither status nor body: a POST is answered ok, a poll with its packets.",
    source=EIO4.at("Sending and receiving data"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_body_is_undisturbed(howto_of_the_contract: Answers, case: str) -> None:
    """The poll of each session follows a POST of the stimulus, whose answer it delivers."""
    posted, polled = (howto_of_the_contract[f"{label}, {case}"] for label in ("POST", "poll"))
    assert [posted.status, posted.body.decode("latin-1")] == [200, "ok"]
    assert [packet for packet in polled.packets if "/eiospec-" in packet], f"the poll said {polled.packets}"
    assert [polled.status, *posted.response.defects, *polled.response.defects] == [200]
    assert posted.response.complete, "the answer to the POST ended before its framing said"
    assert polled.response.complete, "the answer to the poll ended before its framing said"


@requirement(
    "HH-019",
    INFO,
    "Whether error responses and preflights run the hook is recorded.",
    source=HOOK,
    needs=NEEDS,
)
def test_on_errors(howto: Hooked, remarks: Remarks) -> None:
    ran = howto.of_the_headers_hook(howto["refused: transport"])
    remarks.note(f"an error response {'runs' if ran else 'does not run'} the hook")


@requirement("HH-021", INFO, "Whether static files run the hook is recorded.", source=ENGINE_IO, needs=NEEDS)
def test_on_static_files(howto: Hooked, remarks: Remarks) -> None:
    answer = howto["static file"]
    ran = howto.of_the_headers_hook(answer)
    remarks.note(f"socket.io.js is answered {answer.status} and {'runs' if ran else 'does not run'} the hook")


@requirement(
    "HH-022",
    SHOULD,
    "A hook that rotates a cookie delivers a new value on every response, and the session continues.",
    source=COOKIE_HOWTO.at("AWSALB"),
    needs=(NEEDS, Capability.UPGRADE),
)
def test_rotation(rotation: Answers) -> None:
    values = [[cookie.value for cookie in rotation[label].cookies_named("n")] for label in ROTATED]
    assert [rotation[label].status for label in ROTATED] == [*[200] * (len(ROTATED) - 1), 101]
    assert [len(of_one) for of_one in values] == [1] * len(ROTATED), f"the values were {values}"
    assert len({value for of_one in values for value in of_one}) == len(ROTATED), f"the values were {values}"


ROTATED = ("handshake", "POST, first", "poll, first", "POST, second", "poll, second", "upgrade")
