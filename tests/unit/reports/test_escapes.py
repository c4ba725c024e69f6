"""Hostile text is shown, never interpreted."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.reports.escapes import inert, visible, visible_octets
from eiospec.reports.xml import clean

ANYTHING = st.text(st.characters())


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain – text", "plain – text"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("nul\x00", "nul\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066\u200b\ufeff", "\\u2066\\u200b\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u2028\u00a0", "\\u2028\\xa0"),
        ("\x85", "\\x85"),
    ],
)
def test_interpreted_characters_are_escaped(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_lines_are_kept_when_asked_for() -> None:
    assert visible("a\nb\r\x00", lines=True) == "a\nb\\r\\x00"


def test_octets_are_shown_in_ascii() -> None:
    assert visible_octets("GET /\r\n\xe9\xff\x00") == "GET /\\r\\n\\xe9\\xff\\x00"


@given(ANYTHING)
def test_no_control_character_survives(text: str) -> None:
    assert visible(text).isprintable()


@pytest.mark.parametrize(
    "line",
    [
        *("::error::x", "  ::set-output", "##[group]", " ##vso[task]", "observed ##[add-path]x"),
        *("a ##VSO[task.setvariable]", "##teamcity[message]", "###[error]", "##[##[error]"),
    ],
)
def test_no_line_is_a_command_to_a_build_service(line: str) -> None:
    assert not re.search(r"^\s*::|##\[|##vso\[|##teamcity\[", inert(line), re.IGNORECASE)


def test_other_lines_are_unchanged() -> None:
    assert inert("  # :: a line") == "  # :: a line"


@given(ANYTHING)
def test_cleaned_text_fits_into_xml(text: str) -> None:
    element = ET.Element("failure", message=clean(text))
    element.text = clean(text)
    assert ET.fromstring(ET.tostring(element, "utf-8")).text in (clean(text), None)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufffe", "\uffff", "\ud800", "\x1b"])
def test_characters_forbidden_in_xml_are_escaped(character: str) -> None:
    assert clean(f"a{character}b") == f"a{visible(character)}b"
