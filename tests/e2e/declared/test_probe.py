"""`eiospec probe` writes cookies, hooks and CORS as it saw them, and a question instead of a promise of a known bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from runs.command import Call, Finished
from targets import application_server

from eiospec.fixtures.faults import catalogue
from eiospec.fixtures.reference import BackgroundServer, CorsOptions, Engine, HookFields, Options, Request
from eiospec.target.hooks import HookField
from eiospec.target.profile import Profile, parse_profile

# What the profile declares of cookies, hooks and CORS.
JUDGED = tuple(word for id in ("CK-*", "CA-*", "CO-*", "HI-*", "HH-*") for word in ("--case", id))


def express_session(written: HookFields, request: Request) -> None:
    """Set a cookie with another value each time, until it is returned."""
    if "connect.sid" not in request.cookies:
        express_session.number += 1  # type: ignore[attr-defined]
        number = express_session.number  # type: ignore[attr-defined]
        written.append(("Set-Cookie", f"connect.sid=s%3A{number}; Path=/; HttpOnly"))


express_session.number = 0  # type: ignore[attr-defined]


def fields(written: HookFields, request: Request) -> None:
    """Set a field with one value, and one with another value each time."""
    written.append(("X-Frame-Options", "DENY"))
    written.append(("X-Request-Id", str(id(request))))


def uid(written: HookFields, _request: Request) -> None:
    """Set a cookie that never changes."""
    written.append(("Set-Cookie", "uid=1234; SameSite=Strict"))


class OnPollingOnly(Engine):
    """Sets a cookie over HTTP and on no 101, as a middleware that upgrades bypass."""

    def polling_fields(self, request: Request) -> list[tuple[str, str]]:
        line = [] if "session" in request.cookies else [("Set-Cookie", "session=abc; Path=/; HttpOnly")]
        return [*super().polling_fields(request), *line]


@contextmanager
def probed(
    call: Call, options: Options, engine: type[Engine] = Engine, *more: str
) -> Iterator[tuple[str, str]]:
    """Probe a server that keeps running; yield what was printed, and the URL."""
    with BackgroundServer(options, engine=engine) as server:
        printed = call("probe", server.url, *more)
        assert (printed.exit_code, printed.stderr) == (0, "")
        yield printed.stdout, server.url


def profile_of(call: Call, options: Options, engine: type[Engine] = Engine) -> Profile:
    """Return the profile that is printed."""
    with probed(call, options, engine) as (printed, _):
        return parse_profile(printed)


def judged(call: Call, printed: str, folder: Path, *more: str) -> Finished:
    """Judge the server by the profile that was printed."""
    (folder / "p.toml").write_text(printed, "utf-8")
    return call("--profile", str(folder / "p.toml"), *JUDGED, *more)


class TestHooks:
    OPTIONS = Options(initial_headers=uid, headers=fields)

    def test_are_written_as_they_behave(self, call: Call) -> None:
        assert set(profile_of(call, self.OPTIONS).hooks) == {
            HookField("initial_headers", "Set-Cookie", "uid=1234; SameSite=Strict"),
            HookField("headers", "X-Frame-Options", "DENY"),
            HookField("headers", "X-Request-Id", "*"),
        }

    def test_of_a_cookie_end_when_it_is_returned(self, call: Call) -> None:
        (hook,) = profile_of(call, Options(headers=express_session)).hooks
        assert hook == HookField("headers", "Set-Cookie", "connect.sid=*; Path=/; HttpOnly", "connect.sid")

    @pytest.mark.parametrize(
        "options", [OPTIONS, Options(headers=express_session)], ids=["fields", "session"]
    )
    def test_are_found_again(self, call: Call, options: Options, tmp_path: Path) -> None:
        with probed(call, options) as (printed, _):
            finished = judged(call, printed, tmp_path)
        assert (finished.exit_code, finished.ids("fail"), finished.ids("blocked")) == (0, set(), set())

    def test_of_the_howto_are_written_with_a_doubt(self, call: Call) -> None:
        """`uid` is lost where `randomId` is set: see tests/e2e/declared/test_cookies.py."""
        with application_server("howto.js", "cookie") as url:
            printed = call("probe", url).stdout
        assert [hook.cookie for hook in parse_profile(printed).hooks] == ["randomId"]
        assert '# value = "uid=1234; SameSite=Strict"' in printed


class TestCookies:
    def test_over_http_only_are_declared_by_name(self, call: Call, tmp_path: Path) -> None:
        with probed(call, Options(), OnPollingOnly) as (printed, _):
            finished = judged(call, printed, tmp_path)
        profile = parse_profile(printed)
        assert [(cookie.name, cookie.option["httpOnly"]) for cookie in profile.cookies] == [("session", True)]
        assert (profile.hooks, finished.ids("fail")) == ((), set())

    def test_stand_in_one_table_each(self, call: Call) -> None:
        with probed(call, Options(initial_headers=uid, headers=express_session)) as (printed, _):
            profile = parse_profile(printed)
        assert sorted(hook.cookie for hook in profile.hooks) == ["connect.sid", "uid"]
        assert profile.cookies == ()
        assert printed.count("uid=1234") == 1

    @pytest.mark.parametrize(
        "fault",
        [
            "forgets-the-session-cookie-on-every-other-handshake",
            "sets-the-session-cookie-on-websocket-handshakes-only",
            "sets-the-session-cookie-with-the-first-request-of-a-connection-only",
            "sets-no-session-cookie-when-the-handshake-brings-a-cookie",
            "sets-the-session-cookie-with-the-first-post-or-poll-instead-of-the-handshake",
        ],
    )
    def test_of_the_session_are_not_declared_off_when_one_was_seen(self, call: Call, fault: str) -> None:
        profile = profile_of(call, Options(), catalogue()[fault].engine)
        assert profile.cookie is not False
        assert profile.cookie is not None


class TestQuestions:
    def test_is_asked_where_a_hook_may_have_taken_the_session_cookie(self, call: Call) -> None:
        with application_server("howto.js", "cookie", "cors") as url:
            printed = call("probe", url).stdout
        assert parse_profile(printed).cookie is None
        assert "Is it off on purpose? Handshakes set “uid”" in printed
        assert "\n# cookie = false\n" in printed

    def test_is_not_asked_without_a_cause(self, call: Call) -> None:
        with probed(call, Options(cookie=None)) as (printed, _):
            assert parse_profile(printed).cookie is False
        assert "on purpose" not in printed

    def test_is_asked_about_credentials_for_any_origin(self, call: Call) -> None:
        with probed(call, Options(cors=CorsOptions(origin=True, credentials=True))) as (printed, _):
            assert parse_profile(printed).cors is None
        assert "\n# [cors]\n# origin = " in printed


class TestRevisions:
    @pytest.mark.parametrize(("both", "revisions"), [(True, (3, 4)), (False, (4,))])
    def test_are_those_that_were_answered(self, call: Call, both: bool, revisions: tuple[int, ...]) -> None:
        assert profile_of(call, Options(allow_eio3=both)).revisions == revisions


def guarded(wrong: Callable[[Request], bool]) -> Options:
    """Return the options of a server that refuses these requests."""
    return Options(allow_request=lambda request: not wrong(request))


class TestAccess:
    def test_header_fields_are_sent(self, call: Call) -> None:
        options = guarded(lambda request: request.header("authorization") != "Bearer x")
        with probed(call, options, Engine, "--header", "Authorization: Bearer x") as (printed, _):
            assert '\nname = "io"\n' in printed

    def test_parameters_are_sent(self, call: Call, tmp_path: Path) -> None:
        options = guarded(lambda request: request.query.get("token") != "a/secret")
        with probed(call, options, Engine, "--query", "token=a/secret", "--query", "v=2") as (printed, _):
            finished = judged(call, printed, tmp_path, "--query", "token=a/secret")
        assert (finished.exit_code, finished.ids("fail")) == (0, set())
        assert "a/secret" not in str(finished.report)

    @pytest.mark.parametrize(
        ("arguments", "advice"),
        [
            (("--header", "Authorization"), "is not a header field: write --header 'Name: value'"),
            (("--query", "token"), "--query: 'token' is no parameter: write name=value"),
            (("--query", "sid=1"), "--query: sid is set by the suite itself: leave it out"),
            (("--query", "a=1&b=2"), "percent-encode them, or give each parameter on its own"),
            (("--query", "a=100%"), "a has a % that encodes nothing: write %25"),
        ],
    )
    def test_a_usage_error_is_one_sentence(self, call: Call, arguments: tuple[str, ...], advice: str) -> None:
        finished = call("probe", "http://127.0.0.1:9/", *arguments)
        assert (finished.exit_code, finished.stdout) == (4, "")
        assert advice in finished.stderr
