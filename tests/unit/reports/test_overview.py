"""Several targets in words."""

from __future__ import annotations

from typing import Any

from eiospec.reports.terminal import count_of_targets, overview

COUNTS = dict.fromkeys(
    ("pass", "fail", "warn", "info", "not applicable", "blocked", "broken", "known", "stale"), 0
)


def made(code: int, verdict: str = "", *, lost: str = "") -> dict[str, Any]:
    """A document with at most one requirement."""
    entry = {"id": "CK-002", "level": "MUST", "sentence": "The value is the id.", "verdict": verdict}
    counts = COUNTS | ({verdict: 1} if verdict else {})
    return {
        "exit": {"code": code},
        "counts": {"requirements": counts},
        "controls": [{"ok": not lost, "sentence": lost}],
        "requirements": [entry] if verdict else [],
    }


def test_says_how_many_did_what() -> None:
    runs = {"a": made(0, "pass"), "b": made(1, "fail"), "c": made(1, "fail"), "d": made(6), "e": None}
    assert count_of_targets(runs) == (
        "5 targets: 1 conforms, 2 do not, 1 could not be reached or was lost, 1 was not judged to the end."
    )


def test_names_the_targets_of_a_finding_once() -> None:
    lines = overview({"one": made(1, "fail"), "two": made(0, "pass"), "six": made(1, "fail")}).splitlines()
    place = lines.index("FAIL  CK-002 MUST  The value is the id.")
    assert lines[place + 1 :] == ["      one", "      six"]


def test_blocked_requirements_are_ids_alone() -> None:
    assert "BLOCKED  1 requirements:\n      CK-002\n" in overview({"a": made(1, "blocked")})


def test_a_lost_target_has_its_sentence() -> None:
    assert "   6  connection refused" in overview({"a": made(6, lost="connection refused")})


def test_a_run_without_a_report_has_a_row() -> None:
    assert "   -  a: it left no report" in overview({"a": None})


def test_what_a_target_sent_is_inert() -> None:
    assert "\x1b" not in overview({"a\x1b[2J": made(6, lost="\x1b[31m")})
