"""Several declared cookies: the session cookie that something takes the place of, and those of the application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from runs.command import Call, Finished
from targets import application_server

from declared.test_profile import cases_of, reasons
from eiospec.fixtures.reference import BackgroundServer, HookFields, Options, Request

IO = "io; Path=/; HttpOnly; SameSite=Lax"
CASES = ("--case", "CK-*", "--case", "CA-*")


def express_session(written: HookFields, request: Request) -> None:
    """Set a session of the application until it is returned, and a cookie of its user interface on every response."""
    if "connect.sid" not in request.cookies:
        written.append(("Set-Cookie", "connect.sid=s%3Aabc.def; Path=/; HttpOnly"))
    written.append(("Set-Cookie", "theme=dark; Path=/; Version=1"))


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """Yield the URL of a server whose application sets two cookies next to the session cookie."""
    with BackgroundServer(Options(headers=express_session)) as server:
        yield server.url


def judged(finished: Finished, name: str) -> dict[str, str]:
    """Return the verdicts of the case with the name of a cookie, by id."""
    return {
        entry["id"]: found["verdict"]
        for entry in finished.report["requirements"]
        for found in entry["judgements"]
        if found["case"] == name
    }


@pytest.fixture(scope="module")
def lost(call: Call) -> Finished:
    """Judge the declared session cookie of the how-to's server with CORS."""
    with application_server("howto.js", "cookie", "cors") as url:
        return call("--target", url, "--cookie", IO, *CASES)


@pytest.fixture(scope="module")
def finished(call: Call, application: str) -> Finished:
    """Judge the session cookie and two cookies of the application."""
    lines = (IO, "connect.sid; Path=/; HttpOnly", "theme")
    given = [word for line in lines for word in ("--cookie", line)]
    return call("--target", application, *given, *CASES)


class TestSessionCookieThatIsLost:
    """The how-to's handlers on socket.io 4.8.4 with the `cors` option: `uid` replaces the session cookie.

    curl -i -H 'Origin: http://app.example' '…/socket.io/?EIO=4&transport=polling' has, with and without the Origin,
    `set-cookie: uid=1234; SameSite=Strict` and no other Set-Cookie.
    """

    def test_is_the_only_failure(self, lost: Finished) -> None:
        assert (lost.exit_code, lost.ids("fail")) == (1, {"CK-001"})

    def test_is_named_with_what_took_its_place(self, lost: Finished) -> None:
        (found,) = cases_of(lost, "CK-001").values()
        assert "“io” is set 0 times by" in found["observed"]
        assert "in its place" in found["observed"]
        assert "set “uid”" in found["observed"]

    def test_blocks_what_depends_on_it(self, lost: Finished) -> None:
        blocked = {"CK-011", "CA-002", "CA-004", "CA-005", "CA-006", "CA-007", "CA-010", "CA-011"}
        assert lost.ids("blocked") == blocked

    def test_has_a_true_reason_everywhere(self, lost: Finished) -> None:
        of_the_session_cookie = {reason for reason in reasons(lost) if reason.startswith("session cookie: ")}
        assert of_the_session_cookie == {"session cookie: “io” is declared, and no handshake set it (CK-001)"}

    def test_is_kept_without_cors(self, call: Call) -> None:
        """curl -H 'Cookie: a=1': the second handler assigns `set-cookie` anew, so that `uid` is lost to `randomId`."""
        lines = ("--cookie", IO, "--cookie", "uid; SameSite=Strict", "--cookie", "randomId; Max-Age=86400")
        with application_server("howto.js", "cookie") as url:
            finished = call("--target", url, *lines, *CASES)
        assert (finished.ids("fail"), finished.ids("blocked")) == ({"CK-019"}, set())
        cases = cases_of(finished, "CK-019")
        assert {name: found["verdict"] for name, found in cases.items()} == {
            "io": "not applicable",
            "uid": "fail",
            "randomId": "pass",
        }
        assert "handshakes without “uid”: in its place all set “randomId”" in cases["uid"]["remarks"]

    def test_may_be_declared_in_a_profile(self, call: Call, written: Any) -> None:
        with application_server("howto.js", "cookie", "cors") as url:
            profile = written("cookie = true")
            finished = call("--target", url, "--profile", profile, "--cookie", "uid; SameSite=Strict", *CASES)
        assert {"CK-001"} <= finished.ids("fail")
        (found,) = cases_of(finished, "CK-001").values()
        assert "set “randomId”" in found["observed"]
        assert "“uid”" not in found["observed"]


class TestCookiesOfTheApplication:
    def test_conform(self, finished: Finished) -> None:
        assert (finished.exit_code, finished.ids("fail")) == (0, set())

    def test_are_judged_under_their_names(self, finished: Finished) -> None:
        passed = {id for id, verdict in judged(finished, "connect.sid").items() if verdict == "pass"}
        assert passed == {"CK-019", "CA-002", "CA-004", "CA-005", "CA-006", "CA-007", "CA-010", "CA-011"}

    def test_of_a_name_alone_have_open_attributes(self, finished: Finished) -> None:
        found = judged(finished, "theme")
        assert found.pop("CK-019") == "pass"
        assert set(found.values()) == {"not applicable"}

    def test_are_not_asked_for_the_session_id(self, finished: Finished) -> None:
        assert set(judged(finished, "connect.sid")) == set(judged(finished, "theme"))
        assert not {"CK-002", "CK-010"} & set(judged(finished, "theme"))

    def test_leave_the_session_cookie_in_its_own_case(self, finished: Finished) -> None:
        assert cases_of(finished, "CA-011")["declared"]["verdict"] == "pass"

    def test_are_kept_in_the_report(self, finished: Finished) -> None:
        assert finished.report["options"]["--cookie"].splitlines()[1:] == [
            "connect.sid; Path=/; HttpOnly",
            "theme",
        ]

    @pytest.mark.parametrize(
        ("line", "failing"),
        [
            ("connect.sid; Path=/; HttpOnly; Secure", {"CA-006", "CA-011"}),
            ("connect.sid; Path=/chat; HttpOnly", {"CA-002"}),
            ("connect.sid; Path=/", {"CA-004", "CA-011"}),
            ("Connect.sid; Path=/; HttpOnly", {"CK-019"}),
            ("theme; Path=/", {"CA-011"}),
            ("JSESSIONID", {"CK-019"}),
        ],
    )
    def test_fail_where_they_differ(self, call: Call, application: str, line: str, failing: set[str]) -> None:
        finished = call("--target", application, "--cookie", IO, "--cookie", line, *CASES)
        assert (finished.exit_code, finished.ids("fail")) == (1, failing)

    def test_may_be_declared_in_tables(self, call: Call, application: str, written: Any) -> None:
        profile = written('cookie = true\n[[cookies]]\nname = "connect.sid"\nhttpOnly = false')
        finished = call("--target", application, "--profile", profile, *CASES)
        assert finished.ids("fail") == {"CA-004", "CA-011"}

    def test_may_stand_next_to_none(self, call: Call, application: str) -> None:
        given = ("--cookie", "none", "--cookie", "connect.sid")
        finished = call("--target", application, *given, *CASES)
        assert finished.ids("fail") == {"CK-005"}
        assert judged(finished, "connect.sid")["CK-019"] == "pass"


def test_a_single_cookie_that_is_never_set_is_judged_as_declared(call: Call) -> None:
    with BackgroundServer(Options(cookie=None)) as server:
        finished = call("--target", server.url, "--cookie", "connect.sid; Path=/", *CASES)
    assert (finished.exit_code, finished.ids("fail")) == (1, {"CK-001"})
