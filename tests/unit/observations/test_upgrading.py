"""The outcome of an opening handshake that had to be refused, and octets after a 101 that are not frames."""

from __future__ import annotations

import pytest
from handmade import OPEN, SWITCHING, answer, exchange_of, text

from eiospec.errors import Broken, Shortfall
from eiospec.observations.upgrading import UpgradeAnswer, octets_without_frame
from eiospec.wire.exchange import End, Frame, Opcode

CLOSE = Frame(Opcode.CLOSE, b"\x03\xe8", True, 0.03)


def outcome(response: bytes | None, *frames: Frame, end: End = End.CLIENT) -> str:
    return UpgradeAnswer(exchange_of(response, frames=frames, end=end)).outcome


class TestOutcome:
    @pytest.mark.parametrize("status", [b"400 Bad Request", b"404 Not Found", b"500 Oops"])
    def test_an_error_status_refuses(self, status: bytes) -> None:
        assert outcome(answer(status=status)) == "refused"

    @pytest.mark.parametrize("status", [b"200 OK", b"302 Found"])
    def test_another_status_is_named(self, status: bytes) -> None:
        assert outcome(answer(status=status)) == f"answered {status[:3].decode()}"

    def test_a_101_with_an_open_packet_opened_a_session(self) -> None:
        assert outcome(SWITCHING, text(OPEN), CLOSE) == "accepted with an open packet"

    @pytest.mark.parametrize("end", [End.TARGET, End.RESET])
    def test_a_101_and_the_end_of_the_connection_is_a_close(self, end: End) -> None:
        assert outcome(SWITCHING, end=end) == "accepted, then closed"

    def test_a_101_and_a_close_frame_is_a_close(self) -> None:
        assert outcome(SWITCHING, CLOSE) == "accepted, then closed"

    @pytest.mark.parametrize("frames", [(), (text(b"2"),), (text(OPEN, by_target=False),)])
    def test_a_101_alone_is_left_open(self, frames: tuple[Frame, ...]) -> None:
        assert outcome(SWITCHING, *frames) == "accepted and left open"

    def test_our_own_close_is_not_the_targets(self) -> None:
        assert outcome(SWITCHING, Frame(Opcode.CLOSE, b"", False, 0.0)) == "accepted and left open"

    def test_silence_is_a_shortfall(self) -> None:
        with pytest.raises(Shortfall):
            outcome(None, end=End.TIMEOUT)

    def test_no_connection_is_broken(self) -> None:
        with pytest.raises(Broken):
            outcome(None, end=End.REFUSED)


class TestBesideFrames:
    @pytest.mark.parametrize(
        "frame",
        [
            Frame(Opcode.TEXT, b"x", True, 0.0, rsv=4),
            Frame(Opcode.TEXT, b"x", True, 0.0, masked=True),
            Frame(Opcode.RESERVED, b"x", True, 0.0),
        ],
    )
    def test_an_illegal_frame_is_found(self, frame: Frame) -> None:
        assert octets_without_frame(exchange_of(SWITCHING, frames=(text(b"2"), frame))).endswith(b"x")

    @pytest.mark.parametrize(
        "after", [b"HTTP/1.1 400 Bad Request", b"\xff" * 64, b"\x83\x00", b"\x81\xff", b"{}"]
    )
    def test_octets_that_begin_no_frame_are_found(self, after: bytes) -> None:
        assert octets_without_frame(exchange_of(SWITCHING, after=after)) == after

    @pytest.mark.parametrize("after", [b"", b"\x81", b"\x81\x05he", b"\x88\x02\x03", b"\x00\x7e\x01"])
    def test_an_unfinished_frame_is_no_finding(self, after: bytes) -> None:
        assert octets_without_frame(exchange_of(SWITCHING, after=after)) == b""

    def test_our_own_frames_may_be_masked(self) -> None:
        ours = Frame(Opcode.TEXT, b"x", False, 0.0, masked=True)
        assert octets_without_frame(exchange_of(SWITCHING, frames=(ours,))) == b""

    @pytest.mark.parametrize("response", [None, answer(status=b"400 Bad Request")])
    def test_without_a_101_there_is_nothing_to_find(self, response: bytes | None) -> None:
        assert octets_without_frame(exchange_of(response, after=b"\xff")) == b""
