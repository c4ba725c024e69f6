"""GitHub annotations and the step summary."""

from __future__ import annotations

import re

import pytest
from handmade import Judge, Make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eiospec.reports.annotations import MOST_OCTETS, step_summary, workflow_commands
from eiospec.reports.markdown import markdown
from eiospec.reports.model import document
from eiospec.verdicts import Control, Run, Verdict

# The parts of a workflow command that names a title, as the runner tells them apart.
COMMAND = re.compile(r"::(?P<name>error|warning) title=(?P<title>[^:,\r\n]*)::(?P<text>[^\r\n]*)")


def read(line: str) -> tuple[str, str, str]:
    """The name, the title and the text of a command, unescaped in the runner's order."""
    parts = COMMAND.fullmatch(line)
    assert parts, line
    title, text = parts["title"], parts["text"]
    for character, escape in ((":", "%3A"), (",", "%2C")):
        title = title.replace(escape, character)
    for character, escape in (("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        title, text = title.replace(escape, character), text.replace(escape, character)
    return parts["name"], title, text


def test_a_failure_is_an_error_and_a_warning_a_warning(failing: Run) -> None:
    commands = [read(line) for line in workflow_commands([document(failing)])]
    assert [(name, title) for name, title, _ in commands] == [
        ("error", "CK-002 MUST fail"),
        ("warning", "CK-008 SHOULD warn"),
    ]


def test_an_annotation_says_what_to_do_about_it(failing: Run) -> None:
    (_, _, text), _ = (read(line) for line in workflow_commands([document(failing)]))
    assert text.splitlines() == [
        "The session cookie's value is the session id of the open packet in the same response.",
        "case: polling",
        "expected: io=lv_VI97HAXpY6yYWAAAB",
        "observed: io=masked:d9298a10",
        "reproduce: pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002",
        "source: https://socket.io/how-to/deal-with-cookies",
    ]


def test_a_warning_that_fails_the_run_is_an_error(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.WARN),), options={"--level": "should"}, exit_code=1)
    assert [read(line)[0] for line in workflow_commands([document(run)])] == ["error"]


def test_a_run_that_conforms_is_not_annotated(make: Make, judge: Judge) -> None:
    assert workflow_commands([document(make((judge(),)))]) == []


def test_a_failure_that_does_not_fail_the_run_is_a_warning(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.FAIL),), exit_code=0)
    assert [read(line)[0] for line in workflow_commands([document(run)])] == ["warning"]


def test_blocked_requirements_are_annotated_once_per_cause(make: Make, judge: Judge) -> None:
    run = make(
        tuple(judge(f"CK-00{n}", Verdict.BLOCKED, reason="no handshake") for n in range(3)), exit_code=1
    )
    assert [read(line) for line in workflow_commands([document(run)])] == [
        ("error", "3 blocked", "no handshake\nCK-000, CK-001, CK-002")
    ]


def test_a_target_that_was_lost_is_an_error(make: Make) -> None:
    run = make(controls=(Control("last", False, "it refused the connection"),), exit_code=6)
    assert [read(line) for line in workflow_commands([document(run)])] == [
        ("error", "last control exchange", "it refused the connection")
    ]


def test_ten_annotations_per_kind_and_the_last_counts_the_rest(make: Make, judge: Judge) -> None:
    verdicts = (Verdict.FAIL, Verdict.WARN)
    run = make(tuple(judge(f"CK-{n:03}", verdicts[n % 2]) for n in range(40)), exit_code=1)
    commands = [read(line) for line in workflow_commands([document(run)])]
    assert [name for name, _, _ in commands] == ["error"] * 10 + ["warning"] * 10
    assert commands[9][1] == commands[19][1] == "11 more findings"


def test_annotations_of_several_targets_name_their_target(failing: Run) -> None:
    made = document(failing)
    titles = [read(line)[1] for line in workflow_commands([made, made])]
    assert titles[0] == "CK-002 MUST fail (http://127.0.0.1:3000)"


# The makers have no state.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.text())
@pytest.mark.parametrize("place", ["expected", "observed", "reason", "case"])
def test_text_of_a_target_stays_in_its_annotation(make: Make, judge: Judge, place: str, sent: str) -> None:
    run = make((judge(verdict=Verdict.FAIL, **{place: sent}),), exit_code=1, target=sent or "x")
    lines = workflow_commands([document(run), document(run)])
    assert len(lines) == 2
    assert all(read(line)[0] == "error" for line in lines)


@pytest.mark.parametrize(
    "sent",
    ["x\n::error::y", "\r::set-output name=a::b", "%0A::error::y", "##[add-path]/x", "::stop-commands::t"],
)
def test_text_of_a_target_is_never_a_command(make: Make, judge: Judge, sent: str) -> None:
    run = make((judge(verdict=Verdict.FAIL, observed=sent),), exit_code=1)
    (line,) = workflow_commands([document(run)])
    assert "\r" not in line
    assert read(line)[1] == "CK-002 MUST fail"


class TestStepSummary:
    def test_step_summary_is_the_markdown_summary(self, failing: Run) -> None:
        made = document(failing)
        assert step_summary([made], 0) == f"{markdown(made)}\n"

    @pytest.mark.parametrize("room", [0, 10, 90, 500, 5000])
    def test_step_summary_never_exceeds_the_limit(self, failing: Run, room: int) -> None:
        made = document(failing)
        assert len(step_summary([made, made], MOST_OCTETS - room).encode()) <= room

    def test_step_summary_is_the_headline_without_room_for_more(self, failing: Run) -> None:
        made = document(failing)
        assert step_summary([made], MOST_OCTETS - 500).startswith("### http")
        assert "CK-002" not in step_summary([made], MOST_OCTETS - 500)
