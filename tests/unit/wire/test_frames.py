"""The frame reader, compared with the library, and with illegal frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from eiospec.wire.exchange import Opcode as Name
from eiospec.wire.frames import RawFrame, looks_like_text, read_frame

NAMES = {
    Opcode.CONT: Name.CONTINUATION,
    Opcode.TEXT: Name.TEXT,
    Opcode.BINARY: Name.BINARY,
    Opcode.CLOSE: Name.CLOSE,
    Opcode.PING: Name.PING,
    Opcode.PONG: Name.PONG,
}
# Around the two places where the length takes another form (RFC 6455 §5.2).
sizes = st.one_of(st.integers(0, 130), st.integers(65530, 65540))
opcodes = st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT])


@given(opcodes, sizes, st.booleans(), st.booleans(), st.binary(max_size=20), st.binary(max_size=20))
def test_a_frame_of_the_library_is_read_as_it_was_made(
    opcode: Opcode, size: int, fin: bool, masked: bool, before: bytes, behind: bytes
) -> None:
    payload = bytes(octet % 256 for octet in range(size))
    octets = Frame(opcode, payload, fin).serialize(mask=masked)
    found = read_frame(before + octets + behind, len(before))
    assert found == RawFrame(NAMES[opcode], payload, fin, 0, masked, len(octets))


@given(sizes, st.booleans(), st.data())
def test_a_prefix_of_a_frame_is_incomplete(size: int, masked: bool, data: st.DataObject) -> None:
    octets = Frame(Opcode.TEXT, bytes(size)).serialize(mask=masked)
    assert read_frame(octets[: data.draw(st.integers(0, len(octets) - 1))]) is None


@pytest.mark.parametrize("rsv", range(8))
def test_reserved_bits_are_read_though_the_library_refuses_them(rsv: int) -> None:
    found = read_frame(bytes([0x81 | rsv << 4, 0]))
    assert found is not None
    assert found.rsv == rsv


@given(st.binary(max_size=40), st.integers(0, 50))
def test_arbitrary_octets_never_raise(octets: bytes, at: int) -> None:
    read_frame(octets, at)


@pytest.mark.parametrize("opcode", [Opcode.CLOSE, Opcode.PING, Opcode.PONG])
def test_control_frames_have_their_names(opcode: Opcode) -> None:
    found = read_frame(Frame(opcode, b"\x03\xe8").serialize(mask=False))
    assert found is not None
    assert found.opcode is NAMES[opcode]


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
def test_an_undefined_opcode_is_read_as_reserved(opcode: int) -> None:
    found = read_frame(bytes([0x80 | opcode, 0]))
    assert found is not None
    assert found.opcode is Name.RESERVED


def test_a_length_beyond_memory_is_only_incomplete() -> None:
    assert read_frame(b"\x81\x7f" + b"\xff" * 8 + b"0{") is None


@pytest.mark.parametrize(
    ("octets", "text"), [(b"HTTP/1.1 400", True), (b"HTTP", False), (b"\x81\x00", False)]
)
def test_an_http_message_is_distinguished_from_frames(octets: bytes, text: bool) -> None:
    assert looks_like_text(octets) is text
