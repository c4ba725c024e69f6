"""--hook and [[hook]]: what a line or a table declares, and one sentence for each way to write it wrongly."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.target.hooks import (
    ANY,
    EVERY,
    HANDLERS,
    INITIAL,
    BadHook,
    Due,
    HookField,
    HookSet,
    hook_fields,
)
from eiospec.target.profile import BadProfile, parse_profile

LINES = {
    "initial_headers: Set-Cookie: uid=1234; SameSite=Strict": HookField(
        INITIAL, "Set-Cookie", "uid=1234; SameSite=Strict"
    ),
    "headers: X-Frame-Options: DENY": HookField(EVERY, "X-Frame-Options", "DENY"),
    "headers:X-Frame-Options:DENY": HookField(EVERY, "X-Frame-Options", "DENY"),
    "  headers :  X-A :  *  ": HookField(EVERY, "X-A", ANY),
    "headers: Content-Security-Policy: default-src 'self'; img-src https://a:1/": HookField(
        EVERY, "Content-Security-Policy", "default-src 'self'; img-src https://a:1/"
    ),
    "headers: Set-Cookie: randomId=abc; Max-Age=86400 unless randomId": HookField(
        EVERY, "Set-Cookie", "randomId=abc; Max-Age=86400", "randomId"
    ),
    "headers: Set-Cookie: a=b unless c if Cookie": HookField(EVERY, "Set-Cookie", "a=b", "c", if_cookie=True),
    "headers: Set-Cookie: a=b if Cookie unless c": HookField(EVERY, "Set-Cookie", "a=b", "c", if_cookie=True),
    "headers: set-cookie: a=b if cookie": HookField(EVERY, "set-cookie", "a=b", if_cookie=True),
    "headers: X-Unless: unlessness": HookField(EVERY, "X-Unless", "unlessness"),
}

MISTAKES = {
    "": "the line is empty: use initial_headers, headers or howto; write for example 'headers: ",
    "how to": "'how to' is not a hook: did you mean howto?",
    "howto: X-A: 1": "howto declares both handlers of the cookie how-to and takes no field",
    "header: X-A: 1": "'header' is not a hook: did you mean headers? Write for example 'headers: X-Frame-Options: DENY'",
    "initialHeaders: X-A: 1": "did you mean initial_headers?",
    "HEADERS: X-A: 1": "did you mean headers?",
    "initial_header: X-A: 1": "did you mean initial_headers?",
    "X-A: 1": "write 'headers: X-A: 1' if it is on every response of a session, 'initial_headers: X-A: 1'",
    ": X-A: 1": "no hook is named: use initial_headers, headers or howto",
    "headers": "'headers' has no field and value: write for example",
    "headers: X-A": "'headers: X-A' has no field and value: write for example",
    "headers: X A: 1": "'X A' is not the name of a field",
    "headers: : 1": "'' is not the name of a field",
    "headers: X-A: ": "X-A has no value: write for example",
    "headers: X-A: unless b": "X-A has no value",
    "headers: X-A: a\x00b": "X-A has a value with characters that a field cannot carry",
    "headers: X-A: \u20ac": "X-A has a value with characters that a field cannot carry",
    "headers: Content-Length: 5": "Content-Length belongs to HTTP or WebSocket",
    "headers: sec-websocket-accept: x": "belongs to HTTP or WebSocket",
    "headers: Set-Cookie: *": "Set-Cookie: '*' has no name and value: write for example",
    "headers: Set-Cookie: uid": "Set-Cookie: 'uid' has no name and value",
    "headers: Set-Cookie: uid; a=b": "has no name and value",
    "headers: Set-Cookie: =1": "'' is not the name of a cookie",
    "headers: Set-Cookie: a b=1": "'a b' is not the name of a cookie",
    "headers: X-A: 1 unless": "“unless” names no cookie: write for example 'unless randomId'",
    "headers: X-A: 1 unless a b": "a condition is 'unless NAME', 'if Cookie' or both, once each, at the end",
    "headers: X-A: 1 unless a unless b": "once each, at the end",
    "headers: X-A: 1 if Cookie if Cookie": "once each, at the end",
    "headers: X-A: 1 unless a,b": "unless 'a,b': this is not the name of a cookie",
}


class TestLine:
    @pytest.mark.parametrize("line", LINES)
    def test_declares_a_field(self, line: str) -> None:
        assert hook_fields([line]) == (LINES[line],)

    def test_howto_declares_both_handlers_of_the_page(self) -> None:
        assert hook_fields([" howto "]) == HANDLERS
        assert [str(field) for field in HANDLERS] == [
            "Set-Cookie: uid=1234; SameSite=Strict",
            "Set-Cookie: randomId=abc; Max-Age=86400",
        ]

    @pytest.mark.parametrize("line", MISTAKES)
    def test_a_mistake_is_named(self, line: str) -> None:
        with pytest.raises(BadHook) as raised:
            hook_fields([line])
        assert MISTAKES[line] in str(raised.value)

    def test_a_field_may_be_declared_twice_for_two_lines(self) -> None:
        assert len(hook_fields(["headers: X-A: 1", "headers: X-A: 2", "headers: X-A: 1"])) == 2

    def test_a_cookie_of_one_hook_cannot_have_two_lines(self) -> None:
        with pytest.raises(BadHook, match="headers sets the cookie 'a' twice"):
            hook_fields(["headers: Set-Cookie: a=1", "headers: Set-Cookie: a=2"])

    def test_both_hooks_may_set_one_cookie(self) -> None:
        assert len(hook_fields(["headers: Set-Cookie: a=1", "initial_headers: Set-Cookie: a=2"])) == 2

    @given(st.one_of(st.text(), st.text().map("headers: Set-Cookie: {} unless a".format)))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        with suppress(BadHook):
            assert hook_fields([text])


class TestTable:
    def test_says_the_same_as_a_line(self) -> None:
        line = "headers: Set-Cookie: randomId=abc; Max-Age=86400 unless randomId if Cookie"
        table = """
            [[hook]]
            hook = "headers"
            field = "Set-Cookie"
            value = "randomId=abc; Max-Age=86400"
            unless = "randomId"
            if_cookie = true
        """
        assert parse_profile(table).hooks == hook_fields([line])

    def test_howto_is_a_table_of_its_own(self) -> None:
        assert parse_profile('[[hook]]\nhook = "howto"').hooks == HANDLERS

    def test_a_value_may_have_the_words_of_a_condition(self) -> None:
        table = '[[hook]]\nhook = "headers"\nfield = "X-A"\nvalue = "not unless asked"'
        assert parse_profile(table).hooks == (HookField(EVERY, "X-A", "not unless asked"),)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                'hook = "header"',
                "hook[0].hook is 'header'; allowed is 'headers', 'howto' or 'initial_headers'",
            ),
            ('field = "X-A"', "hook[0].hook is missing"),
            ('hook = "headers"', "hook[0]: '' is not the name of a field: write for example"),
            ('hook = "headers"\nfield = "X-A"', "hook[0]: X-A has no value"),
            ('hook = "howto"\nfield = "X-A"', "hook[0]: howto declares both handlers"),
            ('hook = "headers"\nifCookie = true', "hook[0].ifCookie is unknown: did you mean if_cookie?"),
            ('hook = "headers"\nfield = "X-A"\nvalue = 1', "hook[0].value is 1; allowed is a string"),
            ('hook = "headers"\nfield = "Upgrade"\nvalue = "x"', "hook[0]: Upgrade belongs to HTTP"),
        ],
    )
    def test_a_mistake_is_named(self, text: str, sentence: str) -> None:
        with pytest.raises(BadProfile) as raised:
            parse_profile(f"[[hook]]\n{text}")
        assert sentence in str(raised.value)


class TestValue:
    @pytest.mark.parametrize(
        ("declared", "sent", "same"),
        [
            ("a=1; Path=/", "a=1; Path=/", True),
            ("a=1; Path=/", "a=1; path=/", False),
            ("a=1; Path=/", "a=1;Path=/", False),
            ("a=1; Path=/", "a=1; Path=/; Secure", False),
            ("a=1", "A=1", False),
            ("a=*", "a=", True),
            ("a=*", "a=anything", True),
            ("a=*", "a=anything; Path=/", False),
            ("a=*; Path=/", "a=s%3Ax.y; Path=/", True),
            ("a=*; Expires=*; HttpOnly", "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT; HttpOnly", True),
            ("a=b*c", "a=bxc", False),
            ("a=.", "a=x", False),
        ],
    )
    def test_of_a_cookie(self, declared: str, sent: str, same: bool) -> None:
        assert HookField(EVERY, "Set-Cookie", declared).matches(sent) is same

    @pytest.mark.parametrize(
        ("declared", "sent", "same"),
        [
            ("DENY", "DENY", True),
            ("DENY", "deny", False),
            ("*", "", True),
            ("*", "x", True),
            ("a*", "ab", False),
        ],
    )
    def test_of_another_field(self, declared: str, sent: str, same: bool) -> None:
        assert HookField(EVERY, "X-A", declared).matches(sent) is same


class TestDue:
    @pytest.mark.parametrize(
        ("unless", "if_cookie", "names", "due"),
        [
            ("", False, None, Due.SET),
            ("", False, {"a"}, Due.SET),
            ("", True, None, Due.ABSENT),
            ("", True, {"a"}, Due.SET),
            ("a", False, None, Due.UNDECLARED),
            ("a", False, {"b"}, Due.SET),
            ("a", False, {"b", "a"}, Due.ABSENT),
            ("a", True, None, Due.ABSENT),
            ("a", True, {"xa", "ax", "A"}, Due.SET),
        ],
    )
    def test_by_the_cookies_of_a_request(
        self, unless: str, if_cookie: bool, names: set[str] | None, due: Due
    ) -> None:
        assert HookField(EVERY, "X-A", "1", unless, if_cookie).due(names) is due


def test_a_set_knows_its_conditions_and_values() -> None:
    hooks = HookSet(hook_fields(["howto", "headers: X-A: 1 unless a", "headers: Set-Cookie: b=*"]))
    assert hooks.conditions == ("randomId", "a")
    assert [hooks.value_of(name) for name in ("uid", "randomId", "a", "b")] == ["1234", "abc", "", ""]
