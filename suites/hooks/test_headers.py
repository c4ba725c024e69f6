"""The `headers` hook: every HTTP request of a session, the upgrade included."""

from __future__ import annotations

import pytest

from eiospec.errors import Blocked, LesserShortfall, NotApplicable, Remarks
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.setting import COOKIES, exact_cookies, served, state_of
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, EIO4, ENGINE_IO, RFC6265BIS, SERVER_API

NEEDS = Capability.HEADERS
ON_WEBSOCKET = (NEEDS, Capability.WEBSOCKET)
HOOK = SERVER_API.at("headers")
HOWTO = COOKIE_HOWTO.at("headers")
RANDOM_ID = "randomId=abc; Max-Age=86400"


def every(howto: Answers, label: str, status: int = 200) -> tuple[bytes, ...]:
    """Return the hook's header on a response with the expected status."""
    answer = howto[label]
    assert answer.status == status
    return answer.headers.values("x-every")


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
def test_on_handshake(howto: Answers, case: str) -> None:
    assert every(howto, case) == (b"1",)


@requirement("HH-002", MUST, "A header set in the hook is on every poll.", source=HOWTO, needs=NEEDS)
@pytest.mark.parametrize(
    "case",
    [
        *("poll, none", "poll, some", "poll, random", "poll again, none", "poll again, some"),
        *("poll again, random", "poll, verbatim", "poll ended by a message", "poll on a kept connection"),
    ],
)
def test_on_polls(howto: Answers, case: str) -> None:
    assert every(howto, case) == (b"1",)


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
def test_on_posts(howto: Answers, case: str) -> None:
    assert every(howto, case) == (b"1",)


@requirement(
    "HH-004",
    MUST,
    "A header set in the hook is on the 101 that upgrades a session.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_on_upgrade(howto: Answers, case: str) -> None:
    assert every(howto, f"upgrade, {case}", 101) == (b"1",)


@requirement(
    "HH-005",
    MUST,
    "A header set in the hook is on the 101 of a WebSocket-only session.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_on_websocket_handshake(howto: Answers, case: str) -> None:
    assert every(howto, f"websocket, {case}", 101) == (b"1",)


def randomness(howto: Answers, where: str) -> list[list[str]]:
    """Return the randomId cookies set without a Cookie field, with another cookie, and with randomId."""
    answers = [howto[f"{where}, {cookie}"] for cookie in ("none", "some", "random")]
    refused = [answer.status for answer in answers if answer.status not in (200, 101)]
    if refused:
        raise Blocked(f"{where} was answered {refused[0]}")
    return [exact_cookies(answer, "randomId") for answer in answers]


def unless_overridden(answer: Answer) -> None:
    """Raise LesserShortfall where the hook ran, but the other hook's cookie replaced its own.

    Both handlers of the how-to assign set-cookie on the first response. Which one runs last, and wins, is the order
    of the reference implementation (HH-017); that both cookies are set is good practice (HX-003).
    """
    ran, other = answer.headers.values("x-every") == (b"1",), exact_cookies(answer, "uid")
    if ran and other and not exact_cookies(answer, "randomId"):
        raise LesserShortfall(
            RANDOM_ID, f"{'; '.join(other)} in its place, which the other hook set (HX-003)"
        )


# Without a Cookie field nothing is set, with another cookie randomId is, with randomId nothing again.
AS_WRITTEN: list[list[str]] = [[], [RANDOM_ID], []]


@requirement(
    "HH-006",
    MUST,
    "The how-to's handler sets no randomId on a handshake without a Cookie field.",
    source=HOWTO,
    needs=NEEDS,
)
def test_handshake_without_cookie(howto: Answers) -> None:
    assert randomness(howto, "handshake")[0] == []
    positive_twin(howto)


def positive_twin(howto: Answers) -> None:
    """Raise Blocked unless the cookie is set where it is due: otherwise its absence proves nothing."""
    if not exact_cookies(howto["handshake, some"], "randomId"):
        raise Blocked("randomId is not set even where it has to be (HH-007)")


@requirement(
    "HH-007",
    MUST,
    "The how-to's handler sets randomId=abc; Max-Age=86400 on a handshake that carries another cookie.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["some", "lookalike"])
def test_handshake_with_another_cookie(howto: Answers, case: str) -> None:
    answer = howto[f"handshake, {case}"]
    assert answer.status == 200
    unless_overridden(answer)
    assert exact_cookies(answer, "randomId") == [RANDOM_ID]


@requirement(
    "HH-008",
    MUST,
    "The how-to's handler sets no randomId on a handshake that carries it.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["handshake, random", "handshake, randomId first", "handshake, returning"])
def test_handshake_with_random_id(howto: Answers, case: str) -> None:
    assert howto[case].status == 200
    assert exact_cookies(howto[case], "randomId") == []
    positive_twin(howto)


@requirement(
    "HH-009",
    MUST,
    "The how-to's handler decides a poll by the poll's own cookies.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["poll", "poll again"])
def test_polls_by_their_own_cookies(howto: Answers, case: str) -> None:
    assert randomness(howto, case) == AS_WRITTEN


@requirement(
    "HH-010",
    MUST,
    "The how-to's handler decides a POST by the POST's own cookies.",
    source=HOWTO,
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["POST", "POST again"])
def test_posts_by_their_own_cookies(howto: Answers, case: str) -> None:
    assert randomness(howto, case) == AS_WRITTEN


@requirement(
    "HH-011",
    MUST,
    "The how-to's handler decides an upgrade by the upgrade's own cookies.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
def test_upgrades_by_their_own_cookies(howto: Answers) -> None:
    assert randomness(howto, "upgrade") == AS_WRITTEN


@requirement(
    "HH-012",
    MUST,
    "The how-to's handler decides a WebSocket-only handshake by its own cookies.",
    source=COOKIE_HOWTO.at("headers, including the WebSocket upgrade"),
    needs=ON_WEBSOCKET,
)
def test_websocket_handshakes_by_their_own_cookies(howto: Answers) -> None:
    none, some, random = randomness(howto, "websocket")
    assert [none, random] == [AS_WRITTEN[0], AS_WRITTEN[2]]
    unless_overridden(howto["websocket, some"])
    assert some == AS_WRITTEN[1]


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
def test_sees_the_current_request(howto: Answers, where: str, case: str) -> None:
    """Each request of a session has another Cookie field."""
    answer = served(howto[f"{where}, {case}"])
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
def test_on_ended_poll(howto: Answers, case: str) -> None:
    if howto[f"poll ended by {case}"].refused:
        raise NotApplicable("the poll arrived after the request that was to end it")
    assert every(howto, f"poll ended by {case}") == (b"1",)


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
def test_several_cookie_lines(howto: Answers, case: str) -> None:
    assert served(howto[case]).status in (200, 101)
    assert exact_cookies(howto[case], "randomId") == []
    seen = (howto[case].headers.text("x-seen-cookie") or "").replace(",", ";")
    assert sorted(pair.strip() for pair in seen.split(";")) == ["b=2", "randomId=zzz"]
    positive_twin(howto)


@requirement(
    "HH-017",
    SHOULD,
    "On the first request initial_headers runs before headers, and headers sees what it set.",
    source=ENGINE_IO.at("server.ts: handshake"),
    needs=(NEEDS, Capability.INITIAL_HEADERS),
)
@pytest.mark.parametrize("where", ["handshake", "websocket"])
@pytest.mark.parametrize("case", ["none", "random"])
def test_order_of_the_hooks(howto: Answers, where: str, case: str) -> None:
    assert served(howto[f"{where}, {case}"]).headers.values("x-order") == (b"ih",)


@requirement(
    "HH-018",
    MUST,
    "The hook changes neither status nor body: a POST is answered ok, a poll with its packets.",
    source=EIO4.at("Sending and receiving data"),
    needs=NEEDS,
)
@pytest.mark.parametrize("case", ["none", "some", "random"])
def test_body_is_undisturbed(howto: Answers, case: str) -> None:
    """The poll of each session follows a POST of the stimulus, whose answer it delivers."""
    posted, polled = howto[f"POST, {case}"], howto[f"poll, {case}"]
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
def test_on_errors(howto: Answers, remarks: Remarks) -> None:
    ran = howto["refused: transport"].headers.values("x-every")
    remarks.note(f"an error response {'runs' if ran else 'does not run'} the hook")


@requirement("HH-021", INFO, "Whether static files run the hook is recorded.", source=ENGINE_IO, needs=NEEDS)
def test_on_static_files(howto: Answers, remarks: Remarks) -> None:
    answer = howto["static file"]
    ran = answer.headers.values("x-every")
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
