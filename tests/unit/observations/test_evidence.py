"""Which exchanges become the evidence of a check."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from handmade import answer, exchange_of

from eiospec.observations.answer import Answer, Answers
from eiospec.observations.evidence import Recorder, find, hand_out, note, recording, sample
from eiospec.wire.exchange import Exchange

ONE, TWO, THREE, FOUR = (exchange_of(answer(), id=str(number)) for number in range(1, 5))


def ids(recorder: Recorder) -> list[str]:
    return [exchange.id for exchange in recorder.exchanges]


def test_each_exchange_is_recorded_once() -> None:
    with recording() as recorder:
        note(ONE, TWO)
        note(ONE)
    assert ids(recorder) == ["1", "2"]


def test_a_finding_is_last_and_replaces_the_samples() -> None:
    with recording() as recorder:
        find(TWO)
        sample(ONE)
        note(TWO, THREE)
    assert ids(recorder) == ["3", "2"]


def test_samples_come_first_without_a_finding() -> None:
    with recording() as recorder:
        note(ONE)
        sample(TWO, THREE)
    assert ids(recorder) == ["2", "3", "1"]


def test_nothing_is_recorded_outside_a_recording() -> None:
    with recording() as recorder:
        pass
    note(ONE)
    assert ids(recorder) == []


def test_a_recording_inside_another_one_is_its_own() -> None:
    with recording() as outer:
        with recording() as inner:
            note(ONE)
        note(TWO)
    assert (ids(outer), ids(inner)) == (["2"], ["1"])


def test_other_threads_do_not_record() -> None:
    with recording() as recorder:
        probe = threading.Thread(target=note, args=(ONE,))
        probe.start()
        probe.join()
    assert ids(recorder) == []


@dataclass(frozen=True)
class Observation:
    """Exchanges in all the ways an observation may contain them."""

    first: Exchange
    answer: Answer
    several: tuple[Answer, ...]
    name: str = "3"


@dataclass(frozen=True)
class Many:
    """An observation with a sample."""

    all: tuple[Exchange, ...]

    @property
    def sample(self) -> tuple[Exchange, ...]:
        """The first."""
        return self.all[:1]


def test_handing_out_an_observation_notes_the_exchanges_in_its_fields() -> None:
    observation = Observation(ONE, Answer(TWO), (Answer(THREE), Answer(FOUR)))
    with recording() as recorder:
        assert hand_out(observation) is observation
    assert ids(recorder) == ["1", "2", "3", "4"]


def test_handing_out_many_records_their_sample() -> None:
    with recording() as recorder:
        hand_out(Many((ONE, TWO)))
    assert ids(recorder) == ["1"]


@pytest.mark.parametrize("value", ["io", None, (), {"a": ONE}])
def test_other_values_are_handed_out_without_evidence(value: object) -> None:
    with recording() as recorder:
        assert hand_out(value) is value
    assert ids(recorder) == []


def test_answers_are_noted_when_they_are_taken() -> None:
    answers = Answers({"a": Answer(ONE), "b": Answer(TWO)})
    with recording() as recorder:
        hand_out(answers)
        assert answers.all["b"].status == answers["a"].status
    assert ids(recorder) == ["1"]
