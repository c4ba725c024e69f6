"""JUnit XML: failures and errors agree with the exit code."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from handmade import Judge, Make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junit_schema import assert_junit

from eiospec.reports.junit import junit, no_report, write_junit
from eiospec.reports.model import document
from eiospec.verdicts import Control, Run, Verdict


def suite(run: Run) -> Element:
    """The suite of a run, whose XML has the published shape."""
    text = junit(document(run))
    assert_junit(text.encode())
    (found,) = ElementTree.fromstring(text)
    return found


def outcomes(run: Run) -> list[str]:
    """The result of each case."""
    tags = ("failure", "error", "skipped")
    return [next((tag for tag in tags if case.find(tag) is not None), "passed") for case in suite(run)]


@pytest.mark.parametrize(
    ("verdict", "code", "outcome"),
    [
        (Verdict.PASS, 0, "passed"),
        (Verdict.INFO, 0, "passed"),
        (Verdict.WARN, 0, "passed"),
        (Verdict.KNOWN, 0, "passed"),
        (Verdict.NOT_APPLICABLE, 0, "skipped"),
        (Verdict.FAIL, 1, "failure"),
        (Verdict.STALE, 1, "failure"),
        (Verdict.BLOCKED, 1, "failure"),
        (Verdict.BROKEN, 3, "error"),
    ],
)
def test_every_verdict_has_its_element(
    make: Make, judge: Judge, verdict: Verdict, code: int, outcome: str
) -> None:
    run = make((judge(verdict=verdict, reason="so"),), exit_code=code)
    assert outcomes(run) == [outcome]


def test_a_warning_fails_with_level_should(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.WARN),), options={"--level": "should"}, exit_code=1)
    assert outcomes(run) == ["failure"]


def test_blocked_cases_fail_once_per_cause(make: Make, judge: Judge) -> None:
    causes = ("no handshake", "no handshake", "no cookie", "no handshake")
    run = make(
        tuple(judge(f"CK-00{n}", Verdict.BLOCKED, reason=cause) for n, cause in enumerate(causes)),
        exit_code=1,
    )
    assert outcomes(run) == ["failure", "skipped", "failure", "skipped"]


def test_a_failure_that_does_not_fail_the_run_is_in_system_out(make: Make, judge: Judge) -> None:
    (case,) = suite(make((judge(verdict=Verdict.FAIL, observed="no"),), exit_code=0))
    assert case.find("failure") is None
    assert "observed  no" in (case.findtext("system-out") or "")


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6])
def test_no_exit_code_but_0_leaves_a_file_without_an_error(make: Make, judge: Judge, code: int) -> None:
    assert outcomes(make((judge(),), exit_code=code)) == ["passed", "error"]


def test_a_lost_target_is_an_error(make: Make) -> None:
    (case,) = suite(make(controls=(Control("first", False, "connection refused"),), exit_code=6))
    assert "connection refused" in (case.findtext("error") or "")


def test_a_failure_has_lines_to_reproduce(failing: Run) -> None:
    failure = next(suite(failing).iter("failure"))
    assert failure.attrib == {"type": "fail", "message": "io=masked:d9298a10"}
    assert (failure.text or "").splitlines() == [
        "CK-002 MUST The session cookie's value is the session id of the open packet in the same response.",
        "case      polling",
        "expected  io=lv_VI97HAXpY6yYWAAAB",
        "observed  io=masked:d9298a10",
        "source    https://socket.io/how-to/deal-with-cookies",
        "pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002",
        "curl -i 'http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling'",
    ]


def test_a_case_has_properties(failing: Run) -> None:
    case = next(case for case in suite(failing) if "CK-002" in case.attrib["name"])
    found = {entry.attrib["name"]: entry.attrib["value"] for entry in case.iter("property")}
    assert (case.attrib["classname"], found["id"], found["level"], found["verdict"], found["source"]) == (
        "eiospec.CK",
        "CK-002",
        "MUST",
        "fail",
        "How to deal with cookies, Cookie based sticky session",
    )


def test_the_suite_counts_its_cases(failing: Run) -> None:
    found = suite(failing).attrib
    assert (found["tests"], found["failures"], found["errors"], found["skipped"]) == ("7", "2", "0", "1")
    assert (found["time"], found["timestamp"]) == ("2.500", "2025-01-02T03:04:05")


# The makers have no state.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.text(st.characters()))
def test_text_of_a_target_leaves_the_file_well_formed(make: Make, judge: Judge, sent: str) -> None:
    texts = dict.fromkeys(("expected", "observed", "reason", "case"), sent)
    run = make((judge(verdict=Verdict.FAIL, remarks=(sent,), **texts),), exit_code=1, target=sent)
    assert outcomes(run) == ["failure"]


def test_a_run_without_a_report_is_an_error() -> None:
    root = Element("testsuites")
    root.append(no_report("http://127.0.0.1:3000"))
    assert_junit(ElementTree.tostring(root))
    assert root.find("testsuite/testcase/error") is not None


def test_junit_is_written(tmp_path: Path, failing: Run) -> None:
    assert_junit(write_junit(document(failing), tmp_path / "new" / "junit.xml").read_bytes())
