"""A string written as TOML is read back as it was."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from eiospec.target.toml import BadToml, decode, parse, quoted


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_back(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_fits_on_one_line_and_moves_no_cursor(text: str) -> None:
    assert quoted(text).isprintable()


@pytest.mark.parametrize("text", ["“é”", 'a="b"', "\\r\\n"])
def test_printable_text_stays_readable(text: str) -> None:
    assert quoted(text).replace("\\\\", "\\").replace('\\"', '"') == f'"{text}"'


def test_half_a_character_has_no_escape() -> None:
    assert tomllib.loads(f"a = {quoted(chr(0xD800))}") == {"a": "?"}


class Leaf(Struct, frozen=True, forbid_unknown_fields=True):
    word: str = ""
    kind: Literal["one", "two"] = "one"
    size: Annotated[float, Meta(gt=0, description="a number greater than 0")] = 1


class Root(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    leaf: Leaf = Leaf()
    leaves: list[Leaf] = []
    free: dict[str, str] = {}
    either: bool | list[str] = False


MISTAKES = {
    "name = 1": "name is 1; allowed is a string",
    "": "name is missing",
    "name = 'x'\nnam = 1": "nam is unknown: did you mean name?",
    "name = 'x'\nzzz = 1": "zzz is unknown: allowed are name, leaf, leaves, free, either",
    "name = 'x'\nleaf = 1": "leaf is 1; allowed is a table: write [leaf]",
    "name = 'x'\nleaf.wrod = 1": "leaf.wrod is unknown: did you mean word?",
    "name = 'x'\nleaf.kind = 'three'": "leaf.kind is 'three'; allowed is 'one' or 'two'",
    "name = 'x'\nleaf.size = nan": "leaf.size is nan; allowed is a number greater than 0",
    "name = 'x'\nleaves = [{}, {size = true}]": "leaves[1].size is true; allowed is a number greater than 0",
    "name = 'x'\nfree = {a = 'b', c = 1}": "free.c is 1; allowed is a string",
    "name = 'x'\neither = 'y'": "either is 'y'; allowed is true or false or a list, each member a string",
    "name = 'x'\neither = [1979-05-27]": "either[0] is 1979-05-27; allowed is a string",
    'name = "x"\n"a` - at `$.leaf" = 1': "a` - at `$.leaf is unknown",
    'name = "x"\n"\\u001b[2J" = 1': "'\\x1b[2J' is unknown",
    "name = '" + 500 * "y" + "'\nleaf.word = [" + 100 * "1," + "]": "leaf.word is [1, 1, 1",
}


@pytest.mark.parametrize("document", MISTAKES)
def test_a_message_names_the_key_and_what_is_allowed(document: str) -> None:
    with pytest.raises(BadToml) as raised:
        decode(parse(document), Root)
    assert str(raised.value).startswith(MISTAKES[document])
    assert len(str(raised.value)) < 200


def test_the_name_of_a_table_is_first() -> None:
    with pytest.raises(BadToml, match=r"^cors\.word is 1; allowed is a string$"):
        decode({"word": 1}, Leaf, "cors")
