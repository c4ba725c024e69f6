"""Whether two runs saw different octets: ids, dates and nonces do not count, anything else does."""

from __future__ import annotations

from typing import Any

import pytest
from proving import HANDSHAKE, Exchanged

from eiospec.proof.comparison import OTHER_WAIT, ComparedRun, Placeholders
from eiospec.wire.exchange import Exchange, Frame, Opcode

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
TEXT = Frame(Opcode.TEXT, b"2", by_target=True, at=1.0)


@pytest.mark.parametrize("what", BY_NATURE)
def test_a_value_that_changes_from_run_to_run_is_no_difference(what: str) -> None:
    mine, theirs = (text.encode() for text in BY_NATURE[what])
    assert Placeholders()(mine) == Placeholders()(theirs)


@pytest.mark.parametrize("what", BY_FAULT)
def test_a_change_that_a_fault_makes_is_a_difference(what: str) -> None:
    mine, theirs = (text.encode() for text in BY_FAULT[what])
    assert Placeholders()(mine) != Placeholders()(theirs)


def differ(mine: list[Exchange], theirs: list[Exchange]) -> bool:
    return ComparedRun(mine).differs_from(ComparedRun(theirs))


UNLIKE: dict[str, dict[str, Any]] = {
    "other octets": {"octets": HANDSHAKE + b" "},
    "no response": {"octets": None},
    "another label": {"label": "second"},
    "another probe": {"probe": "tour"},
    "a frame": {"frames": (TEXT,)},
    "octets after the end": {"after": b"HTTP/1.1 400 Bad Request"},
    "octets after the body": {"surplus": b"0"},
    "an id it was asked with": {"asked": b"Cookie: io=K5tOoZfiQiAluDHFaBBT"},
    "a longer wait": {"lasted": 0.02 + OTHER_WAIT},
}


class TestRuns:
    def test_with_other_ids_are_the_same(self, exchanged: Exchanged) -> None:
        other = HANDSHAKE.replace(b"lv_VI97HAXpY6yYWAAAB", b"K5tOoZfiQiAluDHFaBBT")
        assert not differ([exchanged()], [exchanged(other)])

    def test_in_another_order_are_the_same(self, exchanged: Exchanged) -> None:
        first, second = exchanged(), exchanged(label="second")
        assert not differ([first, second], [second, first])

    @pytest.mark.parametrize("what", UNLIKE)
    def test_with_an_unlike_exchange_differ(self, exchanged: Exchanged, what: str) -> None:
        assert differ([exchanged(**UNLIKE[what])], [exchanged()])

    @pytest.mark.parametrize("times", [0, 2])
    def test_with_another_number_of_exchanges_differ(self, exchanged: Exchanged, times: int) -> None:
        assert differ([exchanged()] * times, [exchanged()])

    def test_with_a_session_id_given_twice_differ(self, exchanged: Exchanged) -> None:
        other = HANDSHAKE.replace(b"lv_VI97HAXpY6yYWAAAB", b"K5tOoZfiQiAluDHFaBBT")
        assert differ([exchanged(), exchanged()], [exchanged(), exchanged(other)])

    def test_with_other_frames_of_ours_are_the_same(self, exchanged: Exchanged) -> None:
        ours = Frame(Opcode.TEXT, b"2", by_target=False, at=1.0, masked=True)
        assert not differ([exchanged(frames=(ours,))], [exchanged()])

    @pytest.mark.parametrize(
        "frame",
        [
            Frame(Opcode.BINARY, b"2", by_target=True, at=1.0),
            Frame(Opcode.TEXT, b"3", by_target=True, at=1.0),
            Frame(Opcode.TEXT, b"2", by_target=True, at=1.0, fin=False),
            Frame(Opcode.TEXT, b"2", by_target=True, at=1.0, rsv=4),
            Frame(Opcode.TEXT, b"2", by_target=True, at=1.0, masked=True),
        ],
        ids=["opcode", "payload", "fin", "rsv", "mask"],
    )
    def test_with_an_unlike_frame_differ(self, exchanged: Exchanged, frame: Frame) -> None:
        assert differ([exchanged(frames=(frame,))], [exchanged(frames=(TEXT,))])

    def test_with_a_frame_at_another_time_are_the_same(self, exchanged: Exchanged) -> None:
        later = Frame(Opcode.TEXT, b"2", by_target=True, at=2.0)
        assert not differ([exchanged(frames=(later,))], [exchanged(frames=(TEXT,))])

    def test_with_a_shorter_wait_differ(self, exchanged: Exchanged) -> None:
        assert differ([exchanged()], [exchanged(lasted=9.0)])

    def test_with_a_shorter_wait_next_to_a_long_one_differ(self, exchanged: Exchanged) -> None:
        long = exchanged(label="long", lasted=9.0)
        assert differ([exchanged(), long], [exchanged(lasted=1.0), long])
