"""The published shape: what does not have it is told with its place."""

from __future__ import annotations

import pytest

from eiospec.reports.model import document
from eiospec.reports.shape import PLACE, SENTENCE, misfit
from eiospec.verdicts import Run


def test_what_does_not_fit_is_told_with_its_place(failing: Run) -> None:
    made = document(failing)
    made["exchanges"][0]["request"]["method"] = 7
    assert misfit(made) == 'at /exchanges/0/request/method: 7 is not of type "string"'


def test_what_is_missing_is_told_with_its_place(failing: Run) -> None:
    made = document(failing)
    del made["counts"]
    assert misfit(made) == 'at its top: "counts" is a required property'


@pytest.mark.parametrize("half", ["\ud800", "a\udfff"])
def test_half_a_surrogate_pair_hides_nothing(failing: Run, half: str) -> None:
    made = document(failing)
    made["headline"] = half
    assert not misfit(made)
    made["started"] = 7
    assert misfit(made).startswith("at /started: ")


def test_a_place_is_a_json_pointer(failing: Run) -> None:
    made = document(failing)
    made["options"]["a/b~c"] = 7
    assert misfit(made).startswith("at /options/a~1b~0c: ")


def test_what_is_told_is_short(failing: Run) -> None:
    made = document(failing)
    made["x" * 10_000] = made["detections"] = "y" * 10_000
    assert 0 < len(misfit(made)) <= len("at : ") + PLACE + SENTENCE
