"""Generated values: valid ones are accepted, and a single invalid octet is found."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from eiospec.cookies import abnf, grammar
from eiospec.cookies.grammar import read, unquote

# The productions a second time and in another form, sets of characters: the test must not repeat the code.
TOKEN = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters
COOKIE_OCTETS = "".join(chr(octet) for octet in range(0x21, 0x7F) if chr(octet) not in '",;\\')
AV_OCTETS = "".join(chr(octet) for octet in range(0x20, 0x7F) if chr(octet) != ";")
NOW = datetime(2026, 11, 23, tzinfo=UTC)

names = st.text(TOKEN, min_size=1, max_size=20)
plain_values = st.text(COOKIE_OCTETS, max_size=40)
values = st.one_of(plain_values, plain_values.map(lambda value: f'"{value}"'))
labels = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?", fullmatch=True)
dates = st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(2027, 12, 1)).map(
    lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
)
KNOWN = {"expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned"}


def in_any_case(literal: str) -> SearchStrategy[str]:
    return st.sampled_from([literal, literal.lower(), literal.upper()])


def av(literal: str, value: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.builds("{}={}".format, in_any_case(literal), value)


def extension_avs() -> SearchStrategy[str]:
    text = st.text(AV_OCTETS, min_size=1, max_size=30)
    return text.filter(lambda av: av == av.strip() and av.partition("=")[0].strip().lower() not in KNOWN)


known_avs = st.tuples(
    av("Expires", dates),
    av("Max-Age", st.integers(min_value=1, max_value=34560000).map(str)),
    av("Domain", st.lists(labels, min_size=1, max_size=4).map(".".join)),
    av("Path", st.text(AV_OCTETS, max_size=20).map(lambda path: "/" + path.strip())),
    in_any_case("Secure"),
    in_any_case("HttpOnly"),
    av("SameSite", st.sampled_from(["Strict", "Lax", "None"])),
).flatmap(lambda all_of_them: st.lists(st.sampled_from(all_of_them), unique=True))


@st.composite
def set_cookie_strings(draw: st.DrawFn) -> str:
    avs = draw(known_avs) + draw(
        st.lists(extension_avs(), max_size=2, unique_by=lambda av: av.partition("=")[0].strip().lower())
    )
    return "; ".join([f"{draw(names)}={draw(values)}", *draw(st.permutations(avs))])


@given(set_cookie_strings())
def test_generated_set_cookie_strings_break_no_rule(text: str) -> None:
    assert read(text.encode("latin-1"), NOW).breaches == ()


@given(names, values, st.lists(extension_avs(), max_size=3))
def test_name_value_and_attributes_come_back_as_they_were_written(
    name: str, value: str, avs: list[str]
) -> None:
    cookie = read("; ".join([f"{name}={value}", *avs]).encode("latin-1"))
    assert (cookie.name, cookie.value) == (name, value)
    assert [attribute.octets.decode("latin-1") for attribute in cookie.attributes] == [f" {av}" for av in avs]


@given(names, st.data())
def test_an_octet_that_no_token_has_is_found_in_the_name(name: str, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(name) - 1))
    bad = draw.draw(st.characters(max_codepoint=255).filter(lambda octet: octet not in TOKEN + "=;"))
    mutated = name[:at] + bad + name[at + 1 :]
    assume(mutated.strip(" \t"))  # a name of white space alone is empty, and said to be
    breaches = read(f"{mutated}=1".encode("latin-1")).breaches_of(grammar.COOKIE_NAME)
    assert [breach.octet for breach in breaches] == [at]


@given(st.text(COOKIE_OCTETS, min_size=1), st.booleans(), st.data())
def test_an_octet_that_is_no_cookie_octet_is_found_in_the_value(
    value: str, quoted: bool, draw: st.DataObject
) -> None:
    at = draw.draw(st.integers(0, len(value) - 1))
    bad = draw.draw(st.characters(max_codepoint=255).filter(lambda octet: octet not in COOKIE_OCTETS + ';"'))
    mutated = value[:at] + bad + value[at + 1 :]
    text = f'a="{mutated}"' if quoted else f"a={mutated}"
    breaches = read(text.encode("latin-1")).breaches_of(grammar.COOKIE_VALUE)
    assert [breach.octet for breach in breaches] == [2 + quoted + at]


@given(set_cookie_strings(), st.data())
def test_a_control_character_or_a_high_octet_is_found_at_any_position(text: str, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(text) - 1))
    bad = draw.draw(
        st.characters(max_codepoint=255).filter(lambda octet: not " " <= octet <= "~" and octet != "\t")
    )
    mutated = text[:at] + bad + text[at + 1 :]
    breaches = read(mutated.encode("latin-1")).breaches_of(grammar.US_ASCII)
    assert [breach.octet for breach in breaches] == [at]


@given(set_cookie_strings(), st.data())
def test_an_attribute_written_twice_is_found(text: str, draw: st.DataObject) -> None:
    avs = text.split("; ")[1:]
    assume(any(av.partition("=")[0].strip() for av in avs))
    twice = draw.draw(st.sampled_from([av for av in avs if av.partition("=")[0].strip()]))
    breaches = read(f"{text}; {twice}".encode("latin-1")).breaches_of(grammar.DUPLICATE_ATTRIBUTE)
    assert [breach.octet for breach in breaches] == [len(text) + 2]


PIECES = (
    '=|;| |\t|,|"|a|Path|Domain|Expires|Max-Age|Secure|SameSite|/|.|-|0|9999999999999999999|\xff|\0|1 May 26'
)
hostile = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES.encode("latin-1").split(b"|")), max_size=30).map(b"".join),
)


@given(hostile)
def test_arbitrary_octets_are_read_and_every_breach_lies_in_them(value: bytes) -> None:
    cookie = read(value, NOW)
    assert all(0 <= breach.octet <= len(value) for breach in cookie.breaches)


@given(hostile)
def test_the_pattern_and_the_rules_agree_on_set_cookie_strings(value: bytes) -> None:
    parts = [grammar.COOKIE_NAME, grammar.COOKIE_VALUE, grammar.SEPARATOR, grammar.US_ASCII]
    whole = abnf.SET_COOKIE_STRING.fullmatch(value.decode("latin-1"))
    refused = read(value).breaches_of(*parts, lint=False)
    around_equals = [
        breach for breach in refused if 'before "="' in breach.sentence or 'behind "="' in breach.sentence
    ]
    assert bool(whole) == (len(refused) == len(around_equals))


@given(hostile)
def test_the_octets_of_the_attributes_make_up_the_value(value: bytes) -> None:
    cookie = read(value)
    assert all(
        value[attribute.offset : attribute.offset + len(attribute.octets)] == attribute.octets
        for attribute in cookie.attributes
    )


@given(hostile)
def test_folding_is_looked_for_in_any_octets(value: bytes) -> None:
    assert all("=" in pair for pair in grammar.folded_pairs(value))


@given(names, values, names, values)
def test_two_cookies_folded_into_one_value_are_found(name: str, value: str, other: str, second: str) -> None:
    folded = f"{name}={value},{other}={second}".encode("latin-1")
    assert grammar.folded_pairs(folded) == (f"{other}={second}",)


@given(set_cookie_strings())
def test_one_cookie_without_a_comma_is_never_folded(text: str) -> None:
    assert grammar.folded_pairs(text.replace(",", "").encode("latin-1")) == ()


@given(st.text())
def test_percent_encoding_is_reversed(text: str) -> None:
    assert unquote(quote(text, safe="")) == text
