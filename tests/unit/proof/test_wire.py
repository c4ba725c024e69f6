"""Whether two runs saw different octets: what changes by nature is the same, whatever else changes is not."""

from __future__ import annotations

import pytest
from proving import HANDSHAKE, Report, Said, Seen

from eiospec.proof.wire import OTHER_WAIT, Placeholders, differs

# What two runs against the same server write differently.
BY_NATURE = {
    "a session id": ("io=lv_VI97HAXpY6yYWAAAB;", "io=K5tOoZfiQiAluDHFaBBT;"),
    "a custom id": ("custom-1", "custom-204"),
    "an encoded id": ("woot=%41%42", "woot=%43%44"),
    "a date": ("Date: Tue, 01 Jan 2030 00:00:00 GMT", "Date: Wed, 02 Jan 2030 11:22:33 GMT"),
    "the port": ("127.0.0.1:40123", "127.0.0.1:3000"),
    "a nonce": ("t=0badcafe", "t=12345678"),
    "an accept key": (
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Accept: DOy6iZmASKnfh5g7IDS5ilDS4gU=",
    ),
}
# What a fault may look like, however small it is.
BY_FAULT = {
    "a name": ("io=lv_VI97HAXpY6yYWAAAB", "sid=lv_VI97HAXpY6yYWAAAB"),
    "a letter case": ("Set-Cookie: a=1", "set-cookie: a=1"),
    "an attribute": ("io=1; Path=/", "io=1"),
    "an order": ("Path=/; HttpOnly", "HttpOnly; Path=/"),
    "a status": ("HTTP/1.1 400 Bad Request", "HTTP/1.1 403 Forbidden"),
    "a space": ("io=1; Path=/", "io=1;Path=/"),
    "a short id": ("io=abc", "io=abd"),
    "an encoded octet": ("io=%41%42", "io=AB"),
    "the case of a long name": ("Sec-WebSocket-Accept: a", "sec-websocket-accept: a"),
    "a longer id": ("io=lv_VI97HAXpY6yYWAAAB", "io=lv_VI97HAXpY6yYWAAABA"),
    "an id that is not the other one": (
        'io=lv_VI97HAXpY6yYWAAAB 0{"sid":"lv_VI97HAXpY6yYWAAAB"}',
        'io=lv_VI97HAXpY6yYWAAAB 0{"sid":"K5tOoZfiQiAluDHFaBBT"}',
    ),
}
TEXT = {"opcode": 1, "payload": "2", "fin": True, "rsv": 0, "masked": False, "by_target": True}


@pytest.mark.parametrize("what", BY_NATURE)
def test_what_changes_by_nature_is_the_same(what: str) -> None:
    mine, theirs = BY_NATURE[what]
    assert Placeholders()(mine) == Placeholders()(theirs)


@pytest.mark.parametrize("what", BY_FAULT)
def test_what_a_fault_changes_is_not(what: str) -> None:
    mine, theirs = BY_FAULT[what]
    assert Placeholders()(mine) != Placeholders()(theirs)


def other(seen: Seen, what: str) -> Report:
    """An exchange unlike the usual one."""
    made: dict[str, Report] = {
        "other octets": seen(HANDSHAKE + " "),
        "no response": seen(None),
        "another label": seen(label="second"),
        "another probe": seen(probe="tour"),
        "a frame": seen(frames=[TEXT]),
        "octets after the end": seen(after="HTTP/1.1 400 Bad Request"),
        "octets after the body": seen(surplus="0"),
        "an id it was asked with": seen(asked="Cookie: io=K5tOoZfiQiAluDHFaBBT"),
        "a longer wait": seen(lasted=0.02 + OTHER_WAIT),
    }
    return made[what]


class TestRuns:
    def test_that_saw_the_same_do_not_differ(self, seen: Seen, said: Said) -> None:
        again = HANDSHAKE.replace("lv_VI97HAXpY6yYWAAAB", "K5tOoZfiQiAluDHFaBBT")
        assert not differs(said(seen()), said(seen(again)))

    def test_that_saw_it_in_another_order_do_not_differ(self, seen: Seen, said: Said) -> None:
        first, second = seen(), seen(label="second")
        assert not differs(said(first, second), said(second, first))

    def test_that_judge_differently_need_not_differ(self, seen: Seen, said: Said) -> None:
        assert not differs(said(seen(), ck_002="fail"), said(seen()))

    @pytest.mark.parametrize(
        "what",
        [
            "other octets",
            "no response",
            "another label",
            "another probe",
            "a frame",
            "octets after the end",
            "octets after the body",
            "an id it was asked with",
            "a longer wait",
        ],
    )
    def test_that_saw_anything_else_differ(self, seen: Seen, said: Said, what: str) -> None:
        assert differs(said(other(seen, what)), said(seen()))

    @pytest.mark.parametrize("times", [0, 2])
    def test_that_saw_it_more_or_less_often_differ(self, seen: Seen, said: Said, times: int) -> None:
        assert differs(said(*[seen()] * times), said(seen()))

    def test_an_id_given_twice_is_a_difference(self, seen: Seen, said: Said) -> None:
        other = HANDSHAKE.replace("lv_VI97HAXpY6yYWAAAB", "K5tOoZfiQiAluDHFaBBT")
        once, twice = said(seen(), seen(other)), said(seen(), seen())
        assert differs(twice, once)

    def test_what_the_suite_sent_is_no_difference(self, seen: Seen, said: Said) -> None:
        ours = {**TEXT, "by_target": False, "masked": True}
        assert not differs(said(seen(frames=[ours])), said(seen()))

    def test_a_frame_is_looked_at_closely(self, seen: Seen, said: Said) -> None:
        binary = {**TEXT, "opcode": 2}
        assert differs(said(seen(frames=[binary])), said(seen(frames=[TEXT])))

    def test_a_shorter_wait_is_a_difference_too(self, seen: Seen, said: Said) -> None:
        assert differs(said(seen()), said(seen(lasted=9.0)))
