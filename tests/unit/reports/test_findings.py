"""Findings are listed once, grouped by observation."""

from __future__ import annotations

from handmade import Judge, Make

from eiospec.reports.columns import matrix
from eiospec.reports.findings import findings
from eiospec.reports.model import Document, document
from eiospec.verdicts import Run, Verdict


def test_findings_are_ordered_gravest_first(failing: Run) -> None:
    assert [(one.id, one.verdict) for one in findings(matrix([document(failing)]))] == [
        ("CK-002", "fail"),
        ("CK-008", "warn"),
    ]


def test_cases_with_the_same_observation_are_grouped(failing: Run) -> None:
    (observation,) = findings(matrix([document(failing)]))[0].observations
    assert observation.cases == ("polling", "mount /cors")


def test_targets_with_the_same_observation_are_grouped(make: Make, judge: Judge) -> None:
    def made(observed: str) -> Document:
        return document(make((judge("CK-001", Verdict.FAIL, observed=observed),)))

    (finding,) = findings(matrix([made("a"), made("b"), made("a")]))
    assert [one.columns for one in finding.observations] == [(0, 2), (1,)]
    assert finding.columns == (0, 1, 2)


def test_a_conforming_target_is_not_in_a_finding(make: Make, judge: Judge) -> None:
    rows = matrix([document(make((judge("CK-001"),))), document(make((judge("CK-001", Verdict.WARN),)))])
    assert findings(rows)[0].columns == (1,)


def test_judgements_that_are_not_listed_are_counted(make: Make, judge: Judge) -> None:
    cases = tuple(judge("CK-001", Verdict.FAIL, case=str(n), observed=str(n)) for n in range(9))
    (finding,) = findings(matrix([document(make(cases))]))
    assert (len(finding.observations), finding.more) == (4, 5)
