"""What the header hooks of a server set: the fields that `--hook` and `[[hook]]` declare, and when each is due.

A line names the hook, a field and its value, and may end with a condition:

    howto
    initial_headers: Set-Cookie: uid=1234; SameSite=Strict
    headers: Set-Cookie: randomId=abc; Max-Age=86400 unless randomId if Cookie
    headers: X-Frame-Options: DENY

`*` matches any value: of a field, of a cookie, or of an attribute of a cookie.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from eiospec.target.toml import shown

INITIAL, EVERY, HOWTO = "initial_headers", "headers", "howto"
HOOKS = (INITIAL, EVERY, HOWTO)
SET_COOKIE = "set-cookie"
ANY = "*"
EXAMPLE = f"write for example '{EVERY}: X-Frame-Options: DENY'"
COOKIE_EXAMPLE = f"write for example '{INITIAL}: Set-Cookie: uid=1234; SameSite=Strict'"

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 §5.6.2
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
UNLESS = re.compile(r"\s+unless(?:\s+(?P<name>\S+))?\s*\Z")
IF_COOKIE = re.compile(r"\s+if\s+cookie\s*\Z", re.IGNORECASE)
CONDITION = re.compile(r"(?:\A|\s)(?:unless|if\s+cookie)(?:\s|\Z)", re.IGNORECASE)
# Fields that frame a message or open a WebSocket: the server alone sets them (RFC 9112 §6, RFC 6455 §4.2.2).
PROTOCOL = re.compile(
    r"content-length|transfer-encoding|connection|upgrade|date|trailer|sec-websocket-.*", re.IGNORECASE
)
# The parts of a cookie that `*` may stand for: its value, or the value of an attribute.
ANY_PART = re.compile(r"(?<==)\\\*(?=;|\Z)")


class BadHook(ValueError):
    """A declared hook that cannot be used; the message says what is wrong and shows how to write it."""


class Due(Enum):
    """Whether a field has to be on the response to a request."""

    SET = "set"
    ABSENT = "absent"
    UNDECLARED = "undeclared"


@dataclass(frozen=True)
class HookField:
    """A field that a hook sets: on the first response of each session (`initial_headers`) or on all (`headers`).

    With `unless` it is not set when the request carries a cookie of exactly that name, and it is not declared whether a
    request without a Cookie field gets it; with `if_cookie` such a request does not get it.
    """

    hook: str
    field: str
    value: str
    unless: str = ""
    if_cookie: bool = False

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"

    @property
    def key(self) -> str:
        """The name of the field in lower case."""
        return self.field.lower()

    @property
    def cookie(self) -> str:
        """The name of the cookie; empty for another field."""
        return self.value.partition("=")[0].strip() if self.key == SET_COOKIE else ""

    @property
    def cookie_value(self) -> str:
        """The value of the cookie, `*` for any; empty for another field."""
        return self.value.partition(";")[0].partition("=")[2].strip() if self.cookie else ""

    @property
    def what(self) -> str:
        """The cookie or the field, by name."""
        return self.cookie or self.field

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        if not self.cookie:
            return re.compile(".*" if self.value == ANY else re.escape(self.value), re.DOTALL)
        return re.compile(ANY_PART.sub("[^;]*", re.escape(self.value)), re.DOTALL)

    def matches(self, value: str) -> bool:
        """Return whether this is the declared value, byte for byte."""
        return self._pattern.fullmatch(value) is not None

    def due(self, names: Iterable[str] | None) -> Due:
        """Return whether a request with cookies of these names gets the field; None for one without a Cookie field."""
        if names is None:
            if self.if_cookie:
                return Due.ABSENT
            return Due.UNDECLARED if self.unless else Due.SET
        return Due.ABSENT if self.unless and self.unless in names else Due.SET


@dataclass(frozen=True, slots=True)
class HookSet:
    """Every field that the hooks of one place set. `traces` are names of fields that only `initial_headers` sets, whose
    values and conditions are not declared."""

    fields: tuple[HookField, ...] = ()
    traces: tuple[str, ...] = ()

    def of(self, hook: str) -> tuple[HookField, ...]:
        """Return the fields of one hook."""
        return tuple(field for field in self.fields if field.hook == hook)

    def cookies(self, hook: str) -> tuple[HookField, ...]:
        """Return the cookies of one hook."""
        return tuple(field for field in self.of(hook) if field.cookie)

    def plain(self, hook: str) -> tuple[HookField, ...]:
        """Return the fields of one hook that are not cookies."""
        return tuple(field for field in self.of(hook) if not field.cookie)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the cookies that keep a hook from setting something."""
        return tuple(dict.fromkeys(field.unless for field in self.fields if field.unless))

    def value_of(self, name: str) -> str:
        """Return the declared value of a cookie; empty when it is not declared, or any."""
        values = (field.cookie_value for field in self.fields if field.cookie == name)
        return next((value for value in values if value != ANY), "")


NO_HOOKS = HookSet()
UID = HookField(INITIAL, "Set-Cookie", "uid=1234; SameSite=Strict")
RANDOM_ID = HookField(EVERY, "Set-Cookie", "randomId=abc; Max-Age=86400", "randomId", if_cookie=True)
# The two handlers of the how-to "How to deal with cookies".
HANDLERS = (UID, RANDOM_ID)
# On the mounts of the contract the same handlers set fields that show that they ran.
OF_THE_CONTRACT = HookSet(
    (
        *HANDLERS,
        HookField(INITIAL, "x-initial", "1"),
        HookField(INITIAL, "x-initial-2", "2"),
        HookField(EVERY, "x-every", "1"),
    ),
    ("x-initial-cookie", "x-number", "x-session"),
)


def hook_fields(lines: Iterable[str]) -> tuple[HookField, ...]:
    """Return what the lines declare; raise BadHook."""
    return checked([field for line in lines for field in fields_of_line(line)])


def checked(fields: Sequence[HookField]) -> tuple[HookField, ...]:
    """Return the fields, each once; raise BadHook when a hook sets a cookie twice."""
    found = tuple(dict.fromkeys(fields))
    cookies = [(field.hook, field.cookie) for field in found if field.cookie]
    for hook, name in cookies:
        if cookies.count((hook, name)) > 1:
            raise BadHook(f"{hook} sets the cookie {name!r} twice, with different lines: declare one of them")
    return found


def fields_of_line(line: str) -> tuple[HookField, ...]:
    """Return what one line declares; raise BadHook."""
    if line.strip() == HOWTO:
        return HANDLERS
    hook, colon, rest = line.partition(":")
    hook = hook.strip()
    if hook not in (INITIAL, EVERY):
        raise BadHook(_no_hook(hook, rest if colon else ""))
    field, colon, value = rest.partition(":")
    if not colon:
        raise BadHook(f"{shown(line.strip())} has no field and value: {EXAMPLE}")
    value, unless, if_cookie = _conditions(value)
    return (hook_field(hook, field.strip(), value.strip(), unless, if_cookie=if_cookie),)


def _no_hook(hook: str, rest: str) -> str:
    """Return the message about a line that begins with another word than the name of a hook."""
    if hook == HOWTO:
        return (
            f"{HOWTO} declares both handlers of the cookie how-to and takes no field: write '{HOWTO}' alone"
        )
    wrong = (
        f"{shown(hook)} is not a hook" if hook else "the line is empty" if not rest else "no hook is named"
    )
    folded = {name.replace("_", ""): name for name in HOOKS}
    close = difflib.get_close_matches(re.sub(r"[^a-z]", "", hook.lower()), folded, n=1)
    if close:
        return f"{wrong}: did you mean {folded[close[0]]}? W{EXAMPLE[1:]}"
    if rest and TOKEN.fullmatch(hook):
        whole = f"{hook}:{rest}".strip()
        return (
            f"{wrong}: write '{EVERY}: {whole}' if it is on every response of a session, "
            f"'{INITIAL}: {whole}' if it is on the first only"
        )
    return f"{wrong}: use {INITIAL}, {EVERY} or {HOWTO}; {EXAMPLE}"


def _conditions(text: str) -> tuple[str, str, bool]:
    """Return a value without its conditions, the name after `unless`, and whether there is `if Cookie`."""
    unless, if_cookie = "", False
    for _ in range(2):
        if not if_cookie and (match := IF_COOKIE.search(text)):
            text, if_cookie = text[: match.start()], True
        elif not unless and (match := UNLESS.search(text)):
            unless = match["name"] or ""
            if not unless:
                raise BadHook("“unless” names no cookie: write for example 'unless randomId'")
            text = text[: match.start()]
    if CONDITION.search(text):
        raise BadHook(
            f"{shown(text.strip())}: a condition is 'unless NAME', 'if Cookie' or both, once each, at the end of the "
            "line; if these words are part of the value, declare it with [[hook]] in the profile"
        )
    return text, unless, if_cookie


def hook_field(hook: str, field: str, value: str, unless: str = "", *, if_cookie: bool = False) -> HookField:
    """Return a declared field; raise BadHook."""
    if not TOKEN.fullmatch(field):
        raise BadHook(f"{shown(field)} is not the name of a field: {EXAMPLE}")
    if PROTOCOL.fullmatch(field):
        raise BadHook(f"{field} belongs to HTTP or WebSocket, and a hook cannot set it: {EXAMPLE}")
    if not value:
        raise BadHook(f"{field} has no value: {EXAMPLE}, or * for any value")
    if CONTROL.search(value) or any(ord(character) > 0xFF for character in value):
        raise BadHook(f"{field} has a value with characters that a field cannot carry: {EXAMPLE}")
    if unless and not TOKEN.fullmatch(unless):
        raise BadHook(
            f"unless {shown(unless)}: this is not the name of a cookie; write for example 'unless randomId'"
        )
    made = HookField(hook, field, value, unless, if_cookie)
    if made.key == SET_COOKIE:
        pair = value.partition(";")[0]
        if value == ANY or "=" not in pair:
            raise BadHook(
                f"Set-Cookie: {shown(value)} has no name and value: {COOKIE_EXAMPLE}, or uid=* for any value"
            )
        if not TOKEN.fullmatch(made.cookie):
            raise BadHook(f"{shown(made.cookie)} is not the name of a cookie: {COOKIE_EXAMPLE}")
    return made
