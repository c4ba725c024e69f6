"""Template filters."""

from __future__ import annotations

import pytest

from eiospec.reports.markup import bar, sentence, shortened, web_address
from eiospec.reports.text import duration


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("The `sid` is <b>.", "The <code>sid</code> is &lt;b&gt;."),
        ("One ` only", "One ` only"),
        ("`<i>`", "<code>&lt;i&gt;</code>"),
    ],
)
def test_backticks_of_a_sentence_are_code(text: str, markup: str) -> None:
    assert str(sentence(text)) == markup


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0012, "1.2 ms"), (0.25, "250 ms"), (2.5, "2.5 s"), (200, "3 min 20 s")]
)
def test_durations_have_readable_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_long_text_is_cut_and_made_visible() -> None:
    assert shortened("a\nb\x00" + "c" * 10, 8) == "a\nb\\x00ccc…"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//host", ""])
def test_only_web_addresses_are_links(url: str) -> None:
    assert web_address(url) == ""


def test_the_segments_of_a_bar_fill_it() -> None:
    assert [(one["x"], one["width"]) for one in bar([("fail", 1), ("warn", 0), ("pass", 3)])] == [
        (0.0, 250.0),
        (250.0, 750.0),
    ]
