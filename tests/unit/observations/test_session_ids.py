"""How predictable session ids look: no false alarm for those in use, a finding for predictable ones."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

import pytest
from handmade import OPEN, answer, exchange_of
from hypothesis import given, settings
from hypothesis import strategies as st

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.evidence import recording
from eiospec.observations.handshake import Handshake
from eiospec.observations.session_ids import (
    Issued,
    entropy,
    given_again,
    kinship,
    sample_of,
    shortfall,
    unsafe,
)

# random · how many sessions were before · which session of the sample
Make = Callable[[random.Random, int, int], str]

ALPHANUMERIC = string.ascii_letters + string.digits
CROCKFORD = string.digits + "ABCDEFGHJKMNPQRSTVWXYZ"


def base64id(source: random.Random, start: int, number: int) -> str:
    """As engine.io: twelve random octets, three of a counter."""
    octets = source.randbytes(12) + ((start + number) % 2**24).to_bytes(3, "big")
    return base64.urlsafe_b64encode(octets).decode()


def uuid_4(source: random.Random, start: int, number: int) -> str:
    del start, number
    text = f"{source.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{source.choice('89ab')}{text[17:20]}-{text[20:]}"


def ulid(source: random.Random, start: int, number: int) -> str:
    """Ten characters of the clock, eight sessions a millisecond; sixteen of 80 random bits."""
    value = ((1_700_000_000_000 + start + number // 8) << 80) | source.getrandbits(80)
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


RANDOM: dict[str, Make] = {
    "base64id": base64id,
    "UUIDv4": uuid_4,
    "ULID": ulid,
    "32 hexadecimal digits": lambda source, _start, _number: f"{source.getrandbits(128):032x}",
    "64 bits in hexadecimal digits": lambda source, _start, _number: f"{source.getrandbits(64):016x}",
    "64 bits in decimal digits": lambda source, _start, _number: str(source.getrandbits(64)),
    "64 bits one by one": lambda source, _start, _number: f"{source.getrandbits(64):064b}",
    "66 bits in base64": lambda source, _start, _number: base64.urlsafe_b64encode(
        source.randbytes(9)
    ).decode()[:11],
    "20 alphanumerics": lambda source, _start, _number: "".join(source.choices(ALPHANUMERIC, k=20)),
    "a prefix for all": lambda source, _start, _number: f"session-{source.getrandbits(96):024x}",
}
SHORT: dict[str, Make] = {
    "8 hexadecimal digits": lambda source, _start, _number: f"{source.getrandbits(32):08x}",
    "the same 8 digits four times": lambda source, _start, _number: 4 * f"{source.getrandbits(32):08x}",
    "a number below a million": lambda source, _start, _number: f"{source.randrange(10**6):020d}",
    "Math.random in base 36": lambda source, _start, _number: "".join(
        source.choices(string.digits + string.ascii_lowercase, k=10)
    ),
}
DERIVED: dict[str, Make] = {
    "a counter": lambda _source, start, number: str(start + number),
    "a counter behind zeros": lambda _source, start, number: f"{start + number:020d}",
    "a counter backwards": lambda _source, start, number: f"{start + number:020x}"[::-1],
    "a counter in base64": lambda _source, start, number: base64.urlsafe_b64encode(
        (start + number).to_bytes(15, "big")
    ).decode(),
    "a fixed stride": lambda _source, start, number: f"{start + 7919 * number:016d}",
    "a stride that changes every digit": lambda _source, start, number: (
        f"{(start + 0x9E3779B97F4A7C15 * number) % 2**64:016x}"
    ),
    "a clock in microseconds": lambda source, start, number: str(
        1_700_000_000_000_000 + start + 700 * number + source.randrange(500)
    ),
    "a counter behind a random part of eight workers": lambda _source, start, number: (
        f"{random.Random(start + number % 8).getrandbits(128):032x}{number:06x}"
    ),
}
SOME = settings(max_examples=20, deadline=None)
seeds, starts = st.integers(0, 2**32), st.integers(1, 2**23)


def sample(make: Make, seed: int, start: int) -> list[str]:
    """Return a hundred ids in no order, with gaps left by other clients."""
    source = random.Random(seed)
    ids = [make(source, start, number) for number in range(120)]
    source.shuffle(ids)
    return list(dict.fromkeys(ids))[:100]


@pytest.mark.parametrize("kind", RANDOM)
@SOME
@given(seed=seeds, start=starts)
def test_no_alarm_for_random_ids(kind: str, seed: int, start: int) -> None:
    ids = sample(RANDOM[kind], seed, start)
    assert (shortfall(ids), kinship(ids)) == ("", "")


@pytest.mark.parametrize("kind", SHORT)
@SOME
@given(seed=seeds, start=starts)
def test_too_little_randomness_shows(kind: str, seed: int, start: int) -> None:
    assert shortfall(sample(SHORT[kind], seed, start)).startswith("about ")


@pytest.mark.parametrize("kind", DERIVED)
@SOME
@given(seed=seeds, start=starts)
def test_what_leads_from_one_to_the_next_shows(kind: str, seed: int, start: int) -> None:
    assert kinship(sample(DERIVED[kind], seed, start)) != ""


@SOME
@given(seed=seeds, start=starts)
def test_entropy_is_what_was_put_in(seed: int, start: int) -> None:
    assert entropy(sample(RANDOM["32 hexadecimal digits"], seed, start)) == pytest.approx(128, abs=3)


@given(ids=st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1), min_size=2))
def test_any_text_is_looked_at(ids: list[str]) -> None:
    assert isinstance(kinship(ids), str)
    assert entropy(ids) >= 0


def test_long_ids_are_looked_at_in_bounds() -> None:
    source = random.Random(1)
    ids = ["".join(source.choices(ALPHANUMERIC, k=7000)) for _ in range(100)]
    assert (shortfall(ids), kinship(ids)) == ("", "")


def handshake(sid: str, number: int = 1) -> Handshake:
    """A handshake that gave this id."""
    body = OPEN.replace(b"lv_VI97HAXpY6yYWAAAB", sid.encode())
    return Handshake("polling", exchange_of(answer(body), id=str(number)))


class TestIssued:
    def test_an_id_given_twice_is_named(self) -> None:
        issued = Issued((handshake("one"), handshake("two"), handshake("one")))
        assert given_again(issued) == ["“one” 2 times"]

    def test_and_the_exchanges_are_the_evidence(self) -> None:
        issued = Issued(tuple(handshake(sid, number) for number, sid in enumerate(("two", "one", "one"))))
        with recording() as evidence:
            given_again(issued)
        assert evidence.exchanges == tuple(one.exchange for one in issued.handshakes[1:])

    def test_different_ids_are_no_finding(self) -> None:
        assert given_again(Issued((handshake("one"), handshake("two")))) == []

    @pytest.mark.parametrize("sid", ["lv_VI97HAXpY6yYWAAAB", "a.b~c-d_e", "custom-1"])
    def test_safe_characters(self, sid: str) -> None:
        assert unsafe(Issued((handshake(sid),))) == []

    @pytest.mark.parametrize("sid", ["a+b", "a/b", "a=", "{a}", "a;b", "é"])
    def test_others(self, sid: str) -> None:
        assert len(unsafe(Issued((handshake(sid),)))) == 1

    def test_a_small_sample_says_nothing(self) -> None:
        with pytest.raises(Blocked, match="only 3 handshakes"):
            sample_of([handshake(sid) for sid in ("one", "two", "three") * 20])

    def test_a_small_crowd_was_asked_for(self) -> None:
        with pytest.raises(NotApplicable, match="--crowd 50"):
            sample_of([handshake(sid) for sid in ("one", "two", "three")])
