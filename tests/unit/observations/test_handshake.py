"""The open packet on either transport, and the cookie that carries the session id."""

from __future__ import annotations

import pytest
from handmade import OPEN, SID, SWITCHING, answer, exchange_of, text

from eiospec.cookies.grammar import read
from eiospec.errors import Blocked, Broken, Shortfall
from eiospec.observations.handshake import Handshake, OpenPacket, carries, session_cookies
from eiospec.observations.session_cookie import SessionCookie, detect
from eiospec.wire.exchange import End, Frame, Opcode


def polled(body: bytes = OPEN, *lines: bytes, status: bytes = b"200 OK") -> Handshake:
    return Handshake("polling", exchange_of(answer(body, *lines, status=status)))


def streamed(*frames: Frame, response: bytes | None = SWITCHING, end: End = End.CLIENT) -> Handshake:
    return Handshake("websocket", exchange_of(response, frames=frames, end=end))


class TestOpenPacket:
    def test_members_keep_their_order_and_their_repetitions(self) -> None:
        assert OpenPacket(b'{"sid":"a","x":{"sid":"c"},"sid":"b"}').pairs == (
            ("sid", "a"),
            ("x", {"sid": "c"}),
            ("sid", "b"),
        )

    def test_the_last_of_a_name_counts(self) -> None:
        assert OpenPacket(b'{"sid":"a","sid":"b"}').sid == "b"

    def test_an_empty_object_has_no_member(self) -> None:
        assert OpenPacket(b"{}").pairs == ()

    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"[]",
            b"[{}]",
            b"null",
            b'"sid"',
            b"{",
            b"{}{}",
            b'{"sid":"a"}\x1e2',
            b"{'sid':'a'}",
            b'{"sid":"a",}',
            b"\xef\xbb\xbf{}",
            b'{"sid":"a\nb"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"pingInterval":' + b"9" * 5000 + b"}",
        ],
    )
    def test_anything_but_one_json_object_is_a_shortfall(self, octets: bytes) -> None:
        with pytest.raises(Shortfall, match="expected one JSON object"):
            _ = OpenPacket(octets).pairs

    def test_invalid_utf_8_is_a_shortfall(self) -> None:
        with pytest.raises(Shortfall, match="expected JSON in UTF-8"):
            _ = OpenPacket(b'{"sid":"\xff"}').pairs

    def test_an_absent_member_is_a_shortfall_that_names_the_others(self) -> None:
        with pytest.raises(Shortfall, match="expected a member “sid”; observed upgrades, x"):
            _ = OpenPacket(b'{"upgrades":[],"x":1}').sid

    @pytest.mark.parametrize("sid", [b'""', b"1", b"null", b"[]", b"true"])
    def test_a_sid_that_is_no_text_is_a_shortfall(self, sid: bytes) -> None:
        with pytest.raises(Shortfall, match="a non-empty string as sid"):
            _ = OpenPacket(b'{"sid":' + sid + b"}").sid

    def test_membership_is_by_name(self) -> None:
        assert ("sid" in OpenPacket(b'{"sid":1}'), "x" in OpenPacket(b'{"sid":1}')) == (True, False)


class TestPolling:
    def test_the_open_packet_is_read(self) -> None:
        assert polled().open_packet.sid == SID

    def test_it_ends_at_the_separator(self) -> None:
        assert polled(OPEN + b"\x1e40").open_packet.sid == SID

    def test_a_missing_type_digit_does_not_hide_the_rest(self) -> None:
        assert polled(OPEN[1:]).open_packet.sid == SID

    def test_an_open_packet_with_another_status_is_one(self) -> None:
        assert polled(status=b"500 Oops").open_packet.sid == SID

    @pytest.mark.parametrize("body", [b"", b"1", b"40{}", b"\xef\xbb\xbf0{}", b" 0{}"])
    def test_without_an_open_packet_all_else_is_blocked(self, body: bytes) -> None:
        with pytest.raises(Blocked, match="no open packet on polling"):
            _ = polled(body).open_packet

    def test_without_a_response_all_else_is_blocked(self) -> None:
        with pytest.raises(Blocked, match="no octet after"):
            _ = Handshake("polling", exchange_of(None, end=End.TIMEOUT)).open_packet

    def test_without_a_connection_it_is_broken(self) -> None:
        with pytest.raises(Broken):
            _ = Handshake("polling", exchange_of(None, end=End.REFUSED)).open_packet

    @pytest.mark.parametrize(
        ("body", "sid"),
        [
            (OPEN, SID),
            (b'x{"sid" : "abc"', "abc"),
            (b'0{"sid":1}', None),
            (b'0{"sid":""}', None),
            (b"", None),
        ],
    )
    def test_a_usable_sid_is_found_even_in_ruins(self, body: bytes, sid: str | None) -> None:
        assert polled(body).sid_or_none == sid

    def test_there_is_no_sid_without_a_response(self) -> None:
        assert Handshake("polling", exchange_of(None)).sid_or_none is None


class TestWebSocket:
    def test_the_open_packet_is_the_first_message(self) -> None:
        assert streamed(Frame(Opcode.PING, b"", True, 0.0), text(OPEN), text(b"2")).open_packet.sid == SID

    def test_our_own_frames_are_no_messages(self) -> None:
        assert streamed(text(b"0{}", by_target=False), text(OPEN)).open_packet.sid == SID

    def test_a_missing_type_digit_does_not_hide_the_rest(self) -> None:
        assert streamed(text(OPEN[1:])).open_packet.sid == SID

    def test_a_binary_open_packet_is_read_too(self) -> None:
        assert streamed(Frame(Opcode.BINARY, OPEN, True, 0.0)).open_packet.sid == SID

    @pytest.mark.parametrize("frames", [(), (Frame(Opcode.CLOSE, b"", True, 0.0),)])
    def test_without_a_message_all_else_is_blocked(self, frames: tuple[Frame, ...]) -> None:
        with pytest.raises(Blocked, match="no open packet on websocket: no message at all"):
            _ = streamed(*frames).open_packet

    def test_a_refusal_blocks_all_else(self) -> None:
        with pytest.raises(Blocked, match="no open packet on websocket: 400 with 0 octets"):
            _ = streamed(response=answer(status=b"400 Bad Request")).open_packet

    def test_without_a_connection_it_is_broken(self) -> None:
        with pytest.raises(Broken):
            _ = streamed(response=None, end=End.TLS).open_packet


class TestCarries:
    @pytest.mark.parametrize(
        ("value", "carried"),
        [
            (SID, True),
            (f"node1~{SID}", True),
            (f"node1%7E{SID}", True),
            (SID.replace("_", "%5F"), True),
            (SID.lower(), False),
            (SID[:-1], False),
            (f"node1.{SID}", False),
            (f"{SID}~node1", False),
            (f'"{SID}"', False),
            ("", False),
        ],
    )
    def test_a_value_is_the_sid_plain_percent_encoded_or_behind_a_balancers_prefix(
        self, value: str, carried: bool
    ) -> None:
        assert carries(read(b"io=" + value.encode()), SID) is carried

    def test_the_lines_of_a_response_that_carry_the_sid_are_found(self) -> None:
        exchange = exchange_of(answer(b"", b"Set-Cookie: io=" + SID.encode(), b"Set-Cookie: a=1"))
        assert [cookie.name for cookie in session_cookies(exchange, SID)] == ["io"]

    def test_without_a_response_there_is_none(self) -> None:
        assert session_cookies(exchange_of(None), SID) == ()


class TestRevision3:
    @pytest.mark.parametrize(
        "body", [b"96:0{" + OPEN[2:], b"\x00\x09\x06\xff0{" + OPEN[2:], b"96:0{" + OPEN[2:] + b"2:40"]
    )
    def test_its_open_packet_blocks_what_asks_for_revision_4(self, body: bytes) -> None:
        assert polled(body).in_revision_3
        with pytest.raises(Blocked, match="answered in revision 3"):
            assert polled(body).open_packet

    @pytest.mark.parametrize("body", [OPEN, OPEN[1:], b"", b"96:4hello", b"\x00\x09\x06\xff4"])
    def test_anything_else_is_not_of_it(self, body: bytes) -> None:
        assert not polled(body).in_revision_3

    def test_its_session_id_is_read_nevertheless(self) -> None:
        assert polled(b"96:" + OPEN).sid_or_none == SID


class TestIdentity:
    @staticmethod
    def opened(sid: str, *cookies: str) -> Handshake:
        body = OPEN.replace(SID.encode(), sid.encode())
        return polled(body, *(f"Set-Cookie: {cookie}".encode() for cookie in cookies))

    def test_a_cookie_with_the_sid_of_its_handshake_is_the_session_cookie(self) -> None:
        found = detect((self.opened("a1b2c3d4", "theme=dark", "node=a1b2c3d4; Path=/"),))
        assert found == SessionCookie("node", "the value of “node” is the session id of the same handshake")

    def test_proof_weighs_more_than_the_default_name(self) -> None:
        found = detect((self.opened("a1b2c3d4", "io=other", "node=a1b2c3d4"),))
        assert found is not None
        assert found.name == "node"

    def test_the_id_of_another_handshake_is_a_mark(self) -> None:
        found = detect((self.opened("a1b2c3d4", "node=e5f6g7h8"), self.opened("e5f6g7h8", "node=a1b2c3d4")))
        assert found is not None
        assert (found.name, "another session" in found.evidence) == ("node", True)

    def test_the_default_name_is_a_mark(self) -> None:
        found = detect((self.opened("a1b2c3d4", "io=other"),))
        assert found is not None
        assert (found.name, "default name" in found.evidence) == ("io", True)

    @pytest.mark.parametrize(
        "cookies",
        [(), ("theme=dark",), ("AWSALB=0123456789",), ("IO=x",), ("=a1b2",), ("sessionid=zzzzzzzz",)],
    )
    def test_any_other_cookie_is_none(self, cookies: tuple[str, ...]) -> None:
        assert detect((self.opened("a1b2c3d4", *cookies), self.opened("e5f6g7h8", *cookies))) is None

    def test_handshakes_that_failed_are_passed_over(self) -> None:
        lost = Handshake("polling", exchange_of(None, end=End.TIMEOUT))
        refused = Handshake("polling", exchange_of(None, end=End.REFUSED))
        assert detect((lost, refused, polled(b"", status=b"500 Oops"))) is None
