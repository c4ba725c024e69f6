"""Parsing of requests, and lookups of header fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.wire.exchange import Headers
from eiospec.wire.parse import parse_request
from eiospec.wire.raw import message

TARGETS = ["/", "/socket.io/?EIO=4&transport=polling", "/%zz", "/a b", "*", "/" + "x" * 9000]


class TestRoundTrip:
    @pytest.mark.parametrize("target", TARGETS)
    def test_the_target_is_what_was_written(self, target: str) -> None:
        assert parse_request(message("GET", target, [])).target == target.encode()

    def test_the_octets_are_what_was_written(self) -> None:
        octets = message("POST", "/", [("Host", "a"), ("hOsT", "b")], b"4hello")
        assert parse_request(octets).octets == octets

    def test_the_body_follows_the_header(self) -> None:
        assert parse_request(message("POST", "/", [("Content-Length", "6")], b"4hello")).body == b"4hello"

    def test_a_chunked_body_is_decoded(self) -> None:
        octets = message("POST", "/", [("Transfer-Encoding", "chunked")], b"2\r\nok\r\n0\r\n\r\n")
        assert parse_request(octets).body == b"ok"

    def test_frames_behind_an_opening_handshake_are_no_body(self) -> None:
        opening = message("GET", "/", [("Upgrade", "websocket")])
        found = parse_request(opening + b"\x81\x80\x00\x00\x00\x00")
        assert (found.body, found.octets) == (b"", opening)

    def test_half_a_request_has_no_body(self) -> None:
        found = parse_request(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nUpgra")
        assert (found.method, found.target, found.body) == (b"POST", b"/", b"")

    def test_no_octets_are_a_request_without_a_method(self) -> None:
        found = parse_request(b"")
        assert (found.method, found.target, found.octets) == (b"", b"", b"")

    @given(st.binary(max_size=120))
    def test_arbitrary_octets_never_raise(self, octets: bytes) -> None:
        assert parse_request(octets).octets == octets

    @given(
        st.lists(
            st.tuples(
                st.text("abcXYZ-", min_size=1, max_size=6),
                st.text("".join(map(chr, (*range(0x21, 0x7F), *range(0xA1, 0xFF)))), max_size=12),
            ),
            max_size=6,
        ),
        st.binary(max_size=20),
    )
    def test_fields_keep_order_case_and_octets(self, fields: list[tuple[str, str]], body: bytes) -> None:
        found = parse_request(message("PUT", "/a", fields, body))
        assert [(line.name.decode(), line.value.decode("latin-1")) for line in found.headers] == fields


class TestHeaders:
    @pytest.fixture
    def headers(self) -> Headers:
        return parse_request(
            message("GET", "/", [("Vary", "Origin"), ("vary", " Accept ,, X"), ("X", ""), ("Y", "é")])
        ).headers

    def test_names_are_found_in_any_case(self, headers: Headers) -> None:
        assert headers.values("VARY") == (b"Origin", b"Accept ,, X")

    def test_lines_are_joined_by_a_comma_for_reading(self, headers: Headers) -> None:
        assert headers.text("vary") == "Origin, Accept ,, X"

    def test_members_are_lower_case_and_never_empty(self, headers: Headers) -> None:
        assert headers.members("Vary") == ("origin", "accept", "x")

    def test_text_is_latin_1(self, headers: Headers) -> None:
        assert headers.text("y") == "é"

    def test_an_empty_field_is_not_an_absent_one(self, headers: Headers) -> None:
        assert (headers.text("x"), headers.text("z")) == ("", None)

    def test_an_absent_field_has_no_member(self, headers: Headers) -> None:
        assert headers.members("z") == ()

    def test_a_line_keeps_the_space_its_value_is_read_without(self, headers: Headers) -> None:
        assert [line.octets for line in headers][1] == b"vary:  Accept ,, X"
