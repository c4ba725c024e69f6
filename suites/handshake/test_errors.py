"""Wrong requests over HTTP: refused with the right status and words, without harm to the server."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from eiospec.errors import Blocked, NotApplicable, Remarks, Shortfall
from eiospec.observations.answer import Answer, Answers, show
from eiospec.observations.cookies import Responses
from eiospec.observations.errors import PROTOTYPE_NAMES, refused_and_setting
from eiospec.observations.handshake import Handshake
from eiospec.observations.handshakes import Handshakes
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import (
    COOKIE_HOWTO,
    EIO4,
    EIO4_SUITE,
    ENGINE_IO,
    RFC9110,
    ROBUSTNESS,
    SERVER_API,
    TROUBLESHOOTING,
)

ERRORS_WITH_A_BODY = (
    "no transport",
    "transport=abc",
    "POST without sid",
    "poll with an unknown sid",
    "POST with an unknown sid",
    "transport=websocket without Upgrade",
    "transport=websocket on a polling session",
)
ERROR_TABLE = SERVER_API.at("connection_error")
POLLING = (Capability.POLLING,)
REVISION_4 = (Capability.POLLING, Capability.REVISION_4_ONLY)
Check = Callable[..., None]


def status_of(answer: Answer) -> str:
    """Return the status, with "with a session" when the body has an open packet or a session id nevertheless."""
    session = Handshake("polling", answer.exchange).sid_or_none is not None
    return f"{answer.status}{' with a session' if session else ''}"


def error_of(answer: Answer) -> dict[str, object]:
    """Return the JSON object of an error, in UTF-8 without a byte-order mark (RFC 8259 §8.1).

    Raise Shortfall without one; raise NotApplicable when the request was not refused, which another requirement
    reports.
    """
    if answer.status < 400:
        raise NotApplicable(f"the request was answered {status_of(answer)}: there is no error to look at")
    try:
        error = json.loads(answer.body.decode("utf-8"))
    except ValueError:
        error = None
    if not isinstance(error, dict):
        raise Shortfall("a JSON object with code and message", show(answer.body))
    return error


def code_of(answer: Answer) -> object:
    """Return the code if it is a whole number, else as it is written: true and "1" are not 1."""
    code = error_of(answer).get("code")
    return code if type(code) is int else json.dumps(code)


def compare_message(errors: Answers, case: str, documented: str, remarks: Remarks) -> None:
    """Remark on a message other than the documented one: the code is the contract."""
    message = str(error_of(errors[case]).get("message"))
    if message.lower() != documented.lower():
        remarks.note(f"the message is “{message[:80]}”, documented is “{documented}”")


# fmt: off
# The name of the check, its requirement, and the requests that are answered 400 without a session.
ANSWERED_400 = (
    ("missing_transport",
     requirement("ERR-001", MUST, "A request without transport is answered 400.", source=EIO4.at("Query parameters")),
     ["no transport", "POST without transport on a session", "poll without transport on a session"]),
    ("unknown_transport",
     requirement("ERR-002", SHOULD, "An unknown transport is answered 400.",
                 source=EIO4_SUITE.at("fails with an invalid 'transport'")),
     ["transport=abc", "transport=abc on a session"]),
    ("unsupported_revision",
     requirement("ERR-004", SHOULD, "A handshake with an unsupported EIO is answered 400.",
                 source=EIO4_SUITE.at("fails with an invalid 'EIO'"), needs=REVISION_4),
     ["EIO=abc", "EIO=4abc", "EIO=5", "EIO=2"]),
    ("post_without_sid",
     requirement("ERR-005", SHOULD, "A POST without sid is answered 400.",
                 source=EIO4_SUITE.at("fails with an invalid request method"), needs=POLLING),
     ["POST without sid", "POST of a packet without sid"]),
    ("poll_with_unknown_sid",
     requirement("ERR-007", MUST, "A poll with an unknown sid is answered 400.",
                 source=EIO4.at("Receiving data"), needs=POLLING),
     ["poll with an unknown sid", "poll with a changed sid"]),
    ("post_with_unknown_sid",
     requirement("ERR-008", MUST, "A POST with an unknown sid is answered 400.",
                 source=EIO4.at("Sending data"), needs=POLLING),
     ["POST with an unknown sid", "POST with a changed sid"]),
    ("prototype_names",
     requirement("ERR-017", SHOULD,
                 "Names of an object's prototype are refused as transport and as sid like any unknown value.",
                 source=ENGINE_IO.at("test “should disallow `__proto__` as transport”"), needs=POLLING),
     [f"{parameter}={name}" for parameter in ("transport", "sid") for name in PROTOTYPE_NAMES]),
    ("revision_is_mandatory_throughout",
     requirement("ERR-020", MUST, "A later request of a session without EIO is answered 400.",
                 source=EIO4.at("Query parameters"), needs=POLLING),
     ["POST without EIO on a session", "poll without EIO on a session"]),
)
# The same with the documented code and message of an error.
REPORTED = (
    ("code_of_unknown_transport",
     requirement("ERR-010", SHOULD, "An unknown or missing transport is reported as code 0, Transport unknown.",
                 source=ERROR_TABLE, needs=POLLING),
     ["no transport", "transport=abc"], 0, "Transport unknown"),
    ("code_of_unknown_sid",
     requirement("ERR-011", SHOULD, "An unknown sid is reported as code 1, Session ID unknown.",
                 source=ERROR_TABLE, needs=POLLING),
     ["poll with an unknown sid", "POST with an unknown sid"], 1, "Session ID unknown"),
    ("code_of_unsupported_revision",
     requirement("ERR-014", SHOULD, "An unsupported revision is reported as code 5, Unsupported protocol version.",
                 source=ERROR_TABLE, needs=REVISION_4),
     ["EIO=3", "EIO=5", "EIO=2", "EIO=abc"], 5, "Unsupported protocol version"),
)
# fmt: on


def answered_400(cases: list[str]) -> Check:
    """Make a check of these requests."""

    @pytest.mark.parametrize("case", cases)
    def check(errors: Answers, case: str) -> None:
        assert status_of(errors[case]) == "400"

    return check


def reported(cases: list[str], code: int, message: str) -> Check:
    """Make a check of the errors of these requests."""

    @pytest.mark.parametrize("case", cases)
    def check(errors: Answers, case: str, remarks: Remarks) -> None:
        assert code_of(errors[case]) == code
        compare_message(errors, case, message, remarks)

    return check


globals().update({f"test_{name}": required(answered_400(cases)) for name, required, cases in ANSWERED_400})
globals().update(
    {
        f"test_{name}": required(reported(cases, code, message))
        for name, required, cases, code, message in REPORTED
    }
)


@requirement(
    "ERR-003",
    MUST,
    "A handshake without EIO is answered 400.",
    source=EIO4.at("Query parameters"),
    needs=REVISION_4,
)
def test_missing_revision(errors: Answers) -> None:
    assert status_of(errors["no EIO"]) == "400"


@requirement(
    "ERR-006",
    SHOULD,
    "PUT, DELETE and PATCH without sid are refused with 400, or with 405.",
    source=EIO4_SUITE.at("fails with an invalid request method"),
    needs=POLLING,
)
@pytest.mark.parametrize("case", ["PUT", "DELETE", "PATCH"])
def test_other_methods_without_sid(errors: Answers, case: str, remarks: Remarks) -> None:
    answer = errors[f"{case} without sid"]
    assert status_of(answer) in ("400", "405")
    if answer.status == 405 and not answer.headers.members("allow"):
        remarks.note("405 without an Allow field, which RFC 9110 §15.5.6 asks for")


@requirement(
    "ERR-009",
    SHOULD,
    "An error over HTTP is a JSON object with a number code and a text message, labelled application/json.",
    source=TROUBLESHOOTING,
    needs=POLLING,
)
@pytest.mark.parametrize("case", ERRORS_WITH_A_BODY)
def test_error_body(errors: Answers, case: str) -> None:
    error = error_of(errors[case])
    assert type(error.get("code")).__name__ == "int"
    assert type(error.get("message")).__name__ == "str"
    assert errors[case].media_type == "application/json"


@requirement(
    "ERR-012",
    SHOULD,
    "A handshake with a method other than GET is reported as code 2, Bad handshake method.",
    source=ERROR_TABLE,
    needs=POLLING,
)
@pytest.mark.parametrize(
    "case",
    [
        "POST without sid",
        "POST of a packet without sid",
        "PUT without sid",
        "DELETE without sid",
        "PATCH without sid",
    ],
)
def test_code_of_wrong_method(errors: Answers, case: str, remarks: Remarks) -> None:
    if errors[case].status != 400:
        raise NotApplicable(f"answered {status_of(errors[case])}, which ERR-005 and ERR-006 judge")
    assert code_of(errors[case]) == 2
    compare_message(errors, case, "Bad handshake method", remarks)


@requirement(
    "ERR-013",
    SHOULD,
    "transport=websocket without an upgrade is answered 400 with code 3, Bad request.",
    source=ERROR_TABLE,
    needs=POLLING,
)
def test_websocket_without_upgrade(errors: Answers, remarks: Remarks) -> None:
    answer = errors["transport=websocket without Upgrade"]
    assert status_of(answer) == "400"
    assert code_of(answer) == 3
    compare_message(errors, "transport=websocket without Upgrade", "Bad request", remarks)


@requirement(
    "ERR-015",
    INFO,
    "Which of several mistakes is reported first is recorded.",
    source=ENGINE_IO.at("server.ts: verify"),
    needs=POLLING,
)
@pytest.mark.parametrize("case", ["everything wrong", "POST, unknown sid, EIO=abc"])
def test_order_of_checks(errors: Answers, case: str, remarks: Remarks) -> None:
    remarks.note(f"answered {errors[case].status}: {show(errors[case].body)}")


@requirement(
    "ERR-016",
    SHOULD,
    "No error response sets the session cookie: no session was created.",
    source=COOKIE_HOWTO,
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
@pytest.mark.target_only
def test_errors_set_no_session_cookie(polled: Responses, refusals: Answers, session_cookie_name: str) -> None:
    """Errors to pages of other origins included."""
    refused = [
        one
        for one in polled.exchanges
        if one.response is not None and one.response.status >= 400 and not Answer(one).opens_a_session
    ]
    if not refused:
        raise Blocked("no wrong request was refused")
    setting = [one for one in refused if Answer(one).cookies_named(session_cookie_name)]
    assert [polled.finding(one, "an error sets the session cookie") for one in setting] == []
    assert refused_and_setting(refusals, session_cookie_name) == []


@requirement(
    "ERR-018",
    SHOULD,
    "The server keeps serving after every wrong request.",
    source=ROBUSTNESS,
    needs=POLLING,
)
def test_server_lives_on(handshakes: Handshakes, errors: Answers) -> None:
    """The handshake after all wrong requests has the same outcome as the one before them."""
    before, after = handshakes.first.answer, errors["afterwards"]
    if handshakes.first.sid_or_none is None:
        raise Blocked("no session was opened before the wrong requests either (HS-001, HS-002)")
    assert after.exchange.connected, "the server took no connection any more"
    assert after.status == before.status
    assert after.opens_a_session == before.opens_a_session


@requirement(
    "ERR-019",
    SHOULD,
    "A plain GET with transport=websocket and the sid of a polling session is answered 400; the session survives.",
    source=ENGINE_IO.at("test “default to polling when proxy doesn't support websocket”"),
    needs=POLLING,
)
def test_transport_mismatch(errors: Answers) -> None:
    assert status_of(errors["transport=websocket on a polling session"]) == "400"
    assert errors["transport=websocket on a polling session: POST afterwards"].status == 200


@requirement(
    "ERR-021",
    SHOULD,
    "A later request with a revision other than the session's is refused with 400 and does not close the session.",
    source=ENGINE_IO.at("server.js: verify, PROTOCOL_MISMATCH"),
    needs=POLLING,
)
@pytest.mark.parametrize("case", ["EIO=3 on a session", "poll with EIO=3 on a session"])
def test_revision_of_a_session_is_fixed(errors: Answers, case: str) -> None:
    assert status_of(errors[case]) == "400"
    assert errors[f"{case}: POST afterwards"].status == 200


@requirement(
    "ERR-022",
    SHOULD,
    "An unsupported method with a valid sid is answered with a 4xx or 501.",
    source=RFC9110.at("§15.5.6, §15.6.2"),
    needs=POLLING,
)
@pytest.mark.parametrize("case", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_unsupported_method_on_a_session(errors: Answers, case: str) -> None:
    status = errors[f"{case} on a session"].status
    assert 400 <= status < 500 or status == 501, f"answered {status}"
