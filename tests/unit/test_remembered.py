"""What is remembered, and what is not: nothing long, no error, and only so much."""

from __future__ import annotations

import pytest

from eiospec.remembered import MOST, SHORT, remembered


class Asked:
    """Counts how often it is asked for the length of a text; of an empty one it has none."""

    def __init__(self) -> None:
        self.times = 0
        self.length = remembered(self._length)

    def _length(self, text: str) -> int:
        self.times += 1
        if not text:
            raise ValueError("nothing to measure")
        return len(text)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.mark.parametrize(("size", "times"), [(1, 1), (SHORT, 1), (SHORT + 1, 3)])
def test_a_short_text_is_read_once_and_a_long_one_each_time(asked: Asked, size: int, times: int) -> None:
    assert [asked.length("x" * size) for _ in range(3)] == [size] * 3
    assert asked.times == times


def test_an_error_is_not_remembered(asked: Asked) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing to measure"):
            asked.length("")
    assert asked.times == 2


def test_what_was_not_asked_for_longest_is_forgotten(asked: Asked) -> None:
    for number in range(MOST + 1):
        asked.length(f"{number}")
    asked.length("0")
    assert asked.times == MOST + 2
