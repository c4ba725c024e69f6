"""The summary at the end of a run."""

from __future__ import annotations

import dataclasses
import re

import pytest
from handmade import Judge, Make

from eiospec.reports.model import document
from eiospec.reports.terminal import summary
from eiospec.verdicts import Control, Run, Verdict


@pytest.fixture
def text(failing: Run) -> str:
    return summary(document(failing), written=("build/report.html", "build/report.json", "junit.xml"))


def test_the_last_line_says_how_it_went(text: str) -> None:
    assert (
        text.splitlines()[-1]
        == "http://127.0.0.1:3000 does not conform: 1 requirement fails, 1 warns; 2 pass."
    )


def test_a_target_too_long_for_the_line_is_left_out_of_the_headline(failing: Run) -> None:
    run = dataclasses.replace(failing, target="http://127.0.0.1:3000/a/rather/long/path/to/socket.io/")
    text = summary(document(run), width=80, verbosity=-2)
    assert text == "The target does not conform: 1 requirement fails, 1 warns; 2 pass.\n"


def test_the_areas_come_first(text: str) -> None:
    assert text.startswith(
        """\
                                         pass  fail  warn  n/a
  HS Handshake and open packet              2
  CK Session cookie: presence and value           1     1
  UP Upgrade to WebSocket                                    1
     all areas                              2     1     1    1
  7 checks in 2.5 s
"""
    )


def test_the_gravest_finding_is_last(make: Make, judge: Judge) -> None:
    verdicts = (Verdict.FAIL, Verdict.BROKEN, Verdict.WARN, Verdict.BLOCKED, Verdict.STALE)
    run = make(tuple(judge(f"CK-00{n}", verdict, reason="so") for n, verdict in enumerate(verdicts)))
    words = re.findall("^[A-Z]{4,}", summary(document(run)), re.MULTILINE)
    assert words == ["WARN", "BLOCKED", "STALE", "FAIL", "BROKEN"]


def test_a_failure_says_what_to_do_about_it(text: str) -> None:
    assert (
        """\
FAIL  CK-002 MUST  The session cookie's value is the session id of the open
      packet in the same response.
  case       polling, mount /cors
  expected   io=lv_VI97HAXpY6yYWAAAB
  observed   io=masked:d9298a10
  reproduce  pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002
             curl -i 'http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling'
  source     How to deal with cookies, Cookie based sticky session
             https://socket.io/how-to/deal-with-cookies
"""
        in text
    )


def test_a_warning_is_shorter(text: str) -> None:
    assert "WARN  CK-008 SHOULD  A WebSocket-only handshake" in text
    assert "  observed   no Set-Cookie line in the 101 response" in text


@pytest.mark.parametrize(
    "line",
    [
        "Seen: session cookie 'io'",
        "Not judged: 1 not applicable to this target; 1 of the catalogue without a check",
        "Report: build/report.html",
        "  in the same folder: report.json",
        "  junit.xml",
    ],
)
def test_the_rest_is_counted_in_one_line(text: str, line: str) -> None:
    assert line in text.splitlines()


def test_blocked_requirements_are_shown_once_per_cause(make: Make, judge: Judge) -> None:
    run = make(
        tuple(judge(f"CK-00{n}", Verdict.BLOCKED, reason="no handshake was observed") for n in range(3)),
        exit_code=1,
    )
    text = summary(document(run))
    assert "BLOCKED  3 requirements: no handshake was observed\n" in text
    assert text.count("no handshake was observed") == 1


def test_many_ways_to_fail_are_cut_short(make: Make, judge: Judge) -> None:
    run = make(tuple(judge(verdict=Verdict.FAIL, observed=f"way {n}", case=f"case {n}") for n in range(5)))
    text = summary(document(run))
    assert "way 2" in text
    assert "way 3" not in text
    assert "and in other ways on 2 more cases; see the reports" in text


def test_further_failures_have_one_line_each(make: Make, judge: Judge) -> None:
    sentence = (
        "A sentence that is long enough to be cut, because no terminal has as many columns as it has letters."
    )
    run = make(
        tuple(judge(f"CK-{n:03}", Verdict.FAIL, sentence=sentence, observed="no") for n in range(12)),
        exit_code=1,
    )
    text = summary(document(run))
    assert text.count("  observed") == 10
    assert re.search(
        r"\n\nFAIL  CK-010 MUST  A sentence that .* …\nFAIL  CK-011 MUST  A sentence that .* …\n\n", text
    )


def test_a_failed_control_is_shown(make: Make) -> None:
    run = make(controls=(Control("last", False, "connection refused"),), exit_code=6)
    assert "The last control exchange failed: connection refused\n" in summary(document(run))


def test_a_note_is_shown_above_the_report(failing: Run) -> None:
    text = summary(document(failing), written=("report.html",), notes=["not written: build"])
    assert "\nnot written: build\n\nReport: report.html\n" in text


def test_a_run_that_conforms_is_short(make: Make, judge: Judge) -> None:
    assert len(summary(document(make((judge(),), excluded=()))).splitlines()) <= 7


class TestLoudness:
    def test_loud_says_by_what_evidence_something_was_detected(self, failing: Run) -> None:
        text = summary(document(failing), verbosity=1)
        assert "\nSeen\n  session cookie 'io': its value is the session id\n" in text

    def test_quiet_shows_findings_and_the_result(self, failing: Run) -> None:
        text = summary(document(failing), verbosity=-1, written=("report.html",))
        assert text.startswith("WARN  CK-008")
        assert text.endswith(
            "\nhttp://127.0.0.1:3000 does not conform: 1 requirement fails, 1 warns; 2 pass.\n"
        )
        assert not re.search("Seen|Report:|all areas", text)

    def test_quieter_says_how_it_went(self, failing: Run) -> None:
        result = "http://127.0.0.1:3000 does not conform: 1 requirement fails, 1 warns; 2 pass.\n"
        assert summary(document(failing), verbosity=-2) == result

    def test_a_note_is_never_lost(self, failing: Run) -> None:
        assert summary(document(failing), verbosity=-2, notes=["not written"]).startswith("not written\n")


@pytest.mark.parametrize("width", [20, 40, 60, 100, 200])
def test_prose_fits_the_width(failing: Run, width: int) -> None:
    lines = summary(document(failing), width=width).splitlines()
    prose = [line for line in lines if not re.search("https://|pytest |curl ", line)]
    assert max(len(line) for line in prose) <= max(width, 40)


def test_letters_of_two_columns_fit_the_width(make: Make, judge: Judge) -> None:
    run = make((judge(verdict=Verdict.FAIL, observed="曲奇" * 80),), exit_code=1)
    lines = summary(document(run), width=60).splitlines()
    assert max(len(line) + sum(map(line.count, "曲奇")) for line in lines) in (59, 60)


def test_shell_lines_are_never_wrapped(failing: Run) -> None:
    assert "curl -i 'http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling'" in summary(
        document(failing), width=40
    )


def test_colour_is_only_added(failing: Run) -> None:
    plain, coloured = (summary(document(failing), colour=colour) for colour in (False, True))
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\x1b]0;title\x07", "\r\x08\x08", "\u202egnp", "\x00\x9b", "\ud800", "x\n::error::y"]
)
def test_a_target_cannot_speak_to_the_terminal(make: Make, judge: Judge, hostile: str) -> None:
    run = make(
        (judge(verdict=Verdict.FAIL, **dict.fromkeys(("expected", "observed", "reason", "case"), hostile)),),
        target=hostile,
        exit_code=1,
    )
    text = summary(document(run), written=(hostile,))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_text_of_a_target_cannot_begin_a_line(make: Make, judge: Judge) -> None:
    text = summary(
        document(make((judge(verdict=Verdict.FAIL, observed="a\nPASS  all is well"),), exit_code=1))
    )
    assert "\n             PASS  all is well\n" in text


def test_long_observations_are_cut(make: Make, judge: Judge) -> None:
    text = summary(document(make((judge(verdict=Verdict.FAIL, observed="x" * 9000),), exit_code=1)))
    assert "8100 more characters in the reports" in " ".join(text.split())


def test_changed_verdicts_of_a_replay_are_above_the_last_line(failing: Run) -> None:
    change = {"id": "CK-002", "case": "polling", "then": "pass", "now": "fail"}
    made = document(failing) | {
        "replayed": {"file": "run.json", "version": "0.0.1", "started": "", "changed": [change]}
    }
    *_, changed, row, _, last = summary(made).splitlines()
    assert changed == "1 verdict changed: eiospec 0.0.1 judged run.json, eiospec 0.1 again."
    assert row == "  CK-002  polling  pass → fail"
    assert last.startswith("http://127.0.0.1:3000 does not conform")
