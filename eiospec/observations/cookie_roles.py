"""Which of the declared cookies is the session cookie, by what was declared and what the handshakes set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eiospec.errors import NotApplicable
from eiospec.observations.handshake import Handshake
from eiospec.observations.session_cookie import FOREIGN, SessionCookie, detect
from eiospec.target.cookie_option import Expected, expected_of
from eiospec.target.declared_cookies import DEFAULT_NAME, DeclaredCookie, name_of

Option = bool | Mapping[str, Any] | None
# How many names a sentence lists.
SHOWN_NAMES = 3


@dataclass(frozen=True, slots=True)
class ExpectedCookie:
    """A cookie that handshakes are expected to set: because it is `declared`, or because some of them set it.

    `others` are declared, too, and `session` is the name of the session cookie next to a cookie of the application.
    """

    name: str
    declared: bool
    others: frozenset[str] = frozenset()
    session: str | None = None

    def replaced_by(self, handshakes: Sequence[Handshake]) -> str:
        """Return which cookies these handshakes, which lack this one, set instead; those that are declared, too, if they
        set no other."""
        every = Counter(name for one in handshakes for name in names_set([one]) - {self.session})
        counted = {name: number for name, number in every.items() if name not in self.others} or every
        if not counted:
            return "none sets another cookie in its place"
        names = sorted(counted, key=lambda name: (-counted[name], name))
        shown = [
            f"{'all' if counted[name] == len(handshakes) else counted[name]} set “{name}”"
            for name in names[:SHOWN_NAMES]
        ]
        more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
        return f"in its place {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class CookieRoles:
    """The session cookie as it was `found`, what is `declared` of it, and the other declared cookies."""

    found: SessionCookie | None
    declared: Expected | None = None
    others: tuple[DeclaredCookie, ...] = ()

    @property
    def expected(self) -> ExpectedCookie | None:
        """The session cookie: the declared one, else the one that was found; None without one."""
        others = frozenset(cookie.name for cookie in self.others)
        if self.declared is not None:
            return ExpectedCookie(self.declared.name, True, others)
        return ExpectedCookie(self.found.name, False, others) if self.found is not None else None

    def expected_other(self, name: str) -> ExpectedCookie:
        """Return another declared cookie; raise NotApplicable for the session cookie."""
        others = frozenset(cookie.name for cookie in self.others) - {self.other(name).name}
        return ExpectedCookie(name, True, others, self.expected.name if self.expected is not None else None)

    def other(self, name: str) -> DeclaredCookie:
        """Return another declared cookie; raise NotApplicable for the session cookie."""
        for cookie in self.others:
            if cookie.name == name:
                return cookie
        raise NotApplicable(f"“{name}” is the session cookie: see the other case")


def roles_of(
    option: Option,
    cookies: Sequence[DeclaredCookie],
    opened: Sequence[Handshake],
    observed: SessionCookie | None,
) -> CookieRoles:
    """Return the roles of the target's cookies.

    `option` is the declared cookie option and `cookies` are declared by name. `opened` are handshakes, and `observed` is
    the session cookie as it was detected without a declaration: perhaps on later responses.
    """
    by_name = {cookie.name: cookie for cookie in cookies}
    certain = name_of(option) or (DEFAULT_NAME if DEFAULT_NAME in by_name else None)
    late = observed if detect(opened) is None else None
    found = detect(opened, certain, by_name.keys()) or late
    if option is not None:
        return CookieRoles(found, expected_of(option) if option else None, tuple(cookies))
    name = certain or _candidate(by_name.keys(), found, names_set(opened))
    declared = by_name[name].expected if name is not None else None
    return CookieRoles(found, declared, tuple(cookie for cookie in cookies if cookie.name != name))


def _candidate(names: Collection[str], found: SessionCookie | None, set_names: set[str]) -> str | None:
    """Return which of these declared names is that of the session cookie; None if none is.

    A single one that no handshake sets is, unless the server has a session cookie and the name is one of a framework.
    """
    if found is not None and found.name in names:
        return found.name
    if len(names) != 1 or not set_names.isdisjoint(names):
        return None
    (name,) = names
    return name if found is None or not FOREIGN.match(name) else None


def names_set(handshakes: Iterable[Handshake]) -> set[str]:
    """Return the names of the cookies that these handshakes set."""
    answered = (handshake for handshake in handshakes if handshake.exchange.response is not None)
    return {cookie.name for handshake in answered for cookie in handshake.set_cookies}
