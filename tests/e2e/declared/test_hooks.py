"""--hook and [[hook]]: hooks that are declared without a conformance app are judged on the target itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from runs.command import Call, Finished

from eiospec.fixtures.reference import BackgroundServer, Engine, HookFields, Options, Request, Session, howto
from eiospec.fixtures.reference.conformance import contract_options
from eiospec.fixtures.reference.fields import Groups

Written = Callable[[str], str]

HANDLERS = Options(initial_headers=howto.initial_headers, headers=howto.headers)
HOOKS = tuple(word for area in ("HI-*", "HH-*", "HX-*", "PR-011", "PR-012") for word in ("--case", area))
# What only a conformance app can show.
OF_THE_CONTRACT = {
    "HI-007",
    "HI-008",
    "HI-009",
    "HI-011",
    "HI-014",
    "HI-015",
    "HH-013",
    "HH-014",
    "HH-017",
    "HH-018",
}


def findings(finished: Finished) -> set[str]:
    """Return the requirements that are not fulfilled or could not be judged."""
    return finished.ids("fail") | finished.ids("warn") | finished.ids("blocked")


class NoHooksOn101(Engine):
    """Runs the hooks for long-polling only."""

    def hook_fields(self, request: Request, session: Session, *, initial: bool) -> Groups:
        return [] if request.is_upgrade else super().hook_fields(request, session, initial=initial)


@pytest.fixture(scope="module")
def hooked() -> Iterator[str]:
    """Yield the URL of a server with the handlers of the how-to and no mounts."""
    with BackgroundServer(HANDLERS) as server:
        yield server.url


@pytest.fixture(scope="module")
def framed() -> Iterator[str]:
    """Yield the URL of a server with a field on every response and a cookie with any value."""

    def headers(fields: HookFields, request: Request) -> None:
        fields.append(("x-frame-options", "DENY"))
        if "visitor" not in request.cookies:
            fields.append(("set-cookie", f"visitor={id(request):x}; Path=/; HttpOnly"))

    with BackgroundServer(Options(headers=headers)) as server:
        yield server.url


class TestHowto:
    def test_its_handlers_pass(self, call: Call, hooked: str) -> None:
        finished = call("--target", hooked, "--hook", "howto", "--level", "should", *HOOKS)
        assert (finished.exit_code, findings(finished)) == (0, set())
        wanted = {"HI-002", "HI-003", "HI-004", "HI-005", "HI-006", "HI-013", "HX-001", "HX-002", "HX-003"}
        wanted |= {"HH-006", "HH-007", "HH-008", "HH-009", "HH-010", "HH-011", "HH-012", "HH-015", "HH-016"}
        assert finished.ids("pass") >= wanted | {"PR-011", "PR-012"}
        assert finished.ids("not applicable") >= OF_THE_CONTRACT

    def test_without_a_session_cookie_its_handlers_pass(self, call: Call) -> None:
        options = Options(cookie=None, initial_headers=howto.initial_headers, headers=howto.headers)
        with BackgroundServer(options) as server:
            finished = call("--target", server.url, "--hook", "howto", "--level", "should", *HOOKS)
        assert (finished.exit_code, findings(finished)) == (0, set())

    def test_a_server_without_the_handlers_fails(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--hook", "howto", *HOOKS)
        assert finished.exit_code == 1
        assert finished.ids("fail") >= {
            "HI-002",
            "HI-006",
            "HI-013",
            "HH-007",
            "HH-009",
            "HH-010",
            "HH-011",
            "HH-012",
        }

    def test_hooks_that_run_for_polling_only_fail_with_a_sentence(self, call: Call) -> None:
        with BackgroundServer(HANDLERS, engine=NoHooksOn101) as server:
            finished = call("--target", server.url, "--hook", "howto", *HOOKS)
        assert finished.ids("fail") == {"HI-006", "HI-013", "HH-011", "HH-012"}
        sentence = "the 101 of the upgrade does not set randomId (with Cookie “eiospec=1”); the poll has it"
        assert sentence in str(finished.report["requirements"])


class TestLines:
    DENY = "headers: X-Frame-Options: DENY"
    VISITOR = "headers: Set-Cookie: visitor=*; Path=/; HttpOnly unless visitor"

    def test_fields_and_cookies_of_any_value_pass(self, call: Call, framed: str) -> None:
        finished = call("--target", framed, "--hook", self.DENY, "--hook", self.VISITOR, *HOOKS)
        assert (finished.exit_code, findings(finished)) == (0, set())
        passed = {f"HH-{number:03}" for number in (*range(1, 6), *range(7, 13), 15, 16)}
        assert finished.ids("pass") >= passed | {"HX-002", "PR-012"}

    def test_another_value_fails(self, call: Call, framed: str) -> None:
        finished = call("--target", framed, "--hook", "headers: X-Frame-Options: SAMEORIGIN", *HOOKS)
        assert finished.ids("fail") == {"HH-001", "HH-002", "HH-003", "HH-004", "HH-005", "HH-015"}

    def test_what_is_on_every_response_is_not_of_the_initial_hook(self, call: Call, framed: str) -> None:
        finished = call("--target", framed, "--hook", "initial_headers: X-Frame-Options: DENY", *HOOKS)
        assert finished.ids("fail") == {"HI-003", "HI-004", "HI-005"}

    def test_a_table_says_the_same(self, call: Call, framed: str, written: Written) -> None:
        profile = written('[[hook]]\nhook = "headers"\nfield = "x-frame-options"\nvalue = "deny"')
        finished = call("--target", framed, "--profile", profile, *HOOKS)
        assert finished.ids("fail") == {"HH-001", "HH-002", "HH-003", "HH-004", "HH-005", "HH-015"}

    def test_a_line_replaces_the_tables(self, call: Call, framed: str, written: Written) -> None:
        profile = written('[[hook]]\nhook = "headers"\nfield = "x-frame-options"\nvalue = "deny"')
        finished = call("--target", framed, "--profile", profile, "--hook", self.DENY, *HOOKS)
        assert (finished.exit_code, finished.ids("fail")) == (0, set())

    def test_lines_are_kept_in_the_report(self, call: Call, framed: str) -> None:
        finished = call("--target", framed, "--hook", self.DENY, "--hook", self.VISITOR, "--case", "HH-001")
        assert finished.report["options"]["--hook"] == f"{self.DENY}\n{self.VISITOR}"


def test_target_and_contract_are_judged_side_by_side(call: Call, written: Written) -> None:
    contract = '[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers", "headers"]'
    with BackgroundServer(contract_options(HANDLERS)) as server:
        finished = call(
            *("--target", server.url, "--hook", "howto", "--profile", written(contract)),
            *("--case", "HI-00*", "--case", "HH-0*"),
        )
    assert (finished.exit_code, findings(finished)) == (0, set())
    cases = {
        judged["case"]
        for requirement in finished.report["requirements"]
        if requirement["id"] == "HI-013" or requirement["id"] == "HI-005"
        for judged in requirement["judgements"]
    }
    assert cases == {"none", "some", "random", "target-none", "target-some", "target-random"}


def test_without_a_declaration_the_reason_names_the_option(call: Call, plain: str) -> None:
    finished = call("--target", plain, "--case", "HH-001")
    assert finished.verdicts == {"HH-001": "not applicable"}
    assert "no --hook declares what headers sets" in str(finished.report["requirements"])


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("header: X-A: 1", "did you mean headers? Write for example 'headers: X-Frame-Options: DENY'"),
        ("X-Frame-Options: DENY", "write 'headers: X-Frame-Options: DENY' if it is on every response"),
        ("headers: Set-Cookie: uid", "or uid=* for any value"),
        ("headers: X-A: 1 unless a b", "a condition is 'unless NAME', 'if Cookie' or both"),
    ],
)
def test_a_wrong_line_is_a_usage_error(call: Call, plain: str, line: str, advice: str) -> None:
    finished = call("--target", plain, "--hook", line)
    assert finished.exit_code == 4
    assert "--hook: " in finished.output
    assert advice in finished.output
