"""Parsing of responses: every framing is read, every leniency is recorded, nothing raises."""

from __future__ import annotations

import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.wire.exchange import Framing, Response
from eiospec.wire.parse import MOST_INTERIM, parse_response

TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PIECES = [
    *(b"HTTP/1.1 200 OK", b"HTTP/1.1 100 ", b"Content-Length:", b"Transfer-Encoding:", b"chunked"),
    *(b"Upgrade: websocket", b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b"5", b"0", b"\x00", b"\xff", b";"),
]
FRAMING_FIELDS = {"content-length", "transfer-encoding", "connection"}

names = st.text(TOKEN, min_size=1, max_size=12).filter(lambda name: name.lower() not in FRAMING_FIELDS)
# field-value of RFC 9110 §5.5 without surrounding white space
values = st.from_regex(
    rb"([\x21-\x7e\x80-\xff]([\t \x21-\x7e\x80-\xff]{0,30}[\x21-\x7e\x80-\xff])?)?", fullmatch=True
)
fields = st.lists(st.tuples(names.map(str.encode), values), max_size=8)


def head(*lines: bytes, start: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join([start, *lines, b"", b""])


def read(octets: bytes, *, to_head: bool = False, closed: bool = False) -> Response:
    found = parse_response(octets, to_head=to_head, closed=closed)
    assert found is not None
    return found


class TestFraming:
    def test_content_length_bounds_the_body(self) -> None:
        assert read(head(b"Content-Length: 2") + b"okmore").body == b"ok"

    def test_what_follows_a_complete_response_is_surplus(self) -> None:
        assert read(head(b"Content-Length: 2") + b"okmore").surplus == b"more"

    def test_the_octets_are_those_of_the_message_alone(self) -> None:
        assert read(head(b"Content-Length: 2") + b"okmore").octets == head(b"Content-Length: 2") + b"ok"

    def test_a_short_body_is_incomplete(self) -> None:
        assert not read(head(b"Content-Length: 3") + b"ok").complete

    def test_a_short_body_is_no_defect_while_the_connection_is_open(self) -> None:
        assert read(head(b"Content-Length: 3") + b"ok").defects == ()

    def test_a_short_body_is_a_defect_once_the_connection_is_closed(self) -> None:
        assert read(head(b"Content-Length: 3") + b"ok", closed=True).defects == (
            "Content-Length is 3 octets, 2 arrived",
        )

    @pytest.mark.parametrize("closed", [True, False])
    def test_without_a_length_the_body_ends_with_the_connection(self, closed: bool) -> None:
        found = read(head() + b"ok", closed=closed)
        assert (found.framing, found.body, found.complete) == (Framing.CLOSE, b"ok", closed)

    @pytest.mark.parametrize("status", [b"101 Switching Protocols", b"204 No Content", b"304 Not Modified"])
    def test_some_statuses_have_no_body_regardless_of_the_fields(self, status: bytes) -> None:
        found = read(head(b"Content-Length: 5", start=b"HTTP/1.1 " + status))
        assert (found.framing, found.complete) == (Framing.NONE, True)

    def test_the_response_to_head_has_no_body_regardless_of_the_fields(self) -> None:
        found = read(head(b"Transfer-Encoding: chunked"), to_head=True)
        assert (found.framing, found.complete) == (Framing.NONE, True)

    def test_a_body_behind_the_answer_to_head_is_surplus(self) -> None:
        assert read(head(b"Content-Length: 2") + b"ok", to_head=True).surplus == b"ok"

    def test_what_follows_a_101_is_no_surplus(self) -> None:
        assert read(head(start=b"HTTP/1.1 101 Switching Protocols") + b"\x81\x00").surplus == b""


class TestChunks:
    CHUNKED = head(b"Transfer-Encoding: chunked")

    @pytest.mark.parametrize(
        ("body", "decoded"),
        [
            (b"0\r\n\r\n", b""),
            (b"2\r\nok\r\n0\r\n\r\n", b"ok"),
            (b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n", b"ok"),
            (b"00A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
            (b"a;name=value\r\n0123456789\r\n0;last\r\n\r\n", b"0123456789"),
            (b'2 ; q="\r"\r\nok\r\n0\r\n\r\n', b"ok"),
        ],
    )
    def test_the_transfer_coding_is_removed(self, body: bytes, decoded: bytes) -> None:
        found = read(self.CHUNKED + body + b"next")
        assert (found.body, found.complete, found.defects, found.surplus) == (decoded, True, (), b"next")

    def test_trailers_are_kept_apart_from_the_header(self) -> None:
        found = read(self.CHUNKED + b"0\r\nX-Sum: 1\r\nSet-Cookie: a=1\r\n\r\n")
        assert (found.trailers.values("x-sum"), found.headers.values("set-cookie")) == ((b"1",), ())

    @pytest.mark.parametrize(
        "size", [b"x", b"-1", b"0x5", b"", b"+5", b" 5", b"1_0", b"f" * 17, "٣".encode()]
    )
    def test_a_size_that_is_not_hexadecimal_ends_the_reading(self, size: bytes) -> None:
        found = read(self.CHUNKED + size + b"\r\nhello\r\n0\r\n\r\n")
        assert (found.complete, found.defects) == (False, (f"a chunk size is not hexadecimal: {size!r}",))

    def test_a_chunk_longer_than_its_size_is_a_defect(self) -> None:
        assert read(self.CHUNKED + b"1\r\nok\r\n0\r\n\r\n").defects == ("a chunk is not followed by CRLF",)

    def test_a_bare_lf_behind_a_size_is_a_defect(self) -> None:
        assert read(self.CHUNKED + b"2\nok\r\n0\r\n\r\n").defects == ("a bare LF ends a chunk size",)

    def test_a_size_beyond_memory_is_only_incomplete(self) -> None:
        assert not read(self.CHUNKED + b"f" * 16 + b"\r\nok").complete

    @pytest.mark.parametrize("cut", range(1, 30))
    def test_every_prefix_is_incomplete(self, cut: int) -> None:
        whole = self.CHUNKED + b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
        assert not read(whole[: len(whole) - min(cut, 23)]).complete


class TestDefects:
    @pytest.mark.parametrize(
        ("octets", "defect"),
        [
            (
                head(b"Content-Length: 2", b"Content-Length: 2") + b"ok",
                "Content-Length occurs more than once",
            ),
            (
                head(b"Content-Length: 2", b"Content-Length: 3") + b"ok",
                "Content-Length occurs with different values",
            ),
            (
                head(b"Content-Length: 2", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
                "both Transfer-Encoding and Content-Length are present",
            ),
            (head(b"Transfer-Encoding: gzip"), "the last transfer coding is 'gzip', not chunked"),
            (
                head(b"Transfer-Encoding: chunked, gzip"),
                "the last transfer coding is 'gzip', not chunked",
            ),
            (head(b"Content-Length: +2"), "Content-Length is not a number: b'+2'"),
            (head(b"Content-Length: 2, 2"), "Content-Length is not a number: b'2, 2'"),
            (head(b"Content-Length: "), "Content-Length is not a number: b''"),
            (head("Content-Length: ٢".encode()), f"Content-Length is not a number: {'٢'.encode()!r}"),
            (head(b"X: a\x00b"), "the value of b'X' has control characters"),
            (head(b"X: a\rb"), "the value of b'X' has control characters"),
            (head(b"X : a"), "a field name is not a token: b'X '"),
            (head(b"X\x00: a"), "a field name is not a token: b'X\\x00'"),
            (head(b": a"), "a field name is not a token: b''"),
            (head(b"no colon"), "a header line has no colon: b'no colon'"),
            (head(b"X: a", b"\tb: c"), "a header line is continued on the next (obs-fold)"),
            (b"HTTP/1.1 200 OK\nX: a\r\n\r\n", "a bare LF ends the start line"),
            (b"HTTP/1.1 200 OK\r\nX: a\n\r\n", "a bare LF ends a header line"),
            (b"HTTP/1.1 200 OK\r\nX: a\r\n\n", "a bare LF ends a header line"),
            (b"HTTP/1.1 200 OK", "the start line never ends"),
            (b"HTTP/1.1 200 OK\r\nX: a", "the header block never ends"),
            (head(start=b"HTTP/1.1  200 OK"), "the status line is malformed: b'HTTP/1.1  200 OK'"),
            (head(start=b"HTTP/2 200"), "the status line is malformed: b'HTTP/2 200'"),
            (head(start=b"\r HTTP/1.1 200 OK"), "the status line is malformed: b'\\r HTTP/1.1 200 OK'"),
            (head(start=b"HTTP/1.1 2000 OK"), "the status line is malformed: b'HTTP/1.1 2000 OK'"),
            (head(start=b"HTTP/1.1 200 O\x00K"), "the status line is malformed: b'HTTP/1.1 200 O\\x00K'"),
        ],
    )
    def test_messages_that_a_strict_parser_refuses_are_read_and_recorded(
        self, octets: bytes, defect: str
    ) -> None:
        assert defect in read(octets).defects

    @pytest.mark.parametrize("reason", [b"", b" ", b" OK", b" No Such\tThing", b" caf\xe9"])
    def test_any_reason_phrase_is_good(self, reason: bytes) -> None:
        assert read(head(start=b"HTTP/1.1 200" + reason)).defects == ()

    def test_a_bare_lf_is_recorded_once(self) -> None:
        assert len(read(b"HTTP/1.1 200 OK\r\nA: 1\nB: 2\nC: 3\n\r\n").defects) == 1

    def test_a_folded_line_is_a_separate_line(self) -> None:
        found = read(head(b"X: a", b"\tSet-Cookie: id=1"))
        assert [line.octets for line in found.headers] == [b"X: a", b"\tSet-Cookie: id=1"]

    def test_the_first_of_two_lengths_bounds_the_body(self) -> None:
        assert read(head(b"Content-Length: 2", b"Content-Length: 3") + b"ok!").body == b"ok"

    def test_transfer_encoding_wins_over_content_length(self) -> None:
        found = read(head(b"Content-Length: 9", b"Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n")
        assert (found.body, found.complete) == (b"ok", True)


class TestInterim:
    def test_an_interim_response_is_skipped(self) -> None:
        assert read(head(start=b"HTTP/1.1 103 Early Hints") + head(b"Content-Length: 0")).status == 200

    def test_octets_of_interim_responses_are_kept(self) -> None:
        octets = head(start=b"HTTP/1.1 100 Continue") + head(b"Content-Length: 0")
        assert read(octets).octets == octets

    def test_an_interim_response_alone_is_no_response(self) -> None:
        assert parse_response(head(start=b"HTTP/1.1 100 Continue")) is None

    def test_too_many_interim_responses_are_a_defect(self) -> None:
        found = read(head(start=b"HTTP/1.1 100 Continue") * (MOST_INTERIM + 1))
        assert (found.status, found.defects) == (100, (f"more than {MOST_INTERIM} interim responses",))

    def test_a_flood_of_interim_responses_is_fast(self) -> None:
        began = time.process_time()
        read(head(start=b"HTTP/1.1 100 Continue") * 200_000)
        assert time.process_time() - began < 1


class TestNothing:
    @pytest.mark.parametrize(
        "octets",
        [b"", b"HTTP", b"HTTP/1.1", b"HTTP/1.1 20", b"SSH-2.0-x\r\n", b"0{}", b"HTTP/1.1 abc\r\n\r\n"],
    )
    def test_octets_without_a_status_line_are_no_response(self, octets: bytes) -> None:
        assert parse_response(octets, closed=True) is None


class TestGenerated:
    @given(st.binary(max_size=200), st.booleans(), st.booleans())
    def test_arbitrary_octets_never_raise(self, octets: bytes, to_head: bool, closed: bool) -> None:
        parse_response(octets, to_head=to_head, closed=closed)

    @given(
        st.lists(
            st.sampled_from(PIECES),
            max_size=20,
        ),
        st.booleans(),
    )
    def test_pieces_of_responses_never_raise(self, pieces: list[bytes], closed: bool) -> None:
        parse_response(b"".join(pieces), closed=closed)

    @given(fields, st.binary(max_size=60), st.sampled_from(["length", "chunked", "close"]))
    def test_a_response_of_h11_is_read_as_it_was_made(
        self, lines: list[tuple[bytes, bytes]], body: bytes, framing: str
    ) -> None:
        octets = made_by_h11(lines, body, framing)
        found = read(octets, closed=True)
        assert (found.defects, found.complete, found.octets, found.body) == ((), True, octets, body)
        assert [(line.name, line.value) for line in found.headers][: len(lines)] == lines

    @given(fields, st.binary(max_size=60), st.data())
    def test_a_prefix_is_never_complete(
        self, lines: list[tuple[bytes, bytes]], body: bytes, data: st.DataObject
    ) -> None:
        octets = made_by_h11(lines, body, "chunked")
        found = parse_response(octets[: data.draw(st.integers(0, len(octets) - 1))], closed=True)
        assert found is None or not found.complete


def made_by_h11(lines: list[tuple[bytes, bytes]], body: bytes, framing: str) -> bytes:
    """The octets h11 writes for a response with these fields."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    server.next_event()
    server.next_event()
    ends = {
        "length": [(b"Content-Length", b"%d" % len(body))],
        "chunked": [(b"Transfer-Encoding", b"chunked")],
        "close": [(b"Connection", b"close")],
    }[framing]
    written = [
        server.send(h11.Response(status_code=200, reason=b"OK", headers=[*lines, *ends])),
        server.send(h11.Data(data=body)),
        server.send(h11.EndOfMessage()),
    ]
    octets = b"".join(part or b"" for part in written)
    # h11 as an HTTP/1.1 server chunks a body without length, so the unframed form is made from the framed one.
    return made_until_close(lines, body) if framing == "close" else octets


def made_until_close(lines: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A response without framing, as h11 writes it for a client of HTTP/1.0."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    server.next_event()
    server.next_event()
    written = [
        server.send(h11.Response(status_code=200, reason=b"OK", headers=lines)),
        server.send(h11.Data(data=body)),
        server.send(h11.EndOfMessage()),
    ]
    return b"".join(part or b"" for part in written)
