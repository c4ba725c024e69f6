"""The documents of a run: JSON, HTML, markdown, JUnit and allure are valid and contain no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from junit_schema import assert_junit

from eiospec.fixtures.reference import BackgroundServer
from eiospec.reports.model import read_json
from runs.command import Call, Finished, Run
from runs.credentials import COOKIE_SECRET, SECRET


def properties(finished: Finished) -> list[dict[str | None, str | None]]:
    """Return the properties of each JUnit test case."""
    return [
        {entry.get("name"): entry.get("value") for entry in case.iter("property")} for case in finished.junit
    ]


def allure_results(finished: Finished) -> list[dict[str, object]]:
    return [json.loads(file.read_bytes()) for file in (finished.folder / "allure").glob("*-result.json")]


def labels(result: dict[str, object]) -> dict[str, str]:
    found = result["labels"]
    assert isinstance(found, list)
    return {label["name"]: label["value"] for label in found}


class TestReport:
    def test_nothing_else_is_written_by_default(self, call: Call) -> None:
        finished = call("--case", "CK-002")
        assert finished.left_behind == {".pytest_cache", "eiospec-report"}
        assert {file.name for file in (finished.folder / "eiospec-report").iterdir()} == {
            "report.html",
            "report.json",
            "summary.md",
            "badge.svg",
            "badge.json",
        }

    def test_is_written_to_the_folder_given(self, call: Call) -> None:
        finished = call("--case", "CK-002", "--report", "build/conformance")
        assert read_json(finished.folder / "build" / "conformance" / "report.json")["exit"]["code"] == 0
        assert "eiospec-report" not in finished.left_behind

    def test_is_not_written_with_no_report(self, call: Call) -> None:
        assert call("--case", "CK-002", "--no-report").left_behind == set()

    def test_has_the_options_and_the_exit_code(self, failing: Finished) -> None:
        assert failing.report["exit"]["code"] == 1
        assert failing.report["options"]["--target"] == failing.report["target"]

    def test_every_document_names_what_fails(self, failing: Finished) -> None:
        assert all("CK-006" in text for text in (failing.stdout, failing.html, failing.markdown))

    def test_no_traceback_is_shown_for_a_requirement_that_fails(self, failing: Finished) -> None:
        assert "Traceback" not in failing.output
        assert failing.stderr == ""


class TestMasking:
    @pytest.mark.parametrize("secret", [SECRET, COOKIE_SECRET])
    def test_no_file_and_no_output_contains_a_secret(self, failing: Finished, secret: str) -> None:
        leaks = [
            str(file.relative_to(failing.folder))
            for file in failing.folder.rglob("*")
            if file.is_file() and secret.encode() in file.read_bytes()
        ]
        assert leaks == []
        assert secret not in failing.output

    def test_a_secret_is_replaced_by_a_substitute(self, failing: Finished) -> None:
        sent = {
            field["value"]
            for exchange in failing.report["exchanges"]
            for field in exchange["request"]["headers"]
            if field["name"] == "Authorization"
        }
        (value,) = sent
        assert value.startswith("Bearer masked:")

    def test_secrets_are_shown_with_no_mask(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call(
                *("--target", server.url, "--header", f"Authorization: Bearer {SECRET}"),
                *("--case", "CK-002", "--no-mask"),
            )
        assert SECRET in json.dumps(finished.report)

    @pytest.mark.slow
    def test_secrets_are_masked_in_two_processes(self, run: Run) -> None:
        with BackgroundServer() as server:
            finished = run(
                *("--target", server.url, "--header", f"Authorization: Bearer {SECRET}"),
                *("--case", "CK-*", "-n", "2", "--junitxml", "junit.xml", "--alluredir", "allure"),
            )
        assert_junit(finished.junit_xml.read_bytes())
        assert len(finished.junit) == len(finished.judgements)
        files = [file for file in finished.folder.rglob("*") if file.is_file()]
        assert [file.name for file in files if SECRET.encode() in file.read_bytes()] == []
        assert SECRET not in finished.output


class TestJUnit:
    def test_is_valid_against_the_schema(self, bundled: Finished, failing: Finished) -> None:
        assert_junit(bundled.junit_xml.read_bytes())
        assert_junit(failing.junit_xml.read_bytes())

    def test_every_case_has_its_properties(self, bundled: Finished) -> None:
        assert all(
            {"id", "level", "source", "url", "verdict", "sentence"} <= case.keys()
            for case in properties(bundled)
        )

    def test_has_the_verdicts_of_the_report(self, failing: Finished) -> None:
        cases = sorted((case["id"], case["verdict"]) for case in properties(failing))
        assert cases == sorted(
            (entry["id"], judgement["verdict"])
            for entry in failing.report["requirements"]
            for judgement in entry["judgements"]
        )

    def test_a_failure_shows_expected_and_observed(self, failing: Finished) -> None:
        (message, *_) = [failure.text or "" for case in failing.junit for failure in case.iter("failure")]
        assert message.startswith("CK-006 MUST")
        assert "expected" in message
        assert "observed" in message

    def test_what_is_not_applicable_is_skipped_with_its_reason(self, bundled: Finished) -> None:
        (skipped,) = [
            case.find("skipped")
            for case, found in zip(bundled.junit, properties(bundled), strict=True)
            if found["id"] == "CA-019" and found["case"] == "polling"
        ]
        assert skipped is not None
        assert "https" in (skipped.get("message") or "")


class TestAllure:
    def test_every_case_is_labelled(self, bundled: Finished) -> None:
        found = allure_results(bundled)
        assert len(found) == len(bundled.judgements)
        assert {labels(result)["requirement"] for result in found} == bundled.verdicts.keys()

    def test_a_verdict_has_its_exchanges_attached(self, bundled: Finished) -> None:
        (result,) = [
            found
            for found in allure_results(bundled)
            if labels(found)["requirement"] == "CK-002" and str(found["name"]).endswith("[main]")
        ]
        attachments = result["attachments"]
        assert isinstance(attachments, list)
        text = (bundled.folder / "allure" / Path(attachments[0]["source"]).name).read_text("utf-8")
        assert "GET /eiospec/main/?EIO=4&transport=polling HTTP/1.1" in text
        assert re.search(r"Set-Cookie: (io|woot)=", text)

    def test_a_failed_must_is_critical(self, failing: Finished) -> None:
        (result,) = [found for found in allure_results(failing) if found["status"] == "failed"]
        assert (labels(result)["requirement"], labels(result)["severity"]) == ("CK-006", "critical")
