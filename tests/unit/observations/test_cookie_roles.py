"""Which declared cookie is the session cookie."""

from __future__ import annotations

import pytest
from handmade import OPEN, SID, answer, exchange_of

from eiospec.errors import NotApplicable
from eiospec.observations.cookie_roles import CookieRoles, ExpectedCookie, Option, roles_of
from eiospec.observations.handshake import Handshake
from eiospec.observations.session_cookie import SessionCookie, detect
from eiospec.target.declared_cookies import declared_line

SECOND = "e5f6g7h8"


def opened(sid: str, *cookies: str) -> Handshake:
    """Return a handshake that opened a session and sets these cookies."""
    lines = (f"Set-Cookie: {cookie}".encode() for cookie in cookies)
    return Handshake("polling", exchange_of(answer(OPEN.replace(SID.encode(), sid.encode()), *lines)))


def roles(*lines: str, sets: tuple[str, ...] = (), option: Option = None) -> CookieRoles:
    """Return the roles of declared cookies on a server that sets these cookies, with ID for the session id."""
    handshakes = [
        opened(sid, *(cookie.replace("ID", sid) for cookie in sets)) for sid in ("a1b2c3d4", SECOND)
    ]
    return roles_of(option, [*map(declared_line, lines)], handshakes, detect(handshakes))


def declared(found: CookieRoles) -> tuple[str | None, list[str]]:
    """Return the name of the declared session cookie, and those of the others."""
    return found.declared.name if found.declared else None, [cookie.name for cookie in found.others]


class TestSessionCookie:
    @pytest.mark.parametrize(
        ("lines", "sets", "session", "others"),
        [
            (["io"], ("io=ID",), "io", []),
            (["io"], ("uid=1",), "io", []),
            (["io"], ("io=word",), "io", []),
            (["io", "connect.sid"], ("connect.sid=1",), "io", ["connect.sid"]),
            (["node"], ("node=ID",), "node", []),
            (["node"], ("uid=1",), "node", []),
            (["node"], ("io=ID",), "node", []),
            (["node"], ("node=word",), None, ["node"]),
            (["connect.sid"], ("connect.sid=1",), None, ["connect.sid"]),
            (["connect.sid"], ("io=ID", "connect.sid=1"), None, ["connect.sid"]),
            (["connect.sid"], ("io=ID",), None, ["connect.sid"]),
            (["connect.sid"], (), "connect.sid", []),
            (["a", "b"], (), None, ["a", "b"]),
            (["a", "b"], ("b=ID",), "b", ["a"]),
            (["IO"], ("io=ID",), "IO", []),
        ],
        ids=str,
    )
    def test_of_lines_is_decided_by_value_and_name(
        self, lines: list[str], sets: tuple[str, ...], session: str | None, others: list[str]
    ) -> None:
        assert declared(roles(*lines, sets=sets)) == (session, others)

    def test_of_the_cookie_option_is_certain(self) -> None:
        found = roles("b", sets=("b=ID",), option={"name": "node"})
        assert declared(found) == ("node", ["b"])

    def test_is_the_declared_one_whatever_its_value(self) -> None:
        found = roles(sets=("node=word", "b=ID"), option={"name": "node"}).found
        assert found == SessionCookie("node", "“node” is declared as the session cookie")

    def test_may_be_off(self) -> None:
        assert declared(roles("b", option=False)) == (None, ["b"])

    def test_is_no_declared_cookie_that_only_looks_like_an_id(self) -> None:
        assert roles(sets=("node=zzzzzzzz",)).found is not None
        found = roles("node", sets=("node=zzzzzzzz",))
        assert (found.found, declared(found)) == (None, (None, ["node"]))

    def test_set_after_the_handshake_is_found(self) -> None:
        late = SessionCookie("node", "set late")
        found = roles_of(None, [declared_line("node")], [opened("a1b2c3d4")], late)
        assert (found.found, declared(found)) == (late, ("node", []))


class TestExpected:
    def test_is_what_is_declared_before_what_was_found(self) -> None:
        expected = roles("node", sets=("io=ID",)).expected
        assert expected is not None
        assert (expected.name, expected.declared) == ("node", True)

    def test_is_what_was_found_without_a_declaration(self) -> None:
        expected = roles(sets=("io=ID",)).expected
        assert expected is not None
        assert (expected.name, expected.declared) == ("io", False)

    def test_may_be_missing(self) -> None:
        assert roles(sets=("uid=1",)).expected is None

    def test_of_another_cookie_knows_those_next_to_it(self) -> None:
        expected = roles("a", "b", sets=("io=ID",)).expected_other("a")
        assert (expected.name, [*expected.others], expected.session) == ("a", ["b"], "io")

    def test_of_the_session_cookie_is_in_its_own_case(self) -> None:
        with pytest.raises(NotApplicable, match="“node” is the session cookie"):
            roles("node", sets=("node=ID",)).expected_other("node")


class TestReplacedBy:
    IO = ExpectedCookie("io", True, frozenset("b"))

    def test_names_the_cookies_that_are_set_instead(self) -> None:
        handshakes = [opened("a1b2c3d4", "uid=1"), opened(SECOND, "uid=1", "randomId=2", "b=3")]
        assert self.IO.replaced_by(handshakes) == "in its place all set “uid”, 1 set “randomId”"

    def test_says_when_there_is_none(self) -> None:
        assert self.IO.replaced_by([opened("a1b2c3d4")]) == "none sets another cookie in its place"

    def test_names_a_declared_cookie_if_there_is_no_other(self) -> None:
        assert self.IO.replaced_by([opened("a1b2c3d4", "b=3")]) == "in its place all set “b”"

    def test_does_not_name_the_session_cookie(self) -> None:
        expected = ExpectedCookie("uid", True, session="io")
        assert expected.replaced_by([opened("a1b2c3d4", "io=a1b2c3d4")]).startswith("none sets another")

    def test_names_a_few_only(self) -> None:
        many = opened("a1b2c3d4", *(f"{name}=1" for name in "acdef"))
        assert self.IO.replaced_by([many]).endswith("all set “d” and 2 more")
