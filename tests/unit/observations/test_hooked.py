"""What is wrong with the fields and cookies of declared hooks, in sentences."""

from __future__ import annotations

import pytest
from handmade import OPEN, POLLING, SID, SWITCHING, answer, exchange_of

from eiospec.errors import Blocked, LesserShortfall, NotApplicable, Shortfall
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.hooked import Hooked, brought, kind_of
from eiospec.target.hooks import EVERY, HANDLERS, INITIAL, HookSet, hook_fields
from eiospec.wire.exchange import Exchange

UID = b"Set-Cookie: uid=1234; SameSite=Strict"
RANDOM = b"Set-Cookie: randomId=abc; Max-Age=86400"


def request_of(label: str, cookie: str = "") -> bytes:
    """Return the request of a kind, with this Cookie field."""
    kind = label.partition(",")[0]
    later = "" if kind in ("handshake", "websocket") else f"&sid={SID}"
    method = "POST" if kind == "POST" else "GET"
    target = POLLING.replace("polling", "websocket") if kind in ("upgrade", "websocket") else POLLING
    lines = [f"{method} {target}{later} HTTP/1.1", "Host: a"]
    lines += ["Upgrade: websocket"] if kind in ("upgrade", "websocket") else []
    lines += [f"Cookie: {cookie}"] if cookie else []
    return "\r\n".join([*lines, "", ""]).encode()


def seen(label: str, *lines: bytes, cookie: str | None = None) -> Exchange:
    """Return an exchange whose response has these lines; the label names the Cookie field of its request."""
    sent = {"none": "", "some": "a=1", "random": "a=1; randomId=zzz"}.get(label.rpartition(", ")[2], "")
    request = request_of(label, sent if cookie is None else cookie)
    upgrade = label.startswith(("upgrade", "websocket"))
    body = OPEN if label.startswith("handshake") else b"ok"
    response = SWITCHING[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    return exchange_of(response if upgrade else answer(body, *lines), request=request, id=label, label=label)


def visit(*exchanges: Exchange, hooks: HookSet | None = None, session: str = "") -> Hooked:
    """Return the answers of a visit where the how-to's handlers are declared, or other hooks."""
    answers = {exchange.label: Answer(exchange) for exchange in exchanges}
    return Hooked(Answers(answers), hooks or HookSet(HANDLERS), session)


def lines(*texts: str) -> HookSet:
    return HookSet(hook_fields(texts))


class TestCookies:
    def test_as_declared(self) -> None:
        seen_here = visit(seen("handshake, none", UID), seen("poll, some", RANDOM), seen("poll, random"))
        assert seen_here.wrong_cookies("handshake, none", INITIAL) == []
        assert seen_here.wrong_cookies("poll, some", EVERY) == []
        assert seen_here.wrong_cookies("poll, random", EVERY) == []

    @pytest.mark.parametrize(
        ("label", "sent", "sentence"),
        [
            ("poll, some", (), "the poll does not set randomId (with Cookie “a=1”)"),
            ("poll, none", (RANDOM,), "the poll sets “randomId=abc; Max-Age=86400” (without Cookie)"),
            ("POST, some", (RANDOM, RANDOM), "the answer to the POST sets randomId 2 times: “randomId=abc"),
            ("upgrade, some", (RANDOM.lower(),), "the 101 of the upgrade does not set randomId"),
            (
                "upgrade, some",
                (RANDOM[:-1],),
                "; declared is “randomId=abc; Max-Age=86400” (with Cookie “a=1”)",
            ),
            ("poll, some", (b"Set-Cookie: b=2, randomId=abc; Max-Age=86400",), "Max-Age=86400” is one line"),
        ],
    )
    def test_otherwise(self, label: str, sent: tuple[bytes, ...], sentence: str) -> None:
        (wrong,) = visit(seen(label, *sent)).wrong_cookies(label, EVERY)
        assert sentence in wrong

    def test_another_response_that_has_it_is_named(self) -> None:
        seen_here = visit(seen("upgrade, some"), seen("poll, some", RANDOM))
        (wrong,) = seen_here.wrong_cookies("upgrade, some", EVERY)
        assert wrong == "the 101 of the upgrade does not set randomId (with Cookie “a=1”); the poll has it"

    def test_without_a_declared_condition_either_is_right_without_cookie(self) -> None:
        hooks = lines("headers: Set-Cookie: randomId=abc; Max-Age=86400 unless randomId")
        for sent in ((), (RANDOM,)):
            assert visit(seen("poll, none", *sent), hooks=hooks).wrong_cookies("poll, none", EVERY) == []

    def test_a_cookie_that_another_looks_like_does_not_count(self) -> None:
        exchange = seen("poll, odd", cookie="xrandomId=1; RANDOMID=2; a=randomId")
        assert visit(exchange).wrong_cookies("poll, odd", EVERY) != []

    def test_nothing_declared_is_not_judged(self) -> None:
        with pytest.raises(NotApplicable, match="no cookie of the hook headers is declared"):
            visit(seen("poll, some"), hooks=lines("headers: X-A: 1")).wrong_cookies("poll, some", EVERY)

    def test_the_session_cookie_s_name_is_left_to_its_own_requirement(self) -> None:
        hooks = lines("initial_headers: Set-Cookie: io=evil")
        with pytest.raises(NotApplicable, match="HX-013"):
            visit(seen("handshake, none"), hooks=hooks, session="io").wrong_cookies(
                "handshake, none", INITIAL
            )

    def test_another_status_is_a_finding(self) -> None:
        refused = exchange_of(
            answer(b"", status=b"400 Bad Request"), request=request_of("poll"), label="poll"
        )
        with pytest.raises(Shortfall, match="answered 400"):
            visit(refused).wrong_cookies("poll", EVERY)


class TestReplaced:
    """Both handlers of the how-to assign set-cookie on the first response, and one of them wins."""

    def test_on_both_transports_is_a_lesser_finding(self) -> None:
        seen_here = visit(seen("handshake, some", UID), seen("websocket, some", UID))
        for label in ("handshake, some", "websocket, some"):
            with pytest.raises(LesserShortfall, match="uid=1234; SameSite=Strict in its place"):
                seen_here.wrong_cookies(label, EVERY)

    def test_on_one_transport_is_a_finding(self) -> None:
        seen_here = visit(seen("handshake, some", UID), seen("websocket, some", UID, RANDOM))
        assert seen_here.wrong_cookies("handshake, some", EVERY) != []

    def test_nothing_in_its_place_is_a_finding(self) -> None:
        assert visit(seen("handshake, some")).wrong_cookies("handshake, some", EVERY) != []

    def test_both_due(self) -> None:
        seen_here = visit(seen("handshake, some", RANDOM))
        assert seen_here.both_due("handshake, some") == (["randomId", "uid"], ["randomId"])


class TestFields:
    HOOKS = lines("headers: X-Frame-Options: DENY", "initial_headers: X-Build: *")

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ((b"x-frame-options: DENY",), ""),
            ((), "the poll has no X-Frame-Options (with Cookie “a=1”)"),
            ((b"X-Frame-Options: deny",), "the poll has X-Frame-Options as “deny”; declared is “DENY”"),
            ((b"X-Frame-Options: DENY",) * 2, "the poll has X-Frame-Options 2 times, as “DENY” and “DENY”"),
        ],
    )
    def test_value_and_number(self, sent: tuple[bytes, ...], sentence: str) -> None:
        wrong = visit(seen("poll, some", *sent), hooks=self.HOOKS).wrong_fields("poll, some", EVERY)
        assert (sentence in wrong[0]) if sentence else wrong == []

    @pytest.mark.parametrize("sent", [(b"X-A: 1", b"X-A: 2"), (b"X-A: 2", b"x-a: 1"), (b"X-A: 1, 2",)])
    def test_two_lines_may_be_joined_or_turned_round(self, sent: tuple[bytes, ...]) -> None:
        hooks = lines("headers: X-A: 1", "headers: X-A: 2")
        assert visit(seen("poll, some", *sent), hooks=hooks).wrong_fields("poll, some", EVERY) == []

    @pytest.mark.parametrize(
        "sent", [(b"X-A: 1",), (b"X-A: 1", b"X-A: 1"), (b"X-A: 1", b"X-A: 2", b"X-A: 2")]
    )
    def test_two_lines_are_both_wanted(self, sent: tuple[bytes, ...]) -> None:
        hooks = lines("headers: X-A: 1", "headers: X-A: 2")
        assert visit(seen("poll, some", *sent), hooks=hooks).wrong_fields("poll, some", EVERY) != []

    def test_a_condition_holds_for_other_fields_too(self) -> None:
        hooks = lines("headers: X-New: 1 unless randomId")
        seen_here = visit(seen("poll, random", b"X-New: 1"), hooks=hooks)
        (wrong,) = seen_here.wrong_fields("poll, random", EVERY)
        assert "has X-New: “1” though it is declared without" in wrong

    def test_vary_is_a_list(self) -> None:
        hooks = lines("headers: Vary: Accept-Language")
        for sent, right in ((b"Vary: Origin, accept-language", True), (b"Vary: Origin", False)):
            wrong = visit(seen("poll, some", sent), hooks=hooks).wrong_fields("poll, some", EVERY)
            assert (wrong == []) is right

    def test_both_hooks_may_set_one_field(self) -> None:
        hooks = lines("headers: X-A: 1", "initial_headers: X-A: 2")
        for value in (b"1", b"2"):
            seen_here = visit(seen("handshake, none", b"X-A: " + value), hooks=hooks)
            assert seen_here.wrong_fields("handshake, none", EVERY) == []
        later = visit(seen("poll, none", b"X-A: 2"), hooks=hooks)
        assert later.wrong_fields("poll, none", EVERY) != []


class TestFirstOnly:
    def test_later_responses_are_free_of_it(self) -> None:
        seen_here = visit(seen("handshake, none", UID), seen("poll, none"), seen("POST, none", UID))
        assert seen_here.only_first("poll, none") == []
        assert seen_here.only_first("POST, none") == ["the answer to the POST has uid (without Cookie)"]

    def test_absence_needs_the_first_response(self) -> None:
        with pytest.raises(Blocked, match="no effect even on the handshake"):
            visit(seen("handshake, none"), seen("poll, none")).only_first("poll, none")

    def test_what_headers_sets_as_well_is_not_judged(self) -> None:
        hooks = lines("initial_headers: X-A: 1", "headers: X-A: 1")
        with pytest.raises(NotApplicable):
            visit(seen("handshake, none", b"X-A: 1"), hooks=hooks).only_first("handshake, none")


class TestWords:
    @pytest.mark.parametrize(
        ("label", "words"),
        [
            ("handshake, none", "the polling handshake"),
            ("poll, none", "the poll"),
            ("POST, none", "the answer to the POST"),
            ("upgrade, none", "the 101 of the upgrade"),
            ("websocket, none", "the WebSocket-only 101"),
        ],
    )
    def test_of_a_response(self, label: str, words: str) -> None:
        assert kind_of(seen(label)) == words

    def test_of_a_cookie_field(self) -> None:
        assert brought(seen("poll, none")) == "without Cookie"
        assert brought(seen("poll, odd", cookie="io=lv_VI97HAXpY6yYWAAAB; a=1")) == "with Cookie “io=…; a=1”"
