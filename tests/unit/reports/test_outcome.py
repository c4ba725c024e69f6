"""Headline and counts."""

from __future__ import annotations

import pytest
from handmade import Judge, Make

from eiospec.reports.outcome import AREAS, counts, headline, outcomes
from eiospec.verdicts import Judgement, Verdict

URL = "http://127.0.0.1:3000"


def some(judge: Judge, **numbers: int) -> tuple[Judgement, ...]:
    """So many requirements with each verdict."""
    verdicts = [Verdict(name.replace("_", " ")) for name, number in numbers.items() for _ in range(number)]
    return tuple(judge(f"CK-{place:03}", verdict) for place, verdict in enumerate(verdicts))


@pytest.mark.parametrize(
    ("numbers", "code", "sentence"),
    [
        ({"pass": 118}, 0, f"{URL} conforms: 118 requirements pass"),
        ({"pass": 1}, 0, f"{URL} conforms: 1 requirement passes"),
        ({"pass": 7, "warn": 1}, 0, f"{URL} conforms: 1 requirement warns; 7 pass"),
        (
            {"fail": 2, "warn": 3, "pass": 118},
            1,
            f"{URL} does not conform: 2 requirements fail, 3 warn; 118 pass",
        ),
        (
            {"known": 2, "pass": 5},
            0,
            f"{URL} conforms, except for known deviations: 5 requirements pass, 2 are known deviations",
        ),
        ({"blocked": 4}, 1, f"{URL} was not shown to conform: 4 requirements are blocked"),
        (
            {"stale": 1, "pass": 2},
            1,
            f"{URL} does not match its baseline: 1 requirement differs from the baseline; 2 pass",
        ),
        ({"warn": 2}, 1, f"{URL} does not meet every SHOULD: 2 requirements warn"),
        ({}, 6, f"{URL} could not be reached"),
        ({"pass": 3}, 6, f"{URL} was lost during the run: 3 requirements pass"),
        ({"not_applicable": 3}, 5, f"No requirement was judged for {URL}"),
        ({"pass": 1}, 2, f"The run against {URL} was interrupted: 1 requirement passes"),
        (
            {"broken": 1, "fail": 1, "pass": 3},
            3,
            f"{URL} was not fully judged: 1 requirement could not be judged, 1 fails; 3 pass",
        ),
        ({}, 3, f"The harness failed; {URL} was not judged"),
        ({}, 4, f"Invalid options for the run against {URL}"),
        ({}, 77, f"The run against {URL} ended with exit code 77"),
    ],
)
def test_the_headline_states_the_result_of_the_run(
    make: Make, judge: Judge, numbers: dict[str, int], code: int, sentence: str
) -> None:
    assert headline(make(some(judge, **numbers), exit_code=code)) == sentence


def test_a_requirement_has_the_gravest_verdict_of_its_cases(make: Make, judge: Judge) -> None:
    run = make(
        (judge(verdict=Verdict.PASS), judge(verdict=Verdict.FAIL), judge(verdict=Verdict.NOT_APPLICABLE))
    )
    assert [outcome.verdict for outcome in outcomes(run)] == [Verdict.FAIL]


def test_a_requirement_that_passes_where_it_applies_passes(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.PASS), judge(verdict=Verdict.NOT_APPLICABLE)))
    assert counts(run)[Verdict.PASS] == 1


def test_every_verdict_has_a_count(make: Make) -> None:
    assert counts(make()) == dict.fromkeys(Verdict, 0)


def test_outcomes_are_in_the_order_of_the_areas(make: Make, judge: Judge) -> None:
    run = make((judge("ZZ-001"), judge("CK-002"), judge("HS-002"), judge("HS-001")))
    assert [outcome.requirement.id for outcome in outcomes(run)] == ["HS-001", "HS-002", "CK-002", "ZZ-001"]


def test_areas_are_the_letters_of_ids() -> None:
    assert all(area.isupper() or area == "V3" for area in AREAS)
