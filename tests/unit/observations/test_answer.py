"""One answer: nothing that is missing is ever taken for an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from handmade import OPEN, answer, exchange_of

from eiospec.errors import Blocked, Broken, Shortfall
from eiospec.observations.answer import SHOWN, Answer, Answers, describe, show
from eiospec.observations.evidence import recording
from eiospec.wire.exchange import NEVER_CONNECTED, End

ASKED: dict[str, Callable[[Answer], object]] = {
    "response": lambda found: found.response,
    "status": lambda found: found.status,
    "headers": lambda found: found.headers,
    "body": lambda found: found.body,
    "refused": lambda found: found.refused,
    "media type": lambda found: found.media_type,
    "charset": lambda found: found.charset,
    "set-cookies": lambda found: found.set_cookies,
    "cookies named": lambda found: found.cookies_named("io"),
    "packets": lambda found: found.packets,
    "error": lambda found: found.error,
}


def answer_of(response: bytes | None, end: End = End.CLIENT) -> Answer:
    return Answer(exchange_of(response, end=end))


class TestNothing:
    @pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
    @pytest.mark.parametrize("end", sorted(NEVER_CONNECTED))
    def test_what_never_connected_is_broken(self, asked: Callable[[Answer], object], end: End) -> None:
        with pytest.raises(Broken, match="no connection for “handshake”"):
            asked(answer_of(None, end))

    @pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
    @pytest.mark.parametrize("end", sorted(set(End) - NEVER_CONNECTED))
    def test_no_response_is_a_shortfall(self, asked: Callable[[Answer], object], end: End) -> None:
        with pytest.raises(Shortfall, match="expected an HTTP response; observed no octet after"):
            asked(answer_of(None, end))

    def test_no_session_is_opened_by_silence(self) -> None:
        assert not answer_of(None, End.TIMEOUT).opens_a_session

    def test_without_a_connection_it_is_unknown_whether_a_session_was_opened(self) -> None:
        with pytest.raises(Broken):
            _ = answer_of(None, End.REFUSED).opens_a_session


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "refused"), [(b"399", False), (b"400", True), (b"499", True), (b"500", False)]
    )
    def test_a_4xx_refuses(self, status: bytes, refused: bool) -> None:
        assert answer_of(answer(status=status)).refused is refused

    @pytest.mark.parametrize(
        ("line", "media_type", "charset"),
        [
            (b'Content-Type: Text/Plain; Charset="UTF-8"', "text/plain", "utf-8"),
            (b"content-type:text/plain;x=y;charset=utf-8 ", "text/plain", "utf-8"),
            (b"Content-Type: text/plain", "text/plain", ""),
            (b"X: y", "", ""),
        ],
    )
    def test_media_type_and_charset_are_lower_case(self, line: bytes, media_type: str, charset: str) -> None:
        found = answer_of(answer(b"", line))
        assert (found.media_type, found.charset) == (media_type, charset)

    def test_every_set_cookie_line_is_read_in_order(self) -> None:
        found = answer_of(answer(b"", b"Set-Cookie: io=1", b"set-cookie: Io=2", b"Set-Cookie: io=3"))
        assert [cookie.value for cookie in found.set_cookies] == ["1", "2", "3"]

    def test_cookie_names_are_case_sensitive(self) -> None:
        found = answer_of(answer(b"", b"Set-Cookie: io=1", b"Set-Cookie: Io=2"))
        assert [cookie.value for cookie in found.cookies_named("Io")] == ["2"]

    def test_packets_are_split_at_the_separator(self) -> None:
        assert answer_of(answer(b"2\x1e4a")).packets == ("2", "4a")

    def test_packets_that_are_not_utf_8_are_a_shortfall(self) -> None:
        with pytest.raises(Shortfall, match="a payload in UTF-8"):
            _ = answer_of(answer(b"4\xff")).packets

    @pytest.mark.parametrize(("body", "opens"), [(OPEN, True), (b"{}", False), (b"", False), (b"0", False)])
    def test_a_session_is_opened_by_an_open_packet(self, body: bytes, opens: bool) -> None:
        assert answer_of(answer(body)).opens_a_session is opens

    def test_an_error_is_a_json_object(self) -> None:
        assert answer_of(answer(b'{"code":1,"message":"x"}')).error == {"code": 1, "message": "x"}

    @pytest.mark.parametrize("body", [b"", b"Bad Request", b"[1]", b'"code"', b"{", b"\xff", b"null"])
    def test_another_body_is_no_error(self, body: bytes) -> None:
        with pytest.raises(Shortfall, match="a JSON object with code and message"):
            _ = answer_of(answer(body)).error

    @pytest.mark.parametrize("end", End)
    def test_only_a_close_or_a_reset_is_the_targets(self, end: End) -> None:
        assert answer_of(answer(), end).closed_by_target is (end in (End.TARGET, End.RESET))


class TestWords:
    def test_octets_are_shown_escaped(self) -> None:
        assert show(b"a\r\n\x1b\xff") == "“a\\r\\n\\x1b\\xff”"

    def test_long_octets_are_cut_and_counted(self) -> None:
        assert show(b"x" * (SHOWN + 1)) == f"“{'x' * SHOWN}” … ({SHOWN + 1} octets)"

    def test_an_answer_is_described_by_status_size_and_kind(self) -> None:
        exchange = exchange_of(answer(b"ok", b"Content-Type: text/html"))
        assert describe(exchange) == "200 with 2 octets of text/html"

    def test_silence_is_described_by_its_end(self) -> None:
        exchange = exchange_of(None, end=End.RESET, end_detail="by peer")
        assert describe(exchange) == "no octet after 0.0 s (reset by the target: by peer)"

    def test_a_response_that_is_not_http_is_described_as_such(self) -> None:
        assert describe(exchange_of(b"SSH-2.0\r\n")).startswith("nothing that is an HTTP response after")


class TestAnswers:
    @pytest.fixture
    def answers(self) -> Answers:
        labels = ("EIO=2", "EIO=3", "no EIO")
        return Answers(
            {label: Answer(exchange_of(answer(), id=label)) for label in labels}, "no {label} here"
        )

    def test_answers_taken_by_label_are_the_evidence(self, answers: Answers) -> None:
        with recording() as evidence:
            _ = answers["EIO=3"], answers["no EIO"], answers["EIO=3"]
        assert [exchange.id for exchange in evidence.exchanges] == ["EIO=3", "no EIO"]

    def test_a_missing_label_blocks_with_its_reason(self, answers: Answers) -> None:
        assert "EIO=5" not in answers
        with pytest.raises(Blocked, match="no EIO=5 here"):
            answers["EIO=5"]

    def test_labels_are_found_by_their_beginning(self, answers: Answers) -> None:
        assert list(answers.labelled("EIO=")) == ["EIO=2", "EIO=3"]
