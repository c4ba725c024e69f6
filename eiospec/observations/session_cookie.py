"""Which cookie is the session cookie."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from eiospec.cookies.grammar import SetCookie, unquote
from eiospec.observations.handshake import Handshake, carries
from eiospec.target.cookie_option import expected_of

DEFAULT_NAME = expected_of(True).name
LEAST_RESEMBLANCE = 8
# Cookies of balancers, proxies and web frameworks, which may look like an id.
FOREIGN = re.compile(
    r"AWS(ALB|ELB)|ARRAffinity|ApplicationGateway|BIGip|INGRESSCOOKIE|ROUTE|SERVER|SRV|GCLB|GAESA|__cf|cf_|_?csrf"
    r"|XSRF|connect\.sid|[JV]SESSION|PHPSESS|ASP\.NET|\.AspNet|laravel|rack\.|sessionid|visid_incap|incap_|_ga",
    re.IGNORECASE,
)
ID = re.compile(r"[A-Za-z0-9_\-]+")
OWN_ID = "the value of “{}” is the session id of the same handshake"
HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The name of the session cookie, and how it was detected."""

    name: str
    evidence: str


def detect(
    seen: Iterable[Handshake], declared: str | None = None, others: Collection[str] = ()
) -> SessionCookie | None:
    """Return the session cookie of these handshakes, or None.

    `declared` is the name that the target declares of it: if a handshake sets that cookie, it is the one. `others` are
    declared as well, of no certain kind, so that the shape of a value is no sign.

    Without a declaration, first a cookie whose value is the session id of its handshake. Then signs of a wrong session
    cookie: a value that is the id of another handshake, contains the id, or is a part of it; the documented default name
    `io` (cookie how-to); last a cookie that every handshake sets and that has the shape of a session id.
    """
    opened = tuple(handshake for handshake in seen if handshake.sid_or_none and handshake.exchange.response)
    ids = {handshake.sid_or_none or "" for handshake in opened}

    def named(fits: Callable[[SetCookie, str], bool]) -> str | None:
        """The first cookie-name with a line that fits, `io` before others."""
        names = [
            cookie.name
            for handshake in opened
            for cookie in handshake.set_cookies
            if cookie.name and fits(cookie, handshake.sid_or_none or "")
        ]
        return min(names, key=lambda name: name != DEFAULT_NAME, default=None)

    if declared is not None and any(handshake.cookies_named(declared) for handshake in opened):
        return SessionCookie(declared, _evidence_of(declared, opened))
    if name := named(carries):
        return SessionCookie(name, OWN_ID.format(name))
    if name := named(lambda cookie, _: any(carries(cookie, sid) for sid in ids)):
        return SessionCookie(name, f"the value of “{name}” is the id of another session of this run")
    if name := named(resembles):
        return SessionCookie(name, f"the value of “{name}” resembles the session id of the same handshake")
    if name := named(lambda cookie, _: cookie.name == DEFAULT_NAME):
        return SessionCookie(name, "“io” is the documented default name of the session cookie")
    if name := named(
        lambda cookie, _: (
            cookie.name not in others
            and not FOREIGN.match(cookie.name)
            and has_shape_of_ids(cookie.name, opened)
        )
    ):
        return SessionCookie(name, f"“{name}” is set by every handshake and looks like a session id")
    return None


def _evidence_of(declared: str, opened: Iterable[Handshake]) -> str:
    """Return how a declared session cookie was recognized."""
    holds = any(
        carries(cookie, handshake.sid_or_none or "")
        for handshake in opened
        for cookie in handshake.cookies_named(declared)
    )
    return OWN_ID.format(declared) if holds else f"“{declared}” is declared as the session cookie"


def resembles(cookie: SetCookie, sid: str) -> bool:
    """Return True when the value contains the id or is a part of it, in any letter case."""
    value, wanted = unquote(cookie.value).lower(), sid.lower()
    shorter, longer = sorted((value, wanted), key=len)
    return len(shorter) >= LEAST_RESEMBLANCE and shorter in longer


def has_shape_of_ids(name: str, opened: Iterable[Handshake]) -> bool:
    """Return True when every polling handshake sets this cookie to a value as long as its id and as plain.

    Each time a different value, or always the same one, unless that is a hexadecimal number: a node of a balancer.
    """
    polled = [handshake for handshake in opened if handshake.transport == "polling"]
    values = [cookie.value for handshake in polled for cookie in handshake.cookies_named(name)[:1]]
    alike = len(values) == len(polled) > 1 and all(
        ID.fullmatch(value) and len(value) == len(handshake.sid_or_none or "")
        for value, handshake in zip(values, polled, strict=True)
    )
    distinct = len(set(values))
    return alike and (distinct == len(polled) or (distinct == 1 and not HEXADECIMAL.fullmatch(values[0])))
