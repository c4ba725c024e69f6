"""The open packet: the first packet of a session, and the only one of its type."""

from __future__ import annotations

import pytest

from eiospec.fixtures.judging import LesserShortfall
from eiospec.fixtures.observations.handshake import Handshake, LaterPackets
from eiospec.fixtures.requirements import MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import EIO4, EIO4_SUITE, RFC8259
from eiospec.fixtures.wire.exchange import Opcode
from eiospec.fixtures.wire.packets import NotAPacket, PacketType, decode_packet

MEMBERS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
DAY = 86_400_000
LEAST_PAYLOAD = 128


def is_number(value: object) -> bool:
    """True for a JSON number; JSON's true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@requirement(
    "HS-002",
    MUST,
    "The first packet of the handshake payload is an open packet: the digit 0, then its JSON payload.",
    source=EIO4.at("Handshake; Packet encoding"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
def test_first_packet_is_open(handshake: Handshake) -> None:
    assert handshake.first_packet[:2] == b"0{"


@requirement(
    "HS-014",
    MUST,
    "A WebSocket-only handshake is answered 101 and one open packet as the first message, in a text frame.",
    source=EIO4.at("Handshake"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_first_message_is_open(handshake: Handshake) -> None:
    assert handshake.first_packet[:2] == b"0{"
    assert handshake.messages[0].opcode == Opcode.TEXT


@requirement(
    "HS-003",
    MUST,
    "The open payload is one JSON object in UTF-8 without a byte-order mark.",
    source=RFC8259.at("§8.1"),
)
def test_payload_is_one_json_object(handshake: Handshake) -> None:
    assert handshake.open_packet.octets[:3] != b"\xef\xbb\xbf"
    assert handshake.open_packet.pairs


@requirement("HS-004", MUST, "sid is present and is a non-empty JSON string.", source=EIO4.at("Handshake"))
def test_sid_is_a_string(handshake: Handshake) -> None:
    assert handshake.open_packet.sid


@requirement(
    "HS-005",
    MUST,
    "upgrades is present and is an array of strings, possibly empty.",
    source=EIO4.at("Handshake"),
)
def test_upgrades_is_an_array_of_strings(handshake: Handshake) -> None:
    upgrades = handshake.open_packet["upgrades"]
    assert type(upgrades).__name__ == "list"
    assert [name for name in upgrades if not isinstance(name, str)] == []


@requirement(
    "HS-006",
    SHOULD,
    "Every member of upgrades names a transport the protocol defines, is not polling, and is listed once.",
    source=EIO4.at("Transports; Upgrade"),
)
def test_upgrades_are_known_transports(handshake: Handshake) -> None:
    upgrades = handshake.open_packet["upgrades"]
    listed = upgrades if isinstance(upgrades, list) else [upgrades]
    assert [name for name in listed if name not in ("websocket", "webtransport")] == []
    assert len(listed) == len({str(name) for name in listed}), f"a transport is listed twice: {listed}"


@requirement(
    "HS-007",
    MUST,
    "pingInterval is present and is a JSON number of milliseconds greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_ping_interval_is_a_positive_number(handshake: Handshake) -> None:
    value = handshake.open_packet["pingInterval"]
    assert is_number(value), f"{value!r} is no JSON number"
    assert value > 0


@requirement(
    "HS-008",
    MUST,
    "pingTimeout is present and is a JSON number of milliseconds greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_ping_timeout_is_a_positive_number(handshake: Handshake) -> None:
    value = handshake.open_packet["pingTimeout"]
    assert is_number(value), f"{value!r} is no JSON number"
    assert value > 0


@requirement(
    "HS-009",
    MUST,
    "maxPayload is present and is a JSON number of octets greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_max_payload_is_a_positive_number(handshake: Handshake) -> None:
    """The member joined revision 4 in June 2022 without a new number: a server without it is of the earlier
    revision 4, which is a warning; one that sends something else than a number is wrong."""
    if "maxPayload" not in handshake.open_packet:
        raise LesserShortfall("a member maxPayload", "none: this is revision 4 as it was before June 2022")
    value = handshake.open_packet["maxPayload"]
    assert is_number(value), f"{value!r} is no JSON number"
    assert value > 0


@requirement(
    "HS-010",
    SHOULD,
    "pingInterval, pingTimeout and maxPayload are plausible whole numbers of milliseconds and octets.",
    source=EIO4.at("Handshake"),
)
def test_numbers_are_plausible(handshake: Handshake) -> None:
    packet = handshake.open_packet
    numbers = {name: packet[name] for name in sorted(MEMBERS - {"sid", "upgrades"}) if name in packet}
    odd = [name for name, value in numbers.items() if is_number(value) and value != int(value)]
    assert odd == []
    assert [name for name in ("pingInterval", "pingTimeout") if not 1 <= _value(numbers, name) <= DAY] == []
    assert _value(numbers, "maxPayload") >= LEAST_PAYLOAD


def _value(numbers: dict[str, object], name: str) -> float:
    """A number, or one that no bound objects to: what is absent or no number is another requirement's matter."""
    value = numbers.get(name, LEAST_PAYLOAD)
    return value if isinstance(value, int | float) else LEAST_PAYLOAD


@requirement(
    "HS-011",
    SHOULD,
    "The open payload has no members but sid, upgrades, pingInterval, pingTimeout and maxPayload.",
    source=EIO4_SUITE.at("successfully opens a session"),
)
def test_no_other_members(handshake: Handshake) -> None:
    assert sorted({name for name, _ in handshake.open_packet.pairs} - MEMBERS) == []


@requirement(
    "HS-012",
    SHOULD,
    "The member names of the open payload are unique.",
    source=RFC8259.at("§4"),
)
def test_member_names_are_unique(handshake: Handshake) -> None:
    names = [name for name, _ in handshake.open_packet.pairs]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@requirement(
    "HS-015",
    SHOULD,
    "On a WebSocket-only session upgrades is the empty array.",
    source=EIO4_SUITE.at("WebSocket, successfully opens a session"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_nothing_to_upgrade_to(handshake: Handshake) -> None:
    assert handshake.open_packet["upgrades"] == []


@requirement(
    "HS-024",
    MUST,
    "The handshake payload has exactly one open packet; what follows is separated by U+001E and is valid packets.",
    source=EIO4.at("Packet encoding"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
def test_one_open_packet_then_others(handshake: Handshake) -> None:
    first, *others = handshake.answer.packets
    assert [problem for text in others if (problem := not_after_open(text))] == []
    assert first, "the payload begins with an empty packet"


def not_after_open(text: str) -> str:
    """Why a packet may not follow the open packet in its payload; empty when it may."""
    try:
        packet = decode_packet(text)
    except NotAPacket as problem:
        return str(problem)
    return "a second open packet" if packet.type is PacketType.OPEN else ""


@requirement(
    "HS-025",
    MUST,
    "A session has one open packet: no later poll or frame of the session carries packet type 0.",
    source=EIO4.at("Protocol"),
)
def test_no_second_open_packet(later_packets: LaterPackets) -> None:
    assert [packet for packet in later_packets.texts if packet[:1] == "0"] == []
