"""The codec of Engine.IO packets, revision 4."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.wire.packets import (
    NotAPacket,
    Packet,
    PacketType,
    decode_packet,
    decode_payload,
    encode_payload,
    split_payload,
)

packets = st.one_of(
    st.builds(
        Packet, st.sampled_from(PacketType), st.text(st.characters(exclude_characters="\x1e", codec="utf-8"))
    ),
    st.builds(Packet, st.just(PacketType.MESSAGE), st.just(""), st.binary()),
)


@given(st.lists(packets, min_size=1, max_size=5))
def test_a_payload_is_decoded_as_it_was_encoded(some: list[Packet]) -> None:
    assert decode_payload(encode_payload(*map(str, some))) == tuple(some)


@given(st.binary(max_size=60))
def test_arbitrary_octets_are_a_payload_or_not_a_packet(octets: bytes) -> None:
    with suppress(NotAPacket):
        assert decode_payload(octets)


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0{}", Packet(PacketType.OPEN, "{}")),
        ("2", Packet(PacketType.PING)),
        ("2probe", Packet(PacketType.PING, "probe")),
        ("4", Packet(PacketType.MESSAGE)),
        ("4€", Packet(PacketType.MESSAGE, "€")),
        ("bAQIDBA==", Packet(PacketType.MESSAGE, binary=b"\x01\x02\x03\x04")),
        ("b", Packet(PacketType.MESSAGE, binary=b"")),
    ],
)
def test_a_packet_is_a_digit_and_text_or_base64(text: str, packet: Packet) -> None:
    assert decode_packet(text) == packet


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "an empty string is not a packet"),
        ("7", "'7' is not a packet type"),
        ("x", "'x' is not a packet type"),
        ("٤hello", "'٤' is not a packet type"),
        ("bAQI", "binary packet is not base64"),
        ("b!", "binary packet is not base64"),
        ("b€", "binary packet is not base64"),
    ],
)
def test_an_invalid_packet_is_named_in_the_error(text: str, why: str) -> None:
    with pytest.raises(NotAPacket, match=why.replace("'", ".")):
        decode_packet(text)


def test_packets_are_separated_by_rs() -> None:
    assert split_payload(b"4a\x1e\x1e2") == ("4a", "", "2")


def test_a_payload_that_is_not_utf_8_is_refused_at_its_octet() -> None:
    with pytest.raises(NotAPacket, match="not UTF-8: invalid start byte at octet 2"):
        split_payload(b"4a\xff")
