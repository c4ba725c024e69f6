"""The open packet: the first packet of a session, and the only one of its type."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from eiospec.errors import Blocked, LesserShortfall, Shortfall
from eiospec.observations.answer import show
from eiospec.observations.handshake import Handshake, LaterPackets, Openings
from eiospec.observations.handshakes import WebSocketHandshakes
from eiospec.observations.opening import refused_by_clients
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import EIO4, EIO4_SUITE, RFC8259
from eiospec.wire.exchange import Opcode
from eiospec.wire.packets import NotAPacket, PacketType, decode_packet

MEMBERS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
DAY = 86_400_000
BOUNDS = {"pingInterval": (1, DAY), "pingTimeout": (1, DAY), "maxPayload": (128, math.inf)}


def is_number(value: object) -> bool:
    """Return True for a finite number; true and false are not numbers, nor are NaN, Infinity and 1e400."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class Members(dict[str, Any]):
    """A JSON object with the names of its members in order, repeated ones included."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = [name for name, _ in pairs]


def members_of(handshake: Handshake) -> Members:
    """Return the members of the open packet; raise Blocked when it is not a JSON object, which HS-003 reports.

    NaN and Infinity are accepted, so that the member with such a value is reported as well.
    """
    octets = handshake.open_packet.octets
    try:
        members = json.loads(octets.decode("utf-8"), object_pairs_hook=Members)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, Members):
        raise Blocked(f"the open payload cannot be read (HS-003): {show(octets)}")
    return members


def member(handshake: Handshake, name: str) -> Any:
    """Return one member of the open packet; raise Shortfall when it is missing."""
    members = members_of(handshake)
    if name not in members:
        raise Shortfall(f"a member “{name}”", ", ".join(members.names) or "no member at all")
    return members[name]


def upgrades_of(handshake: Handshake) -> list[Any]:
    """Return the array of upgrades; raise Blocked without one, which HS-005 reports."""
    upgrades = members_of(handshake).get("upgrades")
    if not isinstance(upgrades, list):
        raise Blocked("upgrades is not an array (HS-005)")
    return upgrades


@requirement(
    "HS-002",
    MUST,
    "The first packet of the handshake payload is an open packet: the digit 0, then its JSON payload.",
    source=EIO4.at("Handshake; Packet encoding"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
def test_first_packet_is_open(openings: Openings) -> None:
    assert openings.wrong(no_open_packet) == []


def no_open_packet(handshake: Handshake) -> str:
    """Return the first packet, unless it is an open packet."""
    if handshake.in_revision_3:
        raise Shortfall(
            "an open packet of revision 4", "one of revision 3, as if EIO=4 had not been asked for"
        )
    packet = handshake.first_packet
    return "" if packet[:2] == b"0{" else f"the first packet is {show(packet)}"


@requirement(
    "HS-014",
    MUST,
    "A WebSocket-only handshake is answered 101 and one open packet as the first message, in a text frame.",
    source=EIO4.at("Handshake"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_first_message_is_open(websocket_handshakes: WebSocketHandshakes, openings: Openings) -> None:
    assert websocket_handshakes.with_cookie.answer.status == 101
    assert openings.wrong(no_open_message) == []


def no_open_message(handshake: Handshake) -> str:
    """Return why the first message is not an open packet in a text frame, sent first; raise Shortfall without a
    message."""
    if problem := refused_by_clients(handshake.exchange) or no_open_packet(handshake):
        return problem
    if handshake.messages[0].opcode is not Opcode.TEXT:
        return "the open packet is in a binary frame"
    first = handshake.exchange.frames[0]
    return "" if first.by_target else "the open packet arrived only after a message of the client"


@requirement(
    "HS-003",
    MUST,
    "The open payload is one JSON object in UTF-8 without a byte-order mark.",
    source=RFC8259.at("§8.1"),
)
def test_payload_is_one_json_object(openings: Openings) -> None:
    assert openings.wrong(lambda it: not_an_object(it.open_packet.octets)) == []


def not_an_object(octets: bytes) -> str:
    """Return why these octets are not one JSON object in UTF-8; NaN and Infinity are not JSON."""
    if octets[:3] == b"\xef\xbb\xbf":
        return f"a byte-order mark: {show(octets)}"

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        value = json.loads(octets.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        return f"{error}: {show(octets)}"
    return "" if isinstance(value, dict) else show(octets)


@requirement("HS-004", MUST, "sid is present and is a non-empty JSON string.", source=EIO4.at("Handshake"))
def test_sid_is_a_string(openings: Openings) -> None:
    assert openings.wrong(no_session_id) == []


def no_session_id(handshake: Handshake) -> str:
    """Return why sid is not a session id."""
    sid = member(handshake, "sid")
    if not isinstance(sid, str):
        return f"the sid {sid!r} is not a string"
    return "" if sid else "the session id is an empty string"


@requirement(
    "HS-005",
    MUST,
    "upgrades is present and is an array of strings, possibly empty.",
    source=EIO4.at("Handshake"),
)
def test_upgrades_is_an_array_of_strings(openings: Openings) -> None:
    assert openings.wrong(no_strings) == []


def no_strings(handshake: Handshake) -> str:
    """Return the value of upgrades, unless it is an array of strings."""
    upgrades = member(handshake, "upgrades")
    right = isinstance(upgrades, list) and all(isinstance(name, str) for name in upgrades)
    return "" if right else f"upgrades is {upgrades!r}"


@requirement(
    "HS-006",
    SHOULD,
    "Every member of upgrades names a transport the protocol defines, is not polling, and is listed once.",
    source=EIO4.at("Transports; Upgrade"),
)
def test_upgrades_are_known_transports(openings: Openings) -> None:
    assert openings.wrong(no_transports) == []


def no_transports(handshake: Handshake) -> str:
    """Return the members of upgrades, unless each is a transport listed once."""
    listed = [name for name in upgrades_of(handshake) if isinstance(name, str)]
    right = set(listed) <= {"websocket", "webtransport"} and len(listed) == len(set(listed))
    return "" if right else f"upgrades lists {', '.join(map(repr, listed))}"


@requirement(
    "HS-007",
    MUST,
    "pingInterval is present and is a JSON number of milliseconds greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_ping_interval_is_a_positive_number(openings: Openings) -> None:
    assert openings.wrong(lambda it: not_positive("pingInterval", it)) == []


def not_positive(name: str, handshake: Handshake) -> str:
    """Return the value of a member, unless it is a number greater than 0."""
    value = member(handshake, name)
    return "" if is_number(value) and value > 0 else f"{name} is {value!r}"


@requirement(
    "HS-008",
    MUST,
    "pingTimeout is present and is a JSON number of milliseconds greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_ping_timeout_is_a_positive_number(openings: Openings) -> None:
    assert openings.wrong(lambda it: not_positive("pingTimeout", it)) == []


@requirement(
    "HS-009",
    MUST,
    "maxPayload is present and is a JSON number of octets greater than 0.",
    source=EIO4.at("Handshake"),
)
def test_max_payload_is_a_positive_number(openings: Openings) -> None:
    """The member was added to revision 4 in June 2022 without a new number: a server without it implements the
    earlier revision 4, which is a warning; any other value than a number is wrong."""
    there = [handshake for handshake in openings.all if "maxPayload" in members_of(handshake)]
    if not there:
        raise LesserShortfall("a member maxPayload", "none: this is revision 4 as it was before June 2022")
    assert openings.wrong(lambda it: not_positive("maxPayload", it)) == []


@requirement(
    "HS-010",
    SHOULD,
    "pingInterval, pingTimeout and maxPayload are plausible whole numbers of milliseconds and octets.",
    source=EIO4.at("Handshake"),
)
def test_numbers_are_plausible(openings: Openings) -> None:
    """HS-007, HS-008 and HS-009 report missing members and members that are not numbers."""
    assert openings.wrong(implausible) == []


def implausible(handshake: Handshake) -> str:
    """Return the numbers that are fractions or out of bounds."""
    members = members_of(handshake)
    found = {name: members[name] for name in BOUNDS if type(members.get(name)) in (int, float)}
    return ", ".join(
        f"{name} {value}"
        for name, value in found.items()
        if not (is_whole(value) and lies_in(BOUNDS[name], value))
    )


def lies_in(bounds: tuple[float, float], value: float) -> bool:
    """Return True from the first bound to the second, both included."""
    least, most = bounds
    return least <= value <= most


def is_whole(value: float) -> bool:
    """Return True for 25000 and 25000.0, not for 0.5, NaN and Infinity."""
    return math.isfinite(value) and value == int(value)


@requirement(
    "HS-011",
    SHOULD,
    "The open payload has no members other than sid, upgrades, pingInterval, pingTimeout and maxPayload.",
    source=EIO4_SUITE.at("successfully opens a session"),
)
def test_no_other_members(openings: Openings) -> None:
    assert openings.wrong(lambda it: ", ".join(sorted(set(members_of(it)) - MEMBERS))) == []


@requirement(
    "HS-012",
    SHOULD,
    "The member names of the open payload are unique.",
    source=RFC8259.at("§4"),
)
def test_member_names_are_unique(openings: Openings) -> None:
    assert openings.wrong(repeated) == []


def repeated(handshake: Handshake) -> str:
    """Return the names that several members share."""
    names = members_of(handshake).names
    return ", ".join(sorted(name for name in set(names) if names.count(name) > 1))


@requirement(
    "HS-015",
    SHOULD,
    "On a WebSocket-only session upgrades is the empty array.",
    source=EIO4_SUITE.at("WebSocket, successfully opens a session"),
    needs=Capability.WEBSOCKET,
)
@pytest.mark.parametrize("transport", ["websocket"])
def test_nothing_to_upgrade_to(openings: Openings) -> None:
    assert openings.wrong(lambda it: ", ".join(map(str, upgrades_of(it)))) == []


@requirement(
    "HS-024",
    MUST,
    "The handshake payload has exactly one open packet; what follows is separated by U+001E and is valid packets.",
    source=EIO4.at("Packet encoding"),
    needs=Capability.POLLING,
)
@pytest.mark.parametrize("transport", ["polling"])
@pytest.mark.usefixtures("revision_4")
def test_one_open_packet_then_others(openings: Openings) -> None:
    assert openings.wrong(not_one_open_packet) == []


def not_one_open_packet(handshake: Handshake) -> str:
    """Return what in the payload is neither the open packet nor a packet that may follow it."""
    first, *others = handshake.answer.packets
    if not handshake.answer.response.complete:
        raise Blocked("the body ended before its framing said (HS-022)")
    if first[:1] not in ("0", ""):
        raise Blocked("the first packet is not an open packet (HS-002)")
    if not first:
        return "the payload begins with an empty packet"
    problems = [problem for text in others if (problem := not_after_open(text))]
    return "; ".join(problems) or unseparated(first)


def not_after_open(text: str) -> str:
    """Return why a packet may not follow the open packet in its payload; empty when it may."""
    try:
        packet = decode_packet(text)
    except NotAPacket as problem:
        return str(problem)
    return "a second open packet" if packet.type is PacketType.OPEN else ""


def unseparated(text: str) -> str:
    """Return what looks like a packet after the JSON of an open packet without U+001E between them; else empty."""
    try:
        _, end = json.JSONDecoder().raw_decode(text, 1)
    except ValueError:  # no JSON at all, which HS-003 reports
        return ""
    behind = text[end:].lstrip()
    return behind if re.match(r"[0-6b]", behind) else ""


@requirement(
    "HS-025",
    MUST,
    "A session has one open packet: no later poll or frame of the session carries packet type 0.",
    source=EIO4.at("Protocol"),
)
@pytest.mark.usefixtures("revision_4")
def test_no_second_open_packet(handshake: Handshake, later_packets: LaterPackets) -> None:
    """Blocked without a first one."""
    assert handshake.open_packet.octets
    assert list(later_packets.opening) == []
