"""The effect of the cookie option, and how it is read from a Set-Cookie line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from eiospec.target.contract import mounts, options_of
from eiospec.target.cookie_option import BadCookieOption, expected_of, option_of_line

DEFAULT = {"path": "/", "samesite": "Lax", "httponly": None}
STARTED = datetime(2026, 1, 1, tzinfo=UTC)

# The option without its defaults, and the effect on the default attributes.
PROMISES: list[tuple[dict[str, object], dict[str, str | None]]] = [
    ({}, DEFAULT),
    ({"path": "/chat"}, {**DEFAULT, "path": "/chat"}),
    ({"path": False}, {"samesite": "Lax", "httponly": None}),
    ({"path": ""}, {"samesite": "Lax", "httponly": None}),
    ({"domain": "a.example"}, {**DEFAULT, "domain": "a.example"}),
    ({"domain": False}, DEFAULT),
    ({"httpOnly": False}, {"path": "/", "samesite": "Lax"}),
    ({"secure": True}, {**DEFAULT, "secure": None}),
    ({"secure": False}, DEFAULT),
    ({"partitioned": True}, {**DEFAULT, "partitioned": None}),
    ({"sameSite": "Strict"}, {**DEFAULT, "samesite": "Strict"}),
    ({"sameSite": True}, {**DEFAULT, "samesite": "Strict"}),
    ({"sameSite": "none"}, {**DEFAULT, "samesite": "None"}),
    ({"sameSite": False}, {"path": "/", "httponly": None}),
    ({"priority": "medium"}, {**DEFAULT, "priority": "Medium"}),
    ({"maxAge": 86400.9}, {**DEFAULT, "max-age": "86400"}),
    ({"maxAge": 0}, {**DEFAULT, "max-age": "0"}),
    ({"maxAge": False}, DEFAULT),
]

MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"samesite": "lax"}, "cookie.samesite is unknown: did you mean sameSite?"),
    ({"name": ""}, "cookie.name '' is not a cookie name"),
    ({"name": 5}, "cookie.name 5 is not a cookie name"),
    ({"name": "a;b"}, "cookie.name 'a;b' is not a cookie name"),
    ({"path": True}, "cookie.path True is not a string: use a string, or false"),
    ({"domain": 1}, "cookie.domain 1 is not a string: use a string, or false"),
    ({"httpOnly": "false"}, "cookie.httpOnly 'false' is unknown: use true or false"),
    ({"secure": 1}, "cookie.secure 1 is unknown: use true or false"),
    ({"sameSite": "relaxed"}, "cookie.sameSite 'relaxed' is unknown: use strict, lax, none, true or false"),
    ({"sameSite": 1}, "cookie.sameSite 1 is unknown: use strict, lax, none, true or false"),
    ({"sameSite": []}, "cookie.sameSite [] is unknown: use strict"),
    ({"priority": "urgent"}, "cookie.priority 'urgent' is unknown: use low, medium or high"),
    ({"maxAge": "1h"}, "cookie.maxAge '1h' is not a number of seconds"),
    ({"maxAge": True}, "cookie.maxAge True is not a number of seconds"),
    ({"maxAge": float("inf")}, "cookie.maxAge inf is not a number of seconds"),
    ({"maxAge": float("nan")}, "cookie.maxAge nan is not a number of seconds"),
    ({"expires": "tomorrow"}, "cookie.expires 'tomorrow' is not a date: write 2030-01-01T00:00:00Z"),
    ({"expires": "+99999999999999999"}, "is not a date"),
]

LINES = {
    "io": {},
    "io=value; Path=/chat": {"path": "/chat"},
    "io; HTTPONLY; secure": {"httponly": None, "secure": None},
    "io; SameSite=strict; Priority=low": {"samesite": "Strict", "priority": "Low"},
    "io; Max-Age=60; Domain=a.example": {"max-age": "60", "domain": "a.example"},
    "io; Partitioned": {"partitioned": None},
    "io; Path=/; Path=/chat": {"path": "/chat"},
    "io; Path=/;": {"path": "/"},
    "  io ;Path=/ ": {"path": "/"},
}

BAD_LINES = {
    "": "names no cookie: write 'io; Path=/",
    "; Path=/": "names no cookie",
    "io; maxAge=1": "the attribute 'maxAge' is unknown: use Path, Domain, Max-Age, Expires, SameSite",
    "io; Version=1": "the attribute 'Version' is unknown",
    "io; name=other": "the attribute 'name' is unknown",
    "io; Path": "the attribute Path has no value",
    "io; SameSite=": "the attribute SameSite has no value",
    "io; SameSite=relaxed": "cookie.sameSite 'relaxed' is unknown: use strict, lax, none",
    "io; Max-Age=soon": "cookie.maxAge 'soon' is not a number of seconds",
    "io; Expires=soon": "cookie.expires 'soon' is not a date",
}


class TestOption:
    def test_true_is_the_documented_default(self) -> None:
        expected = expected_of(True)
        assert (expected.name, expected.attributes, expected.given) == ("io", DEFAULT, frozenset())

    @pytest.mark.parametrize(("option", "attributes"), PROMISES, ids=str)
    def test_promises_its_attributes(
        self, option: dict[str, object], attributes: dict[str, str | None]
    ) -> None:
        assert expected_of(option).attributes == attributes

    def test_knows_what_was_given(self) -> None:
        assert expected_of({"name": "a", "path": False}).given == {"name", "path"}

    @pytest.mark.parametrize(("option", "advice"), MISTAKES, ids=str)
    def test_a_mistake_names_the_key_and_what_is_allowed(
        self, option: dict[str, object], advice: str
    ) -> None:
        with pytest.raises(BadCookieOption, match=re.escape(advice)):
            expected_of(option)

    @pytest.mark.parametrize("mount", mounts())
    def test_of_every_mount_can_be_read(self, mount: str) -> None:
        option = options_of(mount).get("cookie", True)
        assert expected_of(option).name in ("io", "woot")


class TestExpires:
    @pytest.mark.parametrize(
        "written",
        [
            "2030-01-01T00:00:00Z",
            "2030-01-01T01:00:00+01:00",
            "2030-01-01T00:00:00",
            "2030-01-01",
            datetime(2030, 1, 1, tzinfo=UTC),  # as TOML parses a date
            datetime(2030, 1, 1),
        ],
        ids=str,
    )
    def test_is_the_same_moment_however_it_is_written(self, written: object) -> None:
        assert expected_of({"expires": written}).expires == datetime(2030, 1, 1, tzinfo=UTC)

    def test_may_count_from_the_start_of_the_app(self) -> None:
        assert expected_of({"expires": "+86400"}, STARTED).expires == datetime(2026, 1, 2, tzinfo=UTC)

    def test_counts_from_now_when_the_start_is_unknown(self) -> None:
        expires = expected_of({"expires": "+0"}).expires
        assert expires is not None
        assert STARTED < expires <= datetime.now(UTC)

    @pytest.mark.parametrize("written", [None, False])
    def test_may_be_absent(self, written: object) -> None:
        assert expected_of({"expires": written}).expires is None


class TestLine:
    def test_of_the_documented_default_says_the_same_as_true(self) -> None:
        option = option_of_line("io; Path=/; HttpOnly; SameSite=Lax")
        assert expected_of(option).attributes == expected_of(True).attributes

    @pytest.mark.parametrize(("line", "attributes"), LINES.items(), ids=str)
    def test_promises_exactly_what_it_names(self, line: str, attributes: dict[str, str | None]) -> None:
        expected = expected_of(option_of_line(line))
        assert (expected.name, expected.attributes) == ("io", attributes)

    def test_says_when_the_cookie_expires(self) -> None:
        option = option_of_line("io; Expires=Tue, 01 Jan 2030 00:00:00 GMT")
        assert expected_of(option).expires == datetime(2030, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(("line", "advice"), BAD_LINES.items(), ids=str)
    def test_a_mistake_is_reported_in_one_sentence(self, line: str, advice: str) -> None:
        with pytest.raises(BadCookieOption, match=re.escape(advice)):
            option_of_line(line)
