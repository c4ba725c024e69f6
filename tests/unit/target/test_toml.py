"""A string written as TOML is read back as it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.target.toml import quoted


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_stands_on_one_line_and_moves_no_cursor(text: str) -> None:
    assert quoted(text).isprintable()


@pytest.mark.parametrize("text", ["“é”", 'a="b"', "\\r\\n"])
def test_what_is_printable_stays_readable(text: str) -> None:
    assert quoted(text).replace("\\\\", "\\").replace('\\"', '"') == f'"{text}"'


def test_half_a_character_has_no_escape() -> None:
    assert tomllib.loads(f"a = {quoted(chr(0xD800))}") == {"a": "?"}
