"""Exchanges out of a document: as they were, or veiled where the document does not have them."""

from __future__ import annotations

import json

import pytest
from handmade import OPEN, SWITCHING, answer, exchange_of, text
from msgspec import UNSET

from eiospec.cookies.grammar import COOKIE_VALUE, PAIR_LENGTH, read
from eiospec.errors import NotRecorded
from eiospec.observations.answer import describe
from eiospec.replay.exchanges import Filler, stand_in
from eiospec.replay.exchanges import exchange_of as restored
from eiospec.replay.typed import Unreadable
from eiospec.reports import shape
from eiospec.reports.model import document
from eiospec.reports.shape import KEPT
from eiospec.verdicts import Recorded, Recording, Run
from eiospec.wire.exchange import End, Exchange

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def kept(exchange: Exchange, *observed: object) -> shape.Report:
    """The report of a run with this one exchange, through JSON text."""
    recording = Recording({}, None, observations=tuple(Recorded("tour", "", "seen", one) for one in observed))
    run = Run("1", "http://127.0.0.1", "", 0, {}, (), (), (), (), (exchange,), 0, recording=recording)
    return shape.decoded(json.loads(json.dumps(document(run))))


def again(exchange: Exchange) -> Exchange:
    made = kept(exchange)
    assert made.recording is not UNSET
    return restored(made.exchanges[0], Filler(made.recording.masked))


@pytest.mark.parametrize(
    "exchange",
    [
        exchange_of(answer(OPEN)),
        exchange_of(answer(OPEN, b"X-Folded: a", b"\tb", b"x-LOWER:c ")),
        exchange_of(CHUNKED),
        exchange_of(INTERIM + answer(OPEN)),
        exchange_of(b"HTTP/1.1 200 OK\nContent-Length: 9\n\nshort"),
        exchange_of(answer(b"") + b"surplus"),
        exchange_of(b"HTTP/1.1 200 OK\r\n\r\nto the end", end=End.TARGET),
        exchange_of(b"HTTP/1.1 204 No Content\r\n\r\n"),
        exchange_of(SWITCHING, frames=(text(OPEN), text(b"40", by_target=False)), after=b"\x88"),
        exchange_of(None, end=End.RESET, end_detail="gone"),
        exchange_of(answer(OPEN, b"X-Odd: " + bytes(range(0x80, 0x100)))),
    ],
)
def test_an_exchange_is_restored(exchange: Exchange) -> None:
    assert again(exchange) == exchange


def cookie(value: bytes) -> Exchange:
    return exchange_of(answer(OPEN, b"Set-Cookie: s=" + value + b"; Path=/"))


class TestAMaskedCookie:
    @pytest.mark.parametrize(
        "value", [b"secret value", b"secret\x01value", b'secret"value', b"secret,\\value"]
    )
    def test_breaks_the_grammar_that_the_secret_broke(self, value: bytes) -> None:
        (line,) = again(cookie(value)).response.headers.values("set-cookie")  # type: ignore[union-attr]
        assert read(line).breaches_of(COOKIE_VALUE)

    def test_is_as_long_as_the_secret(self) -> None:
        (line,) = again(cookie(4096 * b"s")).response.headers.values("set-cookie")  # type: ignore[union-attr]
        assert read(line).breaches_of(PAIR_LENGTH)

    def test_breaks_nothing_that_the_secret_did_not_break(self) -> None:
        (line,) = again(cookie(b"a-secret")).response.headers.values("set-cookie")  # type: ignore[union-attr]
        assert read(line).breaches == ()

    def test_is_the_same_in_an_observation_however_short(self) -> None:
        made = kept(cookie(b"no"), "x=1; s=no", "s=now", "as=no")
        (line,) = restored(made.exchanges[0], Filler({})).response.headers.values("set-cookie")  # type: ignore[union-attr]
        assert made.observations is not UNSET
        said = [one.what for one in made.observations]
        assert said == [f"x=1; s={read(line).value}", "s=now", "as=no"]


class TestAVeil:
    def test_hides_a_body_that_was_cut(self) -> None:
        seen = again(exchange_of(answer(2 * KEPT * b"x"))).response
        assert seen is not None
        with pytest.raises(NotRecorded, match="the transcript has no octets of exchange 1's response beyond"):
            assert seen.body

    def test_leaves_the_header_section(self) -> None:
        seen = again(exchange_of(answer(2 * KEPT * b"x", b"X-Here: yes"))).response
        assert seen is not None
        assert seen.headers.text("x-here") == "yes"

    def test_hides_a_header_section_that_was_cut(self) -> None:
        seen = again(exchange_of(answer(OPEN, b"X-Long: " + 2 * KEPT * b"x"))).response
        assert seen is not None
        with pytest.raises(NotRecorded):
            seen.headers.values("content-length")

    def test_knows_how_long_the_body_was(self) -> None:
        exchange = exchange_of(answer(2 * KEPT * b"x"))
        assert describe(again(exchange)) == describe(exchange)

    def test_hides_a_body_with_a_secret(self) -> None:
        exchange = exchange_of(answer(b"it is s3cr3t-value", b"Set-Cookie: s=s3cr3t-value"))
        seen = again(exchange).response
        assert seen is not None
        with pytest.raises(NotRecorded, match="unmasked body"):
            assert seen.body

    def test_hides_a_frame_with_a_secret(self) -> None:
        switching = SWITCHING[:-2] + b"Set-Cookie: s=s3cr3t-value\r\n\r\n"
        seen = again(exchange_of(switching, frames=(text(b"s3cr3t-value"), text(b"40"))))
        with pytest.raises(NotRecorded, match="payload of a frame"):
            assert seen.frames[0].payload
        assert seen.frames[1].payload == b"40"

    def test_hides_a_field_that_equals_a_secret(self) -> None:
        seen = again(
            exchange_of(answer(OPEN, b"Set-Cookie: s=secret-one", b"X-Same: secret-one", b"X-Other: 1"))
        )
        assert seen.response is not None
        assert seen.response.headers.values("x-other") == (b"1",)
        for look in (lambda headers: headers.values("x-same"), list):
            with pytest.raises(NotRecorded, match="unmasked header section"):
                look(seen.response.headers)

    def test_hides_an_attribute_that_equals_a_secret(self) -> None:
        seen = again(exchange_of(answer(OPEN, b"Set-Cookie: s=Strict; SameSite=Strict")))
        assert seen.response is not None
        with pytest.raises(NotRecorded):
            seen.response.headers.values("set-cookie")

    def test_can_be_kept_in_a_set(self) -> None:
        assert len({again(exchange_of(answer(2 * KEPT * b"x")))}) == 1


def test_a_stand_in_has_the_length_and_the_odd_octets() -> None:
    assert stand_in("masked:00000000", 20, ' "') == 'masked:00000000 "xxx'


def test_stand_ins_do_not_fill_the_memory() -> None:
    fill = Filler({"masked:00000000": (262144, "")})
    with pytest.raises(Unreadable):
        fill(4096 * "masked:00000000 ")
