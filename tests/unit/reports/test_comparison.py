"""Comparison of two documents: worse, better, or neither."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from handmade import Judge, Make
from published import schema_error

from eiospec.reports.badge import NOT_REACHED, endpoint
from eiospec.reports.changes import paragraphs
from eiospec.reports.comparison import KINDS, comparable, compare, compared, in_short
from eiospec.reports.files import ReportError
from eiospec.reports.html import page
from eiospec.reports.markdown import markdown
from eiospec.reports.model import Document, conforms, document, sealed, unsealed
from eiospec.reports.terminal import comparison as terminal_comparison
from eiospec.verdicts import Run, Verdict

SENTENCE = "The session cookie is set by the handshake only."
# The change for each pair of an older and a newer verdict.
REGRESSIONS = [
    *("pass fail", "pass warn", "pass blocked", "pass stale", "info fail", "warn fail", "warn blocked"),
    *("known fail", "known warn", "known stale", "known blocked"),
]
FIXES = [
    *("fail pass", "warn pass", "blocked pass", "fail info", "fail warn", "blocked warn"),
    *("known pass", "known outgrown", "stale pass", "stale warn"),
]
EXCUSED = ["pass known", "warn known", "fail known", "stale known"]
NEW = [
    "not applicable pass",
    "not applicable fail",
    "broken warn",
    "- fail",
    "- pass",
    "- known",
    "- blocked",
]
GONE = ["pass not applicable", "fail not applicable", "pass -", "known -", "blocked not applicable"]
NEITHER = [
    *("pass pass", "pass info", "fail fail", "fail blocked", "blocked fail", "fail stale", "stale fail"),
    *("outgrown pass", "not applicable -", "- not applicable", "- broken", "broken not applicable"),
    *("pass broken", "fail broken", "known known", "warn warn"),
]


def judged(verdict: str, case: str = "GET") -> Document:
    """A judgement; "outgrown" is a stale one that is not a finding any more."""
    observed = "set again" if verdict in ("fail", "warn", "known", "stale") else ""
    return {"case": case, "verdict": verdict.replace("outgrown", "stale"), "observed": observed}


def run(*judgements: Document, id: str = "CK-006", **changes: Any) -> Document:
    """The compared members of a document: one requirement with these judgements, or none."""
    about = {"id": id, "version": 1, "level": "MUST", "sentence": SENTENCE, "judgements": list(judgements)}
    about |= {key: changes.pop(key) for key in about.keys() & changes.keys()}
    return {
        "target": "http://127.0.0.1:3000/",
        "started": "2026-11-28T10:20:30+00:00",
        "tool": {"name": "eiospec", "version": "0.1.0"},
        "headline": "…",
        "exit": {"code": 0, "meaning": "the target conforms"},
        "options": {},
        "requirements": [about] if judgements else [],
    } | changes


def of(verdict: str, **changes: Any) -> Document:
    """A run with one case, or none."""
    return run(*([] if verdict == "-" else [judged(verdict)]), **changes)


def kinds(old: Document, new: Document) -> list[str]:
    found = compare(old, new)
    return [kind for kind in KINDS for _ in getattr(found, kind)]


def both(words: str) -> tuple[str, str]:
    """ "not applicable pass" are two verdicts."""
    plain = words.replace("not applicable", "not_applicable").split()
    old, new = (word.replace("_", " ") for word in plain)
    return old, new


class TestOneCase:
    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            *((words, ["regressions"]) for words in REGRESSIONS),
            *((words, ["fixes"]) for words in FIXES),
            *((words, ["excused"]) for words in EXCUSED),
            *((words, ["new"]) for words in NEW),
            *((words, ["gone"]) for words in GONE),
            *((words, []) for words in NEITHER),
        ],
    )
    def test_a_change_depends_on_both_verdicts(self, words: str, kind: list[str]) -> None:
        old, new = both(words)
        assert kinds(of(old), of(new)) == kind

    @pytest.mark.parametrize("verdict", Verdict)
    def test_a_run_compared_with_itself_has_no_changes(self, verdict: str) -> None:
        assert kinds(of(verdict), of(verdict)) == []

    def test_a_change_has_both_verdicts(self) -> None:
        (change,) = compare(of("pass"), of("fail")).regressions
        assert (change.id, change.level, change.case, change.was, change.now) == (
            *("CK-006", "MUST", "GET"),
            *("pass", "fail"),
        )

    def test_a_missing_case_has_no_verdict(self) -> None:
        assert (compare(of("-"), of("fail")).new[0].was, compare(of("fail"), of("-")).gone[0].now) == (
            None,
            None,
        )

    def test_a_case_is_compared_only_with_the_same_case(self) -> None:
        old = run(judged("pass", "GET"), judged("fail", "POST"))
        new = run(judged("fail", "GET"), judged("pass", "POST"))
        found = compare(old, new)
        assert ([one.case for one in found.regressions], [one.case for one in found.fixes]) == (
            ["GET"],
            ["POST"],
        )

    def test_the_graver_of_two_cases_with_one_name_counts(self) -> None:
        assert kinds(of("pass"), run(judged("fail"), judged("pass"))) == ["regressions"]
        assert kinds(of("pass"), run(judged("pass"), judged("fail"))) == ["regressions"]


class TestWhatTheSuiteChanged:
    def test_another_meaning_is_another_requirement(self) -> None:
        assert kinds(of("pass"), of("fail", version=2)) == ["new"]

    @pytest.mark.parametrize(("then", "now"), [("SHOULD", "MUST"), ("MUST", "SHOULD")])
    def test_another_level_is_neither_worse_nor_better(self, then: str, now: str) -> None:
        assert kinds(of("warn", level=then), of("fail", level=now)) == []
        assert kinds(of("fail", level=then), of("warn", level=now)) == []

    def test_a_regression_shows_at_any_level(self) -> None:
        assert kinds(of("pass", level="SHOULD"), of("fail")) == ["regressions"]

    def test_what_case_leaves_out_is_not_gone(self) -> None:
        assert kinds(of("pass"), run(options={"--case": "ck-001 HS-*"})) == []
        assert kinds(of("pass"), run(options={"--case": "HS-* ck-*"})) == ["gone"]


class TestExitCode:
    @pytest.mark.parametrize(
        ("words", "code", "meaning"),
        [
            ("pass fail", 1, "the target regressed"),
            ("pass blocked", 1, "the target regressed"),
            ("known fail", 1, "the target regressed"),
            ("known outgrown", 1, "the target does not match its baseline"),
            ("pass warn", 0, "only warnings regressed"),
            ("fail fail", 0, "nothing regressed"),
            ("- fail", 0, "nothing regressed"),
            ("pass -", 0, "nothing regressed"),
            ("fail pass", 0, "nothing regressed"),
            ("pass known", 0, "nothing regressed"),
        ],
    )
    def test_the_exit_code_depends_on_regressions(self, words: str, code: int, meaning: str) -> None:
        old, new = both(words)
        assert compared(of(new), of(old))["exit"] == {"code": code, "meaning": meaning}

    def test_warnings_count_with_level_should(self) -> None:
        assert compared(of("warn"), of("pass"), should=True)["exit"]["code"] == 1

    def test_an_entry_about_several_cases_may_be_stale(self) -> None:
        assert compared(of("pass"), of("pass"), stale=True)["exit"]["code"] == 1

    @pytest.mark.parametrize("code", [3, 4])
    def test_a_run_that_failed_otherwise_keeps_its_exit_code(self, code: int) -> None:
        made = compared(of("fail", exit={"code": code, "meaning": "…"}), of("pass"))
        assert (made["exit"]["code"], len(made["comparison"]["regressions"])) == (code, 1)

    @pytest.mark.parametrize("code", [2, 5, 6])
    def test_a_run_that_judged_too_little_is_not_compared(self, code: int) -> None:
        new = of("fail", exit={"code": code, "meaning": "…"})
        assert compared(new, of("pass")) == new

    @pytest.mark.parametrize("code", [2, 5, 6])
    def test_a_run_that_judged_too_little_cannot_be_compared_with(self, code: int) -> None:
        with pytest.raises(ReportError, match=r"cannot compare with the run of 2026-11-28.*: it was lost"):
            comparable(of("fail", exit={"code": code, "meaning": "it was lost"}))

    @pytest.mark.parametrize("code", [0, 1, 3, 4])
    def test_other_runs_can_be_compared_with(self, code: int) -> None:
        old = of("fail", exit={"code": code, "meaning": "…"})
        assert comparable(old) is old


class TestWords:
    def test_requirements_are_counted_not_cases(self) -> None:
        old = run(judged("pass", "GET"), judged("pass", "POST"))
        assert in_short(compare(old, run(judged("fail", "GET"), judged("fail", "POST")))) == "1 regression"

    def test_no_change_is_reported_as_nothing_changed(self) -> None:
        assert in_short(compare(of("pass"), of("pass"))) == "nothing changed"

    def test_the_older_run_is_named(self) -> None:
        made = compared(of("pass"), of("fail", target="http://other/"))
        assert made["comparison"]["headline"] == (
            "Compared with the run of 2026-11-28 10:20 against http://other/: 1 fix"
        )

    def test_cases_with_the_same_change_are_listed_once(self) -> None:
        old = run(judged("pass", "GET"), judged("pass", "POST"))
        made = compared(run(judged("fail", "GET"), judged("fail", "POST")), old)
        assert paragraphs(made["comparison"]) == [
            f"REGRESSION  CK-006 MUST pass → fail  {SENTENCE} (GET, POST)"
        ]

    def test_long_lists_of_cases_are_cut(self) -> None:
        cases = [f"mount {number}" for number in range(9)]
        made = compared(
            run(*(judged("fail", one) for one in cases)), run(*(judged("pass", one) for one in cases))
        )
        assert paragraphs(made["comparison"])[0].endswith("mount 5 and 3 more)")

    def test_new_failures_are_listed_in_full(self) -> None:
        made = compared(of("fail"), of("-"))
        assert paragraphs(made["comparison"]) == [
            "NEW  judged only now: CK-006",
            f"NEW  CK-006 MUST not judged → fail  {SENTENCE} (GET)",
        ]


@pytest.fixture
def no_worse(failing: Run, make: Make, judge: Judge) -> Document:
    """The document of a run in which something fails that failed before, and something else was fixed."""
    before = make((*failing.judgements, judge("HS-001", Verdict.FAIL, case="a <b>mount</b>")))
    now = replace(failing, judgements=(*failing.judgements, judge("HS-001", case="a <b>mount</b>")))
    return sealed(compared(unsealed(now), document(before)))


class TestEveryWriter:
    def test_the_document_is_of_the_published_shape(self, no_worse: Document) -> None:
        assert not schema_error(no_worse)

    def test_a_run_that_is_no_worse_does_not_conform(self, no_worse: Document) -> None:
        assert (no_worse["exit"]["code"], conforms(no_worse)) == (0, False)

    def test_the_badge_claims_no_level(self, no_worse: Document) -> None:
        answer = json.loads(endpoint(no_worse))
        assert (answer["message"], answer["color"]) == ("1 MUST fail · eiospec 0.1", NOT_REACHED)

    def test_the_terminal_shows_the_comparison(self, no_worse: Document) -> None:
        text = terminal_comparison(no_worse, width=200)
        assert "Compared with the run of 2025-01-02 03:04: 1 fix.\n  FIX  HS-001 MUST fail → pass" in text
        assert "does not conform" in text.splitlines()[-1]

    def test_the_page_shows_the_comparison_and_stays_inert(self, no_worse: Document) -> None:
        made = page([no_worse])
        fold = made[made.index("Comparison</span>") :]
        fixes = re.sub(r"<[^>]+>|\s+", " ", fold[fold.index("<h3>Fixes") : fold.index("</ul>")]).split()
        assert fixes[2:4] == ["HS-001", "MUST"]
        assert fixes[-6:] == ["a", "&lt;b&gt;mount&lt;/b&gt;", "fail", "→", "✓", "pass"]
        assert "<b>mount</b>" not in made

    def test_a_page_of_several_runs_does_not_count_it_as_conforming(self, no_worse: Document) -> None:
        assert "<h1>2 targets: none conforms</h1>" in page([no_worse, no_worse])

    def test_markdown_shows_the_comparison_and_stays_inert(self, no_worse: Document) -> None:
        made = markdown(no_worse)
        assert "FIX  HS\\-001 MUST fail → pass" in made
        assert "<b>" not in made
