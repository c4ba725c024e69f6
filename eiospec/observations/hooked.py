"""Compare what hooks set on responses with what was declared for these hooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from eiospec.errors import Blocked, LesserShortfall, NotApplicable, Shortfall
from eiospec.observations.answer import Answer, Answers, describe
from eiospec.observations.cookies import sent_cookies, session_named
from eiospec.observations.handshake import Handshake, session_cookies
from eiospec.observations.setting import exact_cookies, lines_holding, served
from eiospec.target.hooks import ANY, EVERY, INITIAL, SET_COOKIE, Due, HookField, HookSet
from eiospec.wire.exchange import Exchange

# Fields that are lists: a hook's members are joined with those of the server (RFC 9110 §12.5.5).
LISTS = frozenset({"vary"})
# Lines of one field whose order is tried out.
MOST_LINES = 4
SHOWN = 120
LONG_VALUE = re.compile(r"=[^;]{9,}")
# Responses on which a missing field is looked for, to show that the hook sets it there.
ELSEWHERE = ("poll", "POST", "handshake", "upgrade", "websocket")


def names_brought(exchange: Exchange) -> frozenset[str] | None:
    """Return the names of the cookies of a request; None without a Cookie field."""
    return frozenset(sent_cookies(exchange)) if exchange.request.headers.values("cookie") else None


def is_first(exchange: Exchange) -> bool:
    """Return whether the request begins a session."""
    return session_named(exchange) is None


def kind_of(exchange: Exchange) -> str:
    """Return the kind of a response in words."""
    if exchange.is_websocket:
        return "the WebSocket-only 101" if is_first(exchange) else "the 101 of the upgrade"
    if exchange.request.method == b"POST":
        return "the answer to the POST"
    return "the polling handshake" if is_first(exchange) else "the poll"


def brought(exchange: Exchange) -> str:
    """Return the Cookie field of a request in words. Long values, as session ids are, differ in each run and are left
    out."""
    lines = [line.decode("latin-1") for line in exchange.request.headers.values("cookie")]
    if not lines:
        return "without Cookie"
    return "with " + " and ".join(f"Cookie “{LONG_VALUE.sub('=…', line)[:SHOWN]}”" for line in lines)


@dataclass(frozen=True, slots=True)
class Hooked:
    """The answers of a visit, by label, and what the hooks there are declared to set.

    `session` is the name of the session cookie; `contract` is True on a mount, whose hooks also show what they saw.
    """

    answers: Answers
    hooks: HookSet
    session: str = ""
    contract: bool = False

    def __getitem__(self, label: str) -> Answer:
        return self.answers[label]

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """None: each answer is noted when it is taken."""
        return ()

    def answered(self, label: str) -> Answer:
        """Return an answer with the status of its kind; raise Shortfall for another one."""
        answer = self.answers[label]
        wanted = 101 if answer.exchange.is_websocket else 200
        if answer.status != wanted:
            raise Shortfall(f"the status {wanted}", f"answered {describe(answer.exchange)}")
        return answer

    # Cookies and other fields that are declared

    def cookies(self, hook: str) -> tuple[HookField, ...]:
        """Return the cookies of a hook; raise NotApplicable without any.

        A cookie with the name of the session cookie is left out: which of the two is sent is for HX-013.
        """
        found = self.hooks.cookies(hook)
        if not found:
            raise NotApplicable(f"no cookie of the hook {hook} is declared")
        judged = tuple(cookie for cookie in found if cookie.cookie != self.session)
        if not judged:
            raise NotApplicable(f"“{self.session}” is the session cookie, too: HX-013 judges them")
        return judged

    def plain(self, hook: str) -> tuple[HookField, ...]:
        """Return the other fields of a hook; raise NotApplicable without any."""
        found = self.hooks.plain(hook)
        if not found:
            raise NotApplicable(
                f"of the hook {hook}, nothing but cookies is declared, which other requirements judge"
            )
        return found

    # What is wrong, in sentences

    def wrong_fields(self, label: str, hook: str) -> list[str]:
        """Return how the hook's fields other than cookies differ from what is declared; raise NotApplicable without
        any."""
        declared = self.plain(hook)
        answer = self.answered(label)
        by_name = {field.key: [each for each in declared if each.key == field.key] for field in declared}
        return [wrong for fields in by_name.values() for wrong in self._wrong_field(answer, fields)]

    def _wrong_field(self, answer: Answer, fields: Sequence[HookField]) -> list[str]:
        """Return what is wrong with the lines of one field."""
        exchange, field = answer.exchange, fields[0]
        lines = [value.decode("latin-1") for value in answer.headers.values(field.key)]
        if field.key in LISTS:
            lines = [member.lower() for line in lines for member in _members(line)]
            fields = [
                HookField(each.hook, each.field, member.lower(), each.unless, each.if_cookie)
                for each in fields
                for member in _members(each.value)
            ]
        due = {each: each.due(names_brought(exchange)) for each in fields}
        wanted = [each for each in fields if due[each] is Due.SET]
        allowed = [each for each in fields if due[each] is not Due.ABSENT]
        others = self._of_the_other_hook(exchange, field)
        where = kind_of(exchange)
        if field.key in LISTS:
            missing = [each.value for each in wanted if each.value != ANY and each.value not in lines]
            return (
                [f"{where} has no {field.field}: {', '.join(missing)} ({brought(exchange)})"]
                if missing
                else []
            )
        if not lines:
            if not wanted or any(other.due(names_brought(exchange)) is not Due.SET for other in others):
                return []
            return [f"{where} has no {field.field} ({brought(exchange)}){self._elsewhere(field, exchange)}"]
        received = " and ".join(f"“{line[:SHOWN]}”" for line in lines)
        if not allowed and not others:
            return [
                f"{where} has {field.field}: {received} though it is declared without ({brought(exchange)})"
            ]
        if others:
            fits = all(any(one.matches(line) for one in (*allowed, *others)) for line in lines)
        else:
            fits = _fits(lines, wanted) or (len(allowed) > len(wanted) and _fits(lines, allowed))
        if fits:
            return []
        declared = " and ".join(f"“{each.value[:SHOWN]}”" for each in allowed)
        twice = f"{len(lines)} times, " if len(lines) > 1 else ""
        return [
            f"{where} has {field.field} {twice}as {received}; declared is {declared} ({brought(exchange)})"
        ]

    def wrong_cookies(self, label: str, hook: str) -> list[str]:
        """Return how the hook's cookies differ from what is declared; raise NotApplicable without any.

        Raise LesserShortfall where the other hook's cookies were sent in their place.
        """
        declared = self.cookies(hook)
        answer = self.answered(label)
        wrong = [sentence for cookie in declared for sentence in self._wrong_cookie(answer, cookie)]
        if wrong:
            self._unless_replaced(label, hook)
        return wrong

    def _wrong_cookie(self, answer: Answer, cookie: HookField) -> list[str]:
        exchange = answer.exchange
        where, name = kind_of(exchange), cookie.cookie
        lines = exact_cookies(answer, name)
        received = " and ".join(f"“{line[:SHOWN]}”" for line in lines)
        due = cookie.due(names_brought(exchange))
        others = self._of_the_other_hook(exchange, cookie)
        if len(lines) > 1:
            return [f"{where} sets {name} {len(lines)} times: {received} ({brought(exchange)})"]
        if lines:
            if any(other.matches(lines[0]) for other in others):
                return []
            if due is Due.ABSENT:
                return [f"{where} sets {received} ({brought(exchange)})"]
            if not cookie.matches(lines[0]):
                return [f"{where} sets {received}; declared is “{cookie.value}” ({brought(exchange)})"]
            return []
        if due is not Due.SET:
            return []
        folded = [line for line in _set_cookies(answer) if f"{name}=" in line]
        hidden = f": “{folded[0][:SHOWN]}” is one line" if folded else ""
        return [
            f"{where} does not set {name} ({brought(exchange)}){hidden or self._elsewhere(cookie, exchange)}"
        ]

    def _of_the_other_hook(self, exchange: Exchange, field: HookField) -> list[HookField]:
        """Return the fields of the same name, or cookies of the same name, that the other hook may set here."""
        return [
            other
            for other in self.hooks.fields
            if other.hook != field.hook
            and (other.key, other.cookie) == (field.key, field.cookie)
            and (other.hook == EVERY or is_first(exchange))
            and other.due(names_brought(exchange)) is not Due.ABSENT
        ]

    def _elsewhere(self, field: HookField, exchange: Exchange) -> str:
        """Return the end of a sentence: another response with the same cookies that has the field."""
        for kind in ELSEWHERE:
            for cookie in ("none", "some", "random"):
                label = f"{kind}, {cookie}"
                if label not in self.answers.all:
                    continue
                other = self.answers.all[label].exchange
                alike = other.response is not None and names_brought(other) == names_brought(exchange)
                if alike and kind_of(other) != kind_of(exchange) and self._has(Answer(other), field):
                    self.answers[label]
                    return f"; {kind_of(other)} has it"
        return ""

    @staticmethod
    def _has(answer: Answer, field: HookField) -> bool:
        if field.cookie:
            return any(field.matches(line) for line in exact_cookies(answer, field.cookie))
        return any(field.matches(value.decode("latin-1")) for value in answer.headers.values(field.key))

    def _unless_replaced(self, label: str, hook: str) -> None:
        """Raise LesserShortfall where the hook ran, but the other hook's cookies replaced its cookies.

        Both handlers of the how-to assign set-cookie on the first response. Which one runs last, and wins, is the order
        of the reference implementation (HH-017); that both cookies are set is good practice (HX-003). A server that
        does so does it on either transport.
        """
        answer = self.answers[label]
        replaced = self._replaced(answer, hook)
        twins = [
            Answer(other.exchange)
            for transport in ("handshake", "websocket")
            if (other := self.answers.all.get(f"{transport}, some")) is not None
            and other.exchange.is_websocket != answer.exchange.is_websocket
            and other.exchange.response is not None
            and other.exchange.response.status in (101, 200)
        ]
        if not replaced or not all(self._replaced(twin, hook) or not self._meet(twin) for twin in twins):
            return
        own = [cookie.value for cookie in self._due(answer, hook)]
        raise LesserShortfall(
            " and ".join(own), f"{'; '.join(replaced)} in its place, which the other hook set (HX-003)"
        )

    def _meet(self, answer: Answer) -> bool:
        """Return whether both hooks are to set cookies on this response."""
        return all(self._due(answer, hook) for hook in (INITIAL, EVERY))

    def _due(self, answer: Answer, hook: str) -> list[HookField]:
        """Return the cookies that a hook has to set on this response."""
        if hook == INITIAL and not is_first(answer.exchange):
            return []
        brings = names_brought(answer.exchange)
        return [
            cookie
            for cookie in self.hooks.cookies(hook)
            if cookie.due(brings) is Due.SET and cookie.cookie != self.session
        ]

    def _replaced(self, answer: Answer, hook: str) -> list[str]:
        """Return the cookies of the other hook when they are all that both hooks set, and this one ran."""
        other = EVERY if hook == INITIAL else INITIAL
        own, theirs = self._due(answer, hook), self._due(answer, other)
        there = [line for cookie in theirs for line in exact_cookies(answer, cookie.cookie)]
        if not own or not there or any(exact_cookies(answer, cookie.cookie) for cookie in own):
            return []
        ran = all(not self._wrong_field(answer, [field]) for field in self.hooks.plain(hook))
        return there if ran else []

    def both_due(self, label: str) -> tuple[list[str], list[str]]:
        """Return the names of the cookies that both hooks have to set on a first response, and those that are set.

        Raise NotApplicable unless each hook has one.
        """
        answer = served(self.answers[label])
        own = {hook: {cookie.cookie for cookie in self._due(answer, hook)} for hook in (INITIAL, EVERY)}
        names = own[INITIAL] | own[EVERY]
        if not own[INITIAL] or not own[EVERY] or len(names) < 2:
            raise NotApplicable("the hooks are not declared to set two cookies on one first response")
        return sorted(names), sorted(name for name in _names_set(answer) if name in names)

    def require_twin(self, label: str, hook: str, told_by: str) -> None:
        """Raise Blocked unless the hook's cookies are set where they are due: otherwise absence proves nothing."""
        answer = self.answers[label]
        brings = names_brought(answer.exchange)
        for cookie in self.cookies(hook):
            due = cookie.due(brings) is Due.SET
            if due and not exact_cookies(answer, cookie.cookie):
                raise Blocked(f"{cookie.cookie} is not set even where it has to be ({told_by})")

    # The first response only

    def _only_initial(self) -> tuple[set[str], list[HookField]]:
        """Return the names of fields, and the cookies, that show that initial_headers ran: no other part sets them."""
        every = {field.key for field in self.hooks.plain(EVERY)} | LISTS
        names = {*(field.key for field in self.hooks.plain(INITIAL)), *self.hooks.traces} - every
        return names, [cookie for cookie in self.hooks.cookies(INITIAL) if cookie.cookie != self.session]

    def of_the_initial_hook(self, answer: Answer) -> list[str]:
        """Return the names of the fields and cookies on a response that only initial_headers sets."""
        names, cookies = self._only_initial()
        found = [name for name in sorted(names) if answer.headers.values(name)]
        for cookie in cookies:
            lines = exact_cookies(answer, cookie.cookie)
            others = [one for one in self.hooks.cookies(EVERY) if one.cookie == cookie.cookie]
            found += [cookie.cookie for line in lines if not any(one.matches(line) for one in others)][:1]
        return found

    def of_the_headers_hook(self, answer: Answer) -> list[str]:
        """Return the names of the fields and cookies on a response that only headers sets."""
        initial = {(field.key, field.cookie) for field in self.hooks.of(INITIAL)}
        return [
            field.what
            for field in self.hooks.of(EVERY)
            if (field.key, field.cookie) not in initial
            and field.key not in LISTS
            and self._has(answer, field)
        ]

    def only_first(self, label: str) -> list[str]:
        """Return what of initial_headers is on a later response; raise Blocked unless it is on the first."""
        if not any(self._only_initial()):
            raise NotApplicable("no field or cookie is declared that only the hook initial_headers sets")
        if not self.of_the_initial_hook(self.answers["handshake, none"]):
            raise Blocked("the hook has no effect even on the handshake (HI-001, HI-002)")
        answer = self.answers[label]
        found = self.of_the_initial_hook(answer)
        if not found:
            return []
        return [f"{kind_of(answer.exchange)} has {'; '.join(found)} ({brought(answer.exchange)})"]

    # Next to the session cookie

    def due_on(self, label: str, hook: str) -> list[str]:
        """Return the names of the cookies of a hook that a handshake has to set; raise NotApplicable without any."""
        self.cookies(hook)
        due = [cookie.cookie for cookie in self._due(self.answers[label], hook)]
        if not due:
            raise NotApplicable(f"no cookie of the hook {hook} is declared to be on this response")
        return due

    def plain_session_lines(self) -> list[str]:
        """Return the session cookie as a handshake of this visit sets it, on a mount one without any hook.

        Raise NotApplicable at a target without session cookie, Blocked on a mount.
        """
        if self.contract:
            found = self.session_lines("handshake, no hook")
            if not found:
                raise Blocked("there is no session cookie even without a hook (CK-001)")
            return found
        if not self.session:
            raise NotApplicable("no session cookie was detected")
        labels = (
            "handshake, none",
            "handshake, random",
            "handshake, returning",
            "handshake, some",
            "websocket, none",
        )
        found = next(
            (lines for label in labels if label in self.answers and (lines := self.session_lines(label))), []
        )
        if not found:
            raise Blocked(f"no handshake of this visit sets the session cookie “{self.session}” (CK-001)")
        return found

    def session_lines(self, label: str) -> list[str]:
        """Return the session cookie's lines on a handshake, with a placeholder for the id."""
        answer = self.answers[label]
        handshake = Handshake("websocket" if answer.exchange.is_websocket else "polling", answer.exchange)
        sid = handshake.sid_or_none
        if sid is None:
            raise Shortfall("a session", f"answered {describe(answer.exchange)}")
        return lines_holding(sid, answer.exchange)


@dataclass(frozen=True, slots=True)
class NamedAlike:
    """Handshakes, by transport, on which a hook sets a cookie with the name of the session cookie."""

    name: str
    answers: Answers


def _members(value: str) -> list[str]:
    return [member.strip() for member in value.split(",") if member.strip()]


def _set_cookies(answer: Answer) -> list[str]:
    return [value.decode("latin-1") for value in answer.headers.values(SET_COOKIE)]


def _names_set(answer: Answer) -> list[str]:
    return [cookie.name for cookie in answer.set_cookies]


def _fits(lines: Sequence[str], wanted: Sequence[HookField]) -> bool:
    """Return whether the lines are the wanted values, each once, in any order; or one line with commas between them."""
    split = _members(lines[0]) if len(lines) == 1 < len(wanted) else list(lines)
    if len(split) != len(wanted):
        return False
    if len(split) > MOST_LINES:
        return all(any(field.matches(line) for line in split) for field in wanted)
    return any(
        all(field.matches(line) for field, line in zip(wanted, order, strict=True))
        for order in permutations(split)
    )


def session_cookie_of(answers: Answers) -> str:
    """Return the name of a cookie whose value is the session id of the same response; empty when there is none."""
    for answer in answers.all.values():
        transport = "websocket" if answer.exchange.is_websocket else "polling"
        sid = Handshake(transport, answer.exchange).sid_or_none if is_first(answer.exchange) else None
        for cookie in session_cookies(answer.exchange, sid) if sid else ():
            return cookie.name
    return ""
