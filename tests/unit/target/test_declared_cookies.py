"""Cookies that are declared by name, on the command line and in a profile."""

from __future__ import annotations

import re

import pytest

from eiospec.replay.typed import readable, written
from eiospec.target.cookie_option import BadCookieOption
from eiospec.target.declared_cookies import DeclaredCookie, declared_line, with_lines
from eiospec.target.profile import BadProfile, Profile, parse_profile, whole_contract


class TestLine:
    def test_names_exactly_its_attributes(self) -> None:
        expected = declared_line("connect.sid; Path=/; HttpOnly; Secure").expected
        assert (expected.name, expected.partial) == ("connect.sid", False)
        assert expected.attributes == {"path": "/", "httponly": None, "secure": None}

    def test_of_a_name_alone_leaves_the_attributes_open(self) -> None:
        expected = declared_line("connect.sid").expected
        assert (len(expected.attributes), expected.partial, *expected.given) == (0, True, "name")

    def test_with_a_semicolon_has_no_other_attribute(self) -> None:
        assert not declared_line("connect.sid;").expected.partial


class TestTable:
    def test_declares_the_attributes_it_names(self) -> None:
        (cookie,) = parse_profile('[[cookies]]\nname = "a"\npath = "/x"\nhttpOnly = false').cookies
        assert (cookie.expected.attributes, cookie.expected.partial) == ({"path": "/x"}, True)
        assert cookie.expected.given == {"name", "path", "httpOnly"}

    def test_may_be_repeated(self) -> None:
        profile = parse_profile('cookie = true\n[[cookies]]\nname = "a"\n[[cookies]]\nname = "b"')
        assert (profile.cookie, [cookie.name for cookie in profile.cookies]) == (True, ["a", "b"])

    def test_can_be_stored(self) -> None:
        profile = parse_profile('[[cookies]]\nname = "a"\nexpires = 2030-01-01T00:00:00Z')
        assert readable(written(profile, Profile), Profile, {}) == profile

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("[[cookies]]\npath = '/'", 'cookies[0] has no name: write name = "…"'),
            ("[[cookies]]\nname = 5", "cookies[0].name 5 is not a cookie name"),
            ("[[cookies]]\nname = 'a;b'", "cookies[0].name 'a;b' is not a cookie name"),
            (
                "[[cookies]]\nname = 'a'\n[[cookies]]\nname = 'b'\nhttponly = true",
                "cookies[1].httponly is unknown: did you mean httpOnly?",
            ),
            (
                "[[cookies]]\nname = 'a'\n[[cookies]]\nname = 'a'",
                "the cookie a is declared twice: leave one of them out",
            ),
            ("cookie = true\n[[cookies]]\nname = 'io'", "the cookie io is declared twice"),
            (
                "cookie = false\n[[cookies]]\nname = 'io'",
                "io is declared, and that there is no session cookie: leave one of them out",
            ),
            ("[cookies]\nname = 'a'", "tables [[cookies]], one for each cookie"),
        ],
        ids=lambda text: text.replace("\n", " ")[:40],
    )
    def test_a_mistake_is_one_sentence(self, text: str, advice: str) -> None:
        with pytest.raises(BadProfile, match=re.escape(advice)):
            parse_profile(text)


class TestLines:
    @pytest.mark.parametrize(
        ("option", "lines", "kept", "names"),
        [
            (None, ["a"], None, ["a"]),
            (True, ["a"], True, ["a"]),
            (True, ["io; Path=/chat"], None, ["io"]),
            ({"name": "a"}, ["a"], None, ["a"]),
            ({"name": "other"}, ["io; Path=/"], None, ["io"]),
            (False, ["io"], None, ["io"]),
            (False, ["a"], False, ["a"]),
            (True, ["none", "a"], False, ["a"]),
            (None, [" NONE "], False, []),
        ],
        ids=str,
    )
    def test_replace_what_the_profile_declares_of_the_same_cookie(
        self, option: bool | dict[str, str] | None, lines: list[str], kept: object, names: list[str]
    ) -> None:
        found, cookies = with_lines(option, (), lines)
        assert (found, [cookie.name for cookie in cookies]) == (kept, names)

    def test_keep_the_other_tables(self) -> None:
        tables = (DeclaredCookie({"name": "a"}), DeclaredCookie({"name": "b"}))
        _, cookies = with_lines(None, tables, ["b; Path=/"])
        assert [(cookie.name, cookie.exact) for cookie in cookies] == [("a", False), ("b", True)]

    @pytest.mark.parametrize(
        ("lines", "advice"),
        [
            (["a", "a; Path=/"], "the cookie a is declared twice"),
            (["none", "io"], "io is declared, and that there is no session cookie"),
        ],
    )
    def test_a_contradiction_is_one_sentence(self, lines: list[str], advice: str) -> None:
        with pytest.raises(BadCookieOption, match=advice):
            with_lines(None, (), lines)


def test_the_bundled_server_has_the_session_cookie_that_a_line_declares() -> None:
    declared = (declared_line("io; Path=/; HttpOnly; SameSite=Lax"),)
    assert whole_contract(Profile(cookies=declared)).cookie is None
    assert whole_contract(Profile(cookies=(declared_line("a"),))).cookie is True
