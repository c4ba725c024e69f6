"""--profile: what is declared and absent fails; what is undeclared is not applicable, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from runs.command import Call, Finished

from eiospec.fixtures.reference import BackgroundServer, CorsOptions, Options

Written = Callable[[str], str]

HOOKS = ("--case", "HI-*", "--case", "HH-*", "--case", "HX-*", "--case", "AR-*")
ALL_CALLBACKS = 'callbacks = ["initial_headers", "headers", "allowRequest", "middleware", "session", "application", "state"]'

MISTAKES = {
    "an unknown key": ("[contract]\nmount = []", "contract.mount is unknown: did you mean mounts?"),
    "an unknown mount": (
        '[contract]\nmounts = ["other"]',
        "contract.mounts[0] is 'other'; allowed is 'cookie-a', 'cookie-b', ",
    ),
    "an unknown attribute": ('[cookie]\nsameSite = "odd"', "use strict, lax, none, true or false"),
    "no URL": ('[target]\nurl = "localhost"', "'localhost' has no scheme: write http://localhost"),
    "no TOML": ("[", "not TOML: "),
}


def cases_of(finished: Finished, id: str) -> dict[str, dict[str, str]]:
    """Return the judgements of a requirement, by case."""
    (entry,) = (entry for entry in finished.report["requirements"] if entry["id"] == id)
    return {judgement["case"]: judgement for judgement in entry["judgements"]}


def reasons(finished: Finished) -> set[str]:
    """Return the reasons of verdicts that are not applicable."""
    judgements = [found for entry in finished.report["requirements"] for found in entry["judgements"]]
    return {found["reason"] for found in judgements if found["verdict"] == "not applicable"}


@pytest.fixture(scope="module")
def undeclared(call: Call, plain: str) -> Finished:
    """Judge the hooks of a target that declares nothing."""
    return call("--target", plain, *HOOKS)


@pytest.fixture(scope="module")
def absent(call: Call, plain: str, written: Written) -> Finished:
    """Judge the contract of a target that declares two mounts it does not have."""
    contract = written(f'[contract]\nmounts = ["main", "plain"]\n{ALL_CALLBACKS}')
    return call("--target", plain, "--profile", contract, "--case", "HS-001", "--case", "CK-003", *HOOKS)


class TestTarget:
    def test_the_url_of_the_profile_is_judged(self, call: Call, plain: str, written: Written) -> None:
        finished = call("--profile", written(f'[target]\nurl = "{plain}"'), "--case", "CK-002")
        assert (finished.exit_code, finished.report["target"]) == (0, plain)

    def test_the_command_line_overrides_the_url(self, call: Call, plain: str, written: Written) -> None:
        elsewhere = written('[target]\nurl = "http://127.0.0.1:1/"')
        finished = call("--profile", elsewhere, "--target", plain, "--case", "CK-002")
        assert (finished.exit_code, finished.report["target"]) == (0, plain)

    def test_the_report_names_the_profile(self, call: Call, plain: str, written: Written) -> None:
        profile = written("")
        finished = call("--target", plain, "--profile", profile, "--case", "CK-002")
        assert finished.report["options"]["--profile"] == profile


class TestDeclared:
    @pytest.mark.parametrize(("cookie", "verdict"), [("true", "pass"), ("false", "not applicable")])
    def test_a_cookie_is_judged_as_declared(
        self, call: Call, plain: str, written: Written, cookie: str, verdict: str
    ) -> None:
        profile = written(f"cookie = {cookie}")
        finished = call("--target", plain, "--profile", profile, "--case", "CA-011")
        assert finished.verdicts == {"CA-011": verdict}

    def test_another_attribute_fails(self, call: Call, plain: str, written: Written) -> None:
        finished = call(
            "--target", plain, "--profile", written("[cookie]\nsecure = true"), "--case", "CA-006"
        )
        assert (finished.exit_code, cases_of(finished, "CA-006")["declared"]["observed"]) == (1, "“absent”")

    def test_other_timings_fail(self, call: Call, plain: str, written: Written) -> None:
        profile = written("[timings]\npingInterval = 24000")
        finished = call("--target", plain, "--profile", profile, "--case", "HS-013")
        assert (finished.exit_code, finished.verdicts) == (1, {"HS-013": "fail"})

    def test_a_transport_that_is_absent_fails(self, call: Call, written: Written) -> None:
        profile = written('[target]\ntransports = ["polling", "websocket"]')
        with BackgroundServer(Options(transports=("polling",), allow_upgrades=False)) as server:
            finished = call("--target", server.url, "--profile", profile, "--case", "HS-014")
        assert (finished.exit_code, finished.verdicts) == (1, {"HS-014": "fail"})

    def test_a_callback_that_works_passes(self, call: Call, contracted: str, written: Written) -> None:
        profile = written('[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers"]')
        finished = call("--target", contracted, "--profile", profile, "--case", "HI-001")
        assert (finished.exit_code, finished.verdicts) == (0, {"HI-001": "pass"})


class TestAbsentMount:
    def test_fails_the_run(self, absent: Finished) -> None:
        assert absent.exit_code == 1

    @pytest.mark.parametrize("mount", ["main", "plain"])
    def test_the_handshake_on_the_mount_fails(self, absent: Finished, mount: str) -> None:
        assert cases_of(absent, "HS-001")[f"{mount}-polling"]["verdict"] == "fail"

    def test_the_target_itself_passes(self, absent: Finished) -> None:
        assert cases_of(absent, "HS-001")["target-polling"]["verdict"] == "pass"

    @pytest.mark.parametrize("id", ["CK-003", "HI-001", "HH-001", "HX-001"])
    def test_requirements_that_need_the_mount_fail(self, absent: Finished, id: str) -> None:
        assert absent.verdicts[id] == "fail"

    def test_no_callback_is_skipped_because_of_the_mount(self, absent: Finished) -> None:
        assert [reason for reason in reasons(absent) if "main" in reason] == []


class TestUndeclared:
    def test_no_callback_is_judged(self, undeclared: Finished) -> None:
        assert set(undeclared.verdicts.values()) == {"not applicable"}

    def test_nothing_judged_is_5(self, undeclared: Finished) -> None:
        assert undeclared.exit_code == 5

    def test_every_reason_names_the_callback_and_the_mount(self, undeclared: Finished) -> None:
        callbacks = (
            "allowRequest",
            "middleware",
            "session",
            "application",
            "state",
            "invalid",
        )
        declared = {f"the profile does not declare {callback} on the mount main" for callback in callbacks}
        hooks = {
            f"the profile does not declare {hook} on the mount main, and no --hook declares what {hook} sets"
            for hook in ("initial_headers", "headers")
        }
        assert {reason.partition(": ")[2] for reason in reasons(undeclared)} <= {
            *declared,
            *hooks,
            "the profile does not declare jsonp on the mount revision3",
            "the profile does not declare the mount cors",
            "the profile does not declare the mount revision3",
        }

    def test_no_mount_is_visited(self, undeclared: Finished) -> None:
        assert [sent["url"] for sent in undeclared.report["exchanges"] if "/eiospec/" in sent["url"]] == []

    def test_a_callback_left_out_is_named(self, call: Call, contracted: str, written: Written) -> None:
        profile = written('[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers"]')
        finished = call("--target", contracted, "--profile", profile, "--case", "HH-001")
        assert reasons(finished) == {
            "headers hook: the profile does not declare headers on the mount main, "
            "and no --hook declares what headers sets"
        }

    def test_a_mount_left_out_is_named(self, call: Call, contracted: str, written: Written) -> None:
        finished = call("--target", contracted, "--profile", written(""), "--case", "CA-003")
        assert reasons(finished) == {"the profile does not declare the mount cookie-b"}

    def test_a_cookie_left_out_names_the_option(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--case", "CA-002")
        assert "the profile does not declare the session cookie (--cookie)" in reasons(finished)

    def test_without_the_cookie_option_no_mount_has_to_set_it(
        self, call: Call, contracted: str, written: Written
    ) -> None:
        profile = written('cookie = false\n[contract]\nmounts = ["main"]')
        finished = call("--target", contracted, "--profile", profile, "--case", "CK-003")
        assert reasons(finished) == {"the profile declares cookie = false: the server has no cookie option"}


class TestCors:
    """A server that allows origins, with profiles that are right and wrong."""

    @pytest.fixture
    def allowing(self) -> Iterator[str]:
        options = CorsOptions(origin=["https://app.example"], credentials=True, max_age=60)
        with BackgroundServer(Options(cors=options)) as server:
            yield server.url

    def test_what_is_declared_is_judged_on_the_target(
        self, call: Call, allowing: str, written: Written
    ) -> None:
        profile = written('[cors]\norigin = ["https://app.example"]\ncredentials = true\nmaxAge = 60')
        finished = call("--target", allowing, "--profile", profile, "--case", "CO-*", "--level", "should")
        assert (finished.exit_code, finished.ids("fail") | finished.ids("warn")) == (0, set())
        assert {"CO-001", "CO-003", "CO-006", "CO-007", "CO-008", "CO-012", "CO-013"} <= finished.ids("pass")

    def test_an_origin_that_is_not_allowed_fails(self, call: Call, allowing: str, written: Written) -> None:
        profile = written('[cors]\norigin = ["https://other.example"]')
        finished = call("--target", allowing, "--profile", profile, "--case", "CO-*")
        assert (finished.exit_code, finished.ids("fail")) == (1, {"CO-001", "CO-006"})

    def test_an_origin_that_is_allowed_although_cors_is_declared_off_fails(
        self, call: Call, allowing: str, written: Written
    ) -> None:
        finished = call("--target", allowing, "--profile", written("cors = false"), "--case", "CO-014")
        assert (finished.exit_code, finished.verdicts) == (1, {"CO-014": "fail"})

    def test_undeclared_cors_is_not_judged(self, call: Call, allowing: str) -> None:
        finished = call("--target", allowing, "--case", "CO-*")
        assert {"CO-001", "CO-006", "CO-008", "CO-014"} <= finished.ids("not applicable")
        assert finished.ids("fail") | finished.ids("warn") == set()


class TestMistakes:
    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_a_broken_file_is_a_usage_error_in_one_sentence(
        self, call: Call, written: Written, mistake: str
    ) -> None:
        text, advice = MISTAKES[mistake]
        finished = call("--profile", written(text))
        assert (finished.exit_code, finished.stdout) == (4, "")
        (sentence,) = finished.stderr.strip().splitlines()
        assert advice in sentence

    def test_a_missing_file_is_named(self, call: Call) -> None:
        finished = call("--profile", "nowhere.toml")
        assert finished.exit_code == 4
        assert "--profile nowhere.toml: cannot be read" in finished.stderr
