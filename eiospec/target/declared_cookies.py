"""Cookies that are declared by name: with `--cookie`, or as [[cookies]] of a profile.

Such a cookie need not be the session cookie. Which of them is, depends on what the server sets; only one with the
default name of Socket.IO is the session cookie in any case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eiospec.target.cookie_option import BadCookieOption, Expected, expected_of, option_of_line

# The name of Socket.IO's `cookie: true`.
DEFAULT_NAME = expected_of(True).name
# The options of attributes that Socket.IO adds unless they are switched off.
BY_DEFAULT = ("path", "httpOnly", "sameSite")


@dataclass(frozen=True, slots=True)
class DeclaredCookie:
    """One cookie, with the keys of the cookie option. An `exact` one has no attribute but those of the option."""

    option: Mapping[str, Any]
    exact: bool = False

    @property
    def name(self) -> str:
        """The cookie-name."""
        return str(self.option["name"])

    @property
    def expected(self) -> Expected:
        """What the declaration promises, without the defaults of the cookie option."""
        found = expected_of({**dict.fromkeys(BY_DEFAULT, False), **self.option})
        return found if self.exact else replace(found, given=frozenset(self.option), partial=True)


def declared_line(line: str) -> DeclaredCookie:
    """Return the cookie of a Set-Cookie line without its value; raise BadCookieOption.

    A name alone declares no attribute. With a semicolon, the attributes are exactly those of the line.
    """
    option = option_of_line(line)
    return DeclaredCookie(option, exact=True) if ";" in line else DeclaredCookie({"name": option["name"]})


def declared_tables(tables: Iterable[Mapping[str, Any]]) -> tuple[DeclaredCookie, ...]:
    """Return the cookies of [[cookies]]; raise BadCookieOption."""
    found = []
    for place, table in enumerate(tables):
        if "name" not in table:
            raise BadCookieOption(f'cookies[{place}] has no name: write name = "…"')
        found.append(DeclaredCookie(table))
        try:
            expected_of(table)
        except BadCookieOption as error:
            raise BadCookieOption(f"cookies[{place}]{str(error).removeprefix('cookie')}") from None
    return tuple(found)


def name_of(option: bool | Mapping[str, Any] | None) -> str | None:
    """Return the name of the session cookie that the cookie option declares, None without one."""
    return expected_of(option).name if option else None


def check_names(option: bool | Mapping[str, Any] | None, cookies: Sequence[DeclaredCookie]) -> None:
    """Raise BadCookieOption when a cookie is declared twice, or declared although there is none."""
    names = [cookie.name for cookie in cookies]
    if option is False and DEFAULT_NAME in names:
        raise BadCookieOption(
            f"{DEFAULT_NAME} is declared, and that there is no session cookie: leave one of them out"
        )
    known = {name_of(option)}
    for name in names:
        if name in known:
            raise BadCookieOption(f"the cookie {name} is declared twice: leave one of them out")
        known.add(name)


def with_lines(
    option: bool | Mapping[str, Any] | None, cookies: Sequence[DeclaredCookie], lines: Sequence[str]
) -> tuple[bool | Mapping[str, Any] | None, tuple[DeclaredCookie, ...]]:
    """Return the declarations of a profile with those of the command line; raise BadCookieOption.

    A line replaces what the profile declares of the same cookie, and the line of the default name what it declares of
    the session cookie. "none" declares that there is no session cookie.
    """
    given = [line for line in lines if line.strip().lower() != "none"]
    found = tuple(declared_line(line) for line in given)
    names = {cookie.name for cookie in found}
    if len(given) < len(lines):
        option = False
    elif DEFAULT_NAME in names or name_of(option) in names:
        option = None
    check_names(option, found)
    return option, (*(cookie for cookie in cookies if cookie.name not in names), *found)
