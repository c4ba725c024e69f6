"""--baseline and `eiospec baseline --update`: a deviation is known until it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from runs.command import Call, Finished
from runs.engines import SaysNothingOfCaches
from targets import SERVERS, node_server

from eiospec.fixtures.faults import catalogue, slug_of
from eiospec.fixtures.reference import BackgroundServer
from eiospec.reports.model import Document
from eiospec.target.baseline import read_baseline

Written = Callable[[str], str]

KNOWN = '[[known]]\nid = "CK-006"\ncase = "GET"\nreason = "fixed in 2.0"\n'
OTHER = '[[known]]\nid = "CK-006"\ncase = "GET"\nobserved = "on the upgrade"\n'
STRAY = '[[known]]\nid = "CK-006"\ncase = "nowhere"\n'
BLOCKED = '[[known]]\nid = "HS-021"\nobserved = "answered in revision 3"\n'
CASE = ("--case", "CK-006")

MISTAKES = {
    "no TOML": ("known = [", "not TOML: "),
    "no id": ("[[known]]\nreason = 'later'", "entry 1: id is missing"),
    "an unknown table": (
        "[[deviation]]\nid = 'CK-006'",
        "deviation is unknown: allowed are implementation, known",
    ),
}

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)
MISUSES = {
    "no file": ("the following arguments are required: --update", "baseline"),
    "a report that is none": (
        "is not a complete report",
        "baseline",
        "--update",
        "known.toml",
        "--from",
        "FILE",
    ),
    "a report and a run": (
        "--from takes a stored report: leave out --case CK-006",
        *("baseline", "--update", "known.toml", "--from", "report.json", *CASE),
    ),
    "another baseline": (
        "--update reads its FILE itself: leave out --baseline",
        *("baseline", "--update", "known.toml", "--baseline", "FILE"),
    ),
    "no run": (
        "not updated: a baseline needs exactly one run against one target",
        "baseline",
        "--update",
        "known.toml",
        "--level",
        "high",
    ),
}


def judgement_of(finished: Finished, case: str = "GET") -> Document:
    """Return the judgement of one case of CK-006."""
    (entry,) = finished.report["requirements"]
    (judgement,) = (judgement for judgement in entry["judgements"] if judgement["case"] == case)
    return dict(judgement)


@pytest.fixture(scope="module")
def known(call: Call, flawed: str, written: Written) -> Finished:
    """Make a run whose only deviation is in the baseline."""
    return call("--target", flawed, *CASE, "--baseline", written(KNOWN))


class TestKnown:
    def test_a_known_deviation_is_0(self, known: Finished) -> None:
        assert (known.exit_code, known.verdicts) == (0, {"CK-006": "known"})

    def test_a_known_deviation_has_its_reason_and_what_was_observed(self, known: Finished) -> None:
        assert "fixed in 2.0" in judgement_of(known)["remarks"]
        assert judgement_of(known)["observed"].startswith("set again")

    def test_other_cases_are_judged_as_without_a_baseline(self, known: Finished) -> None:
        assert judgement_of(known, "POST")["verdict"] == "pass"

    def test_a_warning_is_known_too(self, call: Call, written: Written) -> None:
        warned = ("--case", "HS-023", "--level", "should")
        with BackgroundServer(engine=SaysNothingOfCaches) as server:
            finished = call(
                "--target", server.url, *warned, "--baseline", written('[[known]]\nid = "HS-023"')
            )
        assert (finished.exit_code, finished.verdicts) == (0, {"HS-023": "known"})

    def test_what_a_fixture_finds_blocked_is_known_once(self, call: Call, written: Written) -> None:
        engine = catalogue()[slug_of("frames the handshake payload by length as revision 3 does")].engine
        with BackgroundServer(engine=engine) as server:
            finished = call("--target", server.url, "--case", "HS-021", "--baseline", written(BLOCKED))
        assert [judged["verdict"] for judged in finished.report["requirements"][0]["judgements"]] == ["known"]
        assert finished.exit_code == 0

    def test_an_entry_for_another_requirement_changes_nothing(
        self, call: Call, flawed: str, written: Written
    ) -> None:
        finished = call("--target", flawed, *CASE, "--baseline", written('[[known]]\nid = "CK-002"'))
        assert (finished.exit_code, finished.verdicts) == (1, {"CK-006": "fail"})


@pytest.fixture(scope="module")
def passing(call: Call, plain: str, written: Written) -> Finished:
    """Make a run whose baseline has an entry that no longer matches."""
    return call("--target", plain, *CASE, "--baseline", written(KNOWN))


class TestStale:
    def test_an_entry_that_now_passes_fails_the_run(self, passing: Finished) -> None:
        assert (passing.exit_code, judgement_of(passing)["verdict"]) == (1, "stale")
        assert (
            "this run has the verdict pass: correct the entry or delete it" in judgement_of(passing)["reason"]
        )

    def test_every_document_names_the_stale_entry(self, passing: Finished) -> None:
        documents = (passing.stdout, passing.html, passing.markdown)
        assert all("stale" in text.lower() and "CK-006" in text for text in documents)

    def test_an_entry_that_now_fails_differently_fails_the_run(
        self, call: Call, flawed: str, written: Written
    ) -> None:
        finished = call("--target", flawed, *CASE, "--baseline", written(OTHER))
        assert (finished.exit_code, judgement_of(finished)["verdict"]) == (1, "stale")
        assert "expects “on the upgrade”, and this run observes “" in judgement_of(finished)["reason"]

    def test_an_entry_that_is_no_longer_judged_fails_the_run(
        self, call: Call, plain: str, written: Written
    ) -> None:
        entry = written('[[known]]\nid = "HI-002"')
        finished = call("--target", plain, "--case", "HI-002", "--baseline", entry)
        assert (finished.exit_code, finished.verdicts) == (1, {"HI-002": "not applicable"})
        assert "HI-002 with the case '*' is stale" in finished.stdout


class TestUnmatched:
    def test_an_entry_without_a_check_is_a_usage_error(
        self, call: Call, plain: str, written: Written
    ) -> None:
        finished = call("--target", plain, *CASE, "--baseline", written(STRAY))
        assert finished.exit_code == 4
        assert "CK-006 with the case 'nowhere' matches no check of this run" in finished.stdout

    def test_an_unknown_id_is_a_usage_error(self, call: Call, plain: str, written: Written) -> None:
        finished = call("--target", plain, "--baseline", written('[[known]]\nid = "CK-999"'))
        assert finished.exit_code == 4
        assert "CK-999 with the case '*' matches no check of this run" in finished.stdout

    @pytest.mark.parametrize("narrowing", [("--case", "CK-002"), ("-k", "test_value_is_the_session_id")])
    def test_an_entry_that_was_not_selected_is_no_error(
        self, call: Call, plain: str, written: Written, narrowing: tuple[str, ...]
    ) -> None:
        assert call("--target", plain, *narrowing, "--baseline", written(STRAY)).exit_code == 0


@pytest.fixture(scope="module")
def expired(call: Call, flawed: str, written: Written) -> Finished:
    """Make a run whose only deviation is in the baseline, in an entry that expired yesterday."""
    return call("--target", flawed, *CASE, "--baseline", written(KNOWN + f"expires = {YESTERDAY}\n"))


class TestExpired:
    def test_the_deviation_of_an_expired_entry_fails_the_run(self, expired: Finished) -> None:
        assert (expired.exit_code, expired.verdicts) == (1, {"CK-006": "fail"})

    def test_the_run_names_the_entry(self, expired: Finished) -> None:
        told = f"--baseline: CK-006 with the case 'GET' expired after {YESTERDAY} and is ignored"
        assert told in expired.stdout
        assert any(f"expired on {YESTERDAY}" in remark for remark in judgement_of(expired)["remarks"])

    def test_an_entry_counts_until_its_last_day(self, call: Call, flawed: str, written: Written) -> None:
        finished = call("--target", flawed, *CASE, "--baseline", written(KNOWN + f"expires = {TOMORROW}\n"))
        assert (finished.exit_code, finished.verdicts) == (0, {"CK-006": "known"})

    def test_an_expired_entry_that_now_passes_is_stale(
        self, call: Call, plain: str, written: Written
    ) -> None:
        finished = call("--target", plain, *CASE, "--baseline", written(KNOWN + f"expires = {YESTERDAY}\n"))
        assert (finished.exit_code, finished.verdicts) == (1, {"CK-006": "stale"})


UPDATE = ("baseline", "--update", "known.toml")


class TestUpdating:
    def test_what_is_written_is_known(self, call: Call, flawed: str) -> None:
        first = call(*UPDATE, "--target", flawed, *CASE)
        again = call("--target", flawed, *CASE, "--baseline", str(first.folder / "known.toml"))
        assert (first.exit_code, again.exit_code) == (0, 0)

    @pytest.mark.slow
    def test_every_finding_of_a_real_server_is_known_again(self, call: Call) -> None:
        profile = SERVERS / "node" / "conformance.toml"
        with node_server("conformance.js") as url:
            hooks = ("--case", "CK-*", "--case", "HI-*", "--case", "HX-*")
            arguments = (
                "--target",
                url,
                *hooks,
                "--profile",
                _without_killing(profile, call("--list").folder),
            )
            first = call(*UPDATE, *arguments)
            again = call(*arguments, "--baseline", str(first.folder / "known.toml"))
        assert first.ids("fail")
        assert again.ids("known") == first.ids("fail") | first.ids("warn")

    def test_matching_entries_are_kept_and_stale_ones_removed(
        self, call: Call, flawed: str, written: Written
    ) -> None:
        file = Path(written(KNOWN + STRAY))
        finished = call("baseline", "--update", str(file), "--target", flawed, *CASE)
        assert (finished.exit_code, file.read_text("utf-8")) == (0, KNOWN)
        assert f"{file}: 0 added, 1 removed, 1 unchanged\n  - CK-006  nowhere\n" in finished.stdout

    def test_a_stored_report_is_as_good_as_a_run(self, call: Call, known: Finished, written: Written) -> None:
        file = Path(written(OTHER))
        finished = call("baseline", "--update", str(file), "--from", str(_report_of(known)))
        assert "1 added, 1 removed" in finished.stdout
        assert [entry.observed for entry in read_baseline(file).entries] == ["set again"]

    def test_a_stale_entry_of_a_stored_report_is_removed(
        self, call: Call, passing: Finished, written: Written
    ) -> None:
        file = Path(written(KNOWN))
        call("baseline", "--update", str(file), "--from", str(_report_of(passing)))
        assert read_baseline(file).entries == ()

    def test_entries_that_were_not_selected_are_kept(self, call: Call, flawed: str, written: Written) -> None:
        file = Path(written(STRAY))
        call("baseline", "--update", str(file), "--target", flawed, *CASE, "-k", "GET")
        assert [entry.case for entry in read_baseline(file).entries] == ["GET", "nowhere"]

    def test_an_unchanged_baseline_is_reported(self, call: Call, flawed: str, written: Written) -> None:
        finished = call("baseline", "--update", written(KNOWN), "--target", flawed, *CASE)
        assert "is up to date: 1 known" in finished.stdout
        assert "warnings" not in finished.stdout

    def test_a_lost_target_changes_nothing(self, call: Call, written: Written) -> None:
        file = Path(written(KNOWN))
        finished = call("baseline", "--update", str(file), "--target", "http://127.0.0.1:1/")
        assert (finished.exit_code, file.read_text("utf-8")) == (6, KNOWN)
        assert "unchanged: the target was unreachable" in finished.stderr

    @pytest.mark.parametrize("words", MISUSES)
    def test_a_usage_error_is_one_sentence(self, call: Call, written: Written, words: str) -> None:
        advice, *arguments = MISUSES[words]
        file = written("known = [")
        finished = call(*(argument.replace("FILE", file) for argument in arguments))
        assert (finished.exit_code, finished.stdout.strip()) == (4, "")
        assert advice in finished.stderr.splitlines()[-1]
        assert "Traceback" not in finished.stderr


def _report_of(finished: Finished) -> Path:
    return finished.folder / "eiospec-report" / "report.json"


def _without_killing(profile: Path, folder: Path) -> str:
    """Return the profile of an app without leave to kill, as the server is not restarted."""
    made = folder / "profile.toml"
    made.write_text(profile.read_text("utf-8").replace("killing = true", "killing = false"), "utf-8")
    return str(made)


class TestMistakes:
    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_a_broken_file_is_a_usage_error_in_one_sentence(
        self, call: Call, written: Written, mistake: str
    ) -> None:
        text, advice = MISTAKES[mistake]
        finished = call("--baseline", written(text))
        assert (finished.exit_code, finished.stdout) == (4, "")
        (sentence,) = finished.stderr.strip().splitlines()
        assert sentence.startswith("ERROR: --baseline ")
        assert advice in sentence
