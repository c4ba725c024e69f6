"""How hostile requests were received, from hand-made exchanges."""

from __future__ import annotations

import pytest
from handmade import OPEN, SWITCHING, answer, exchange_of, text

from eiospec.errors import Broken
from eiospec.observations.answer import Answer
from eiospec.observations.hostile import (
    ACCEPTED_AND_CLOSED,
    REFUSED,
    SERVED,
    cut_off,
    failing,
    reception,
    reflected,
    refuses_length,
    rendering,
    troubled,
)
from eiospec.wire.exchange import End, Exchange

UPGRADE = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
MARKUP = "<svg/onload=eiospec>"
NEITHER = "101 and then neither an open packet nor the answer to a probe"


def streamed(*payloads: bytes) -> Exchange:
    """Return an accepted opening handshake with the frames of the target."""
    return exchange_of(SWITCHING, request=UPGRADE, frames=tuple(text(one) for one in payloads))


def error(status: bytes, body: bytes = b"", *lines: bytes) -> Exchange:
    """An answer with that status."""
    return exchange_of(answer(body, *lines, status=status))


@pytest.mark.parametrize(
    ("exchange", "seen"),
    [
        (exchange_of(answer(OPEN)), SERVED),
        (streamed(OPEN), SERVED),
        (streamed(b"3probe"), SERVED),
        (error(b"400 Bad Request"), REFUSED),
        (error(b"431 Too Large"), REFUSED),
        (error(b"500 Internal Server Error"), "500 with 0 octets"),
        (exchange_of(answer(b"ok")), "200 with 2 octets"),
        (streamed(), NEITHER),
        (streamed(b"6"), NEITHER),
        (exchange_of(SWITCHING, request=UPGRADE, end=End.TARGET), ACCEPTED_AND_CLOSED),
        (exchange_of(SWITCHING, request=UPGRADE, frames=(text(b"6"),), end=End.TARGET), NEITHER),
        (exchange_of(None, end=End.TARGET), "no answer, closed by the target"),
        (exchange_of(None, end=End.TIMEOUT), "no answer, nothing more came in time; closed by us"),
    ],
)
def test_reception(exchange: Exchange, seen: str) -> None:
    assert reception(Answer(exchange)) == seen


def test_what_never_got_there_is_no_reception() -> None:
    with pytest.raises(Broken):
        reception(Answer(exchange_of(None, end=End.REFUSED)))


def test_only_answers_that_neither_serve_nor_refuse_are_trouble() -> None:
    answers = {"a": Answer(exchange_of(answer(OPEN))), "b": Answer(error(b"502 Bad Gateway"))}
    assert troubled(answers) == ["b: 502 with 0 octets"]


def test_failing_is_5xx_and_silence() -> None:
    exchanges = {
        "served": exchange_of(answer(b"anything")),
        "refused": error(b"404 Not Found"),
        "failed": error(b"500 Internal Server Error"),
        "silent": exchange_of(None, end=End.RESET),
    }
    found = failing({label: Answer(exchange) for label, exchange in exchanges.items()})
    assert [label.partition(":")[0] for label in found] == ["failed", "silent"]


def test_cut_off_is_closing_without_an_answer() -> None:
    answers = {
        "closed": Answer(exchange_of(None, end=End.TARGET)),
        "reset": Answer(exchange_of(None, end=End.RESET)),
        "silent": Answer(exchange_of(None, end=End.TIMEOUT)),
        "refused": Answer(error(b"400 Bad Request")),
    }
    assert cut_off(answers) == ["closed", "reset"]


@pytest.mark.parametrize(
    ("exchange", "refuses"),
    [
        (error(b"431 Too Large"), True),
        (error(b"413 Too Large"), True),
        (error(b"403 Forbidden"), False),
        (error(b"500 Internal Server Error"), False),
        (exchange_of(None, end=End.RESET), True),
        (exchange_of(None, end=End.TARGET), True),
        (exchange_of(None, end=End.TIMEOUT), False),
    ],
)
def test_too_long(exchange: Exchange, refuses: bool) -> None:
    assert refuses_length(Answer(exchange)) is refuses


@pytest.mark.parametrize("value", [b"a\0b", b"a\rInjected: 1", b"a\nInjected: 1"])
def test_control_characters_that_come_back(value: bytes) -> None:
    assert len(reflected({"a": Answer(exchange_of(answer(OPEN, b"X-Seen: " + value)))})) == 1


@pytest.mark.parametrize("value", [b"a b", b"a", b"\xff"])
def test_those_that_do_not(value: bytes) -> None:
    assert reflected({"a": Answer(exchange_of(answer(OPEN + b"\n\0", b"X-Seen: " + value)))}) == []


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        (b"Content-Type: text/html", b"<p><SVG/onload=eiospec>", 1),
        (b"Content-Type: image/svg+xml; charset=utf-8", MARKUP.encode(), 1),
        (b"X-Other: 1", MARKUP.encode(), 1),
        (b"Content-Type: application/json", MARKUP.encode(), 0),
        (b"Content-Type: text/plain", MARKUP.encode(), 0),
        (b"Content-Type: text/html", b"&lt;svg/onload=eiospec&gt;", 0),
    ],
)
def test_markup_in_errors(kind: bytes, body: bytes, found: int) -> None:
    assert len(rendering({"a": Answer(error(b"400 Bad Request", body, kind))}, MARKUP)) == found


def test_a_page_that_is_no_error_is_not_looked_at() -> None:
    page = exchange_of(answer(MARKUP.encode(), b"Content-Type: text/html"))
    assert rendering({"a": Answer(page)}, MARKUP) == []
