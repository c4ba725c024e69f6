"""The codec of payloads, revision 3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.wire.packets import NotAPacket, Packet, PacketType
from eiospec.wire.payload_3 import decode_payload_3, encode_payload_3

TEXTS = st.text(max_size=12)


@given(st.lists(TEXTS))
def test_encoded_payloads_decode_to_the_same_packets(texts: list[str]) -> None:
    payload = encode_payload_3([f"4{text}" for text in texts])
    assert decode_payload_3(payload) == tuple(Packet(PacketType.MESSAGE, text) for text in texts)


@pytest.mark.parametrize(
    ("packets", "payload"),
    [
        (["2"], b"1:2"),
        (["4hello", "2probe"], b"6:4hello6:2probe"),
        (["4€"], "2:4€".encode()),
        (["4😀"], "3:4😀".encode()),
        ([], b""),
    ],
)
def test_lengths_are_of_utf_16_code_units(packets: list[str], payload: bytes) -> None:
    assert encode_payload_3(packets) == payload


@pytest.mark.parametrize(
    "payload",
    [b"2", b":4", b"x:4", b"-1:4", b"2:4", b"0:", b"1:4x", b"1:\xff", "2:4😀".encode(), "٢:4a".encode()],
)
def test_an_invalid_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(NotAPacket):
        decode_payload_3(payload)
