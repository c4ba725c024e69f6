"""--cookie: declare the session cookie on one line, or that there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from runs.command import Call

from eiospec.fixtures.reference import BackgroundServer, Options

Written = Callable[[str], str]

DEFAULT = "io; Path=/; HttpOnly; SameSite=Lax"
CASES = tuple(word for id in ("CA-002", "CA-004", "CA-005", "CA-006", "CK-011") for word in ("--case", id))


class TestLine:
    def test_the_cookie_that_is_set_passes(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--cookie", DEFAULT, "--case", "CA-011", *CASES)
        assert (finished.exit_code, set(finished.verdicts.values())) == (0, {"pass"})

    @pytest.mark.parametrize(
        ("line", "id"),
        [
            ("io; Path=/chat; HttpOnly; SameSite=Lax", "CA-002"),
            ("io; Path=/; SameSite=Lax", "CA-004"),
            ("io; Path=/; HttpOnly; SameSite=Strict", "CA-005"),
            ("io; Path=/; HttpOnly; SameSite=Lax; Secure", "CA-006"),
        ],
    )
    def test_another_attribute_fails_its_requirement(
        self, call: Call, plain: str, line: str, id: str
    ) -> None:
        finished = call("--target", plain, "--cookie", line, *CASES)
        assert (finished.exit_code, finished.ids("fail")) == (1, {id})

    def test_an_attribute_that_is_not_set_fails(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--cookie", f"{DEFAULT}; Partitioned", "--case", "CA-011")
        assert (finished.exit_code, finished.ids("fail")) == (1, {"CA-011"})

    def test_another_name_fails(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--cookie", DEFAULT.replace("io", "sid"), *CASES)
        assert (finished.exit_code, finished.ids("fail")) == (1, {"CK-011"})

    def test_overrides_the_profile(self, call: Call, plain: str, written: Written) -> None:
        profile = written('[cookie]\nname = "other"')
        finished = call("--target", plain, "--profile", profile, "--cookie", DEFAULT, *CASES)
        assert finished.exit_code == 0

    def test_is_kept_in_the_report(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--cookie", DEFAULT, "--case", "CA-011")
        assert finished.report["options"]["--cookie"] == DEFAULT


class TestNone:
    def test_passes_where_none_is_set(self, call: Call) -> None:
        with BackgroundServer(Options(cookie=None)) as server:
            finished = call("--target", server.url, "--cookie", "none", "--case", "CK-005")
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-005": "pass"})

    @pytest.mark.parametrize("word", ["none", " NONE "])
    def test_fails_where_one_is_set(self, call: Call, plain: str, word: str) -> None:
        finished = call("--target", plain, "--cookie", word, "--case", "CK-005")
        assert (finished.exit_code, finished.verdicts) == (1, {"CK-005": "fail"})

    def test_attributes_are_not_judged(self, call: Call, plain: str) -> None:
        finished = call("--target", plain, "--cookie", "none", *CASES)
        assert (finished.exit_code, set(finished.verdicts.values())) == (5, {"not applicable"})


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("; Path=/", "names no cookie: write 'io; Path=/; HttpOnly; SameSite=Lax'"),
        ("io; Http-Only", "the attribute 'Http-Only' is unknown: use Path, Domain, Max-Age"),
        ("io; SameSite=Loose", "use strict, lax, none, true or false"),
        ("io; Max-Age=a day", "is not a number of seconds"),
    ],
)
def test_a_usage_error_is_one_sentence(call: Call, line: str, advice: str) -> None:
    finished = call("--cookie", line)
    assert (finished.exit_code, finished.stdout) == (4, "")
    (sentence,) = finished.stderr.strip().splitlines()
    assert sentence.startswith("ERROR: --cookie: ")
    assert advice in sentence
