"""A baseline: which findings an entry matches, and until when."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from eiospec.target import toml
from eiospec.target.baseline import (
    BadBaseline,
    Baseline,
    Entry,
    parse_baseline,
    read_baseline,
)
from eiospec.verdicts import Judgement, Verdict

Judged = Callable[..., Judgement]

GUIDE = Path(__file__).parents[3] / "docs" / "ci.md"
TODAY = date(2026, 11, 29)
ENTRY = Entry("CK-008", "*", "set 0 times", "not yet")
EXPIRING = "[[known]]\nid = 'CK-008'\nexpires = {}\n"
FOUND = (Verdict.FAIL, Verdict.WARN, Verdict.BLOCKED)

MISTAKES = {
    "no TOML": ("known = [", "not TOML: "),
    "a number of 5000 digits": ("known = " + 5000 * "9", "not TOML: "),
    "deep nesting": ("known = " + 20_000 * "[", "not TOML: it is nested too deeply"),
    "an unknown table": ("[[knwon]]\nid = 'CK-001'", "knwon is unknown: did you mean known?"),
    "one table": (
        "[known]\nid = 'CK-001'",
        "known is {'id': 'CK-001'}; allowed is a list of tables: write [[known]] above each entry",
    ),
    "a number": ("known = 5", "known is 5; allowed is a list of tables: write [[known]]"),
    "a list of ids": ("known = ['CK-001']", "known[0] is 'CK-001'; allowed is a table"),
    "no id": ("[[known]]\nid = 'CK-001'\n[[known]]\ncase = 'main'", "entry 2: id is missing"),
    "an unknown key": (
        "[[known]]\nid = 'CK-001'\nwhy = 'later'",
        "entry 1: why is unknown: allowed are id, case, observed, reason, link, expires",
    ),
    "a key with an escape sequence": (
        "[[known]]\nid = 'CK-001'\n\"\\u001b[2J\" = 1",
        "entry 1: '\\x1b[2J' is unknown",
    ),
    "an id that is not a text": ("[[known]]\nid = 1", "entry 1: id is 1; allowed is a string"),
    "a case that is not a text": (
        "[[known]]\nid = 'CK-001'\ncase = 4",
        "entry 1: case is 4; allowed is a glob, or a list of globs",
    ),
    "a list with a case that is not a text": (
        "[[known]]\nid = 'CK-001'\ncase = ['a', 4]",
        "entry 1: case[1] is 4; allowed is a string",
    ),
    "no case at all": ("[[known]]\nid = 'CK-001'\ncase = []", "entry 1: case is an empty list; name a case"),
    "a day in words": (
        EXPIRING.format("'next year'"),
        "entry 1: expires is 'next year'; allowed is a day: 2027-01-31",
    ),
    "no day of the calendar": (
        EXPIRING.format("'2027-02-30'"),
        "entry 1: expires is '2027-02-30'; allowed is a day",
    ),
    "an hour": (
        EXPIRING.format("2027-01-31T12:00:00Z"),
        "entry 1: expires is 2027-01-31T12:00:00+00:00; allowed is a day",
    ),
    "a year": (EXPIRING.format("2027"), "entry 1: expires is 2027; allowed is a day: 2027-01-31"),
}


def parsed(*entries: Entry) -> Baseline:
    return Baseline("my server 1.2", entries, TODAY)


def read(text: str) -> Baseline:
    return parse_baseline(text, TODAY)


class TestParsing:
    def test_the_guide_s_example_can_be_read(self) -> None:
        (example,) = re.findall(
            r"```toml\n((?:(?!```).)*\[\[known\]\].*?)```", GUIDE.read_text("utf-8"), re.DOTALL
        )
        (entry,) = read(example).entries
        assert (entry.id, entry.case, entry.observed) == ("CK-008", "*", "set 0 times")
        assert all(entry.remarks)

    def test_an_id_alone_covers_every_case_and_every_finding(self) -> None:
        assert read("[[known]]\nid = 'CK-008'").entries == (Entry("CK-008", "*", "", ""),)

    def test_an_empty_file_knows_nothing(self) -> None:
        assert read("") == Baseline("", (), TODAY)

    def test_a_list_of_cases_is_an_entry_for_each(self) -> None:
        assert read("[[known]]\nid = 'CK-008'\ncase = ['a', 'b-*']\nreason = 'x'").entries == (
            Entry("CK-008", "a", reason="x"),
            Entry("CK-008", "b-*", reason="x"),
        )

    @pytest.mark.parametrize("written", ["2027-01-31", "'2027-01-31'"])
    def test_a_day_may_be_quoted(self, written: str) -> None:
        (entry,) = read(EXPIRING.format(written)).entries
        assert entry.expires == date(2027, 1, 31)

    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_a_mistake_says_where_and_why(self, mistake: str) -> None:
        text, advice = MISTAKES[mistake]
        with pytest.raises(BadBaseline, match=re.escape(advice)):
            read(text)

    def test_a_file_without_an_end_is_not_read_to_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(toml, "MOST_OCTETS", 1000)
        with pytest.raises(BadBaseline, match="cannot be read: it has more than 1000 octets"):
            read_baseline(Path("/dev/zero"))

    def test_a_missing_file_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(BadBaseline, match=r"cannot be read: .*No such file"):
            read_baseline(tmp_path / "known.toml")


class TestEntry:
    @pytest.mark.parametrize("case", ["main", "cookie-a", ""])
    def test_an_asterisk_covers_every_case(self, judged: Judged, case: str) -> None:
        assert ENTRY.covers(judged(case=case))

    def test_a_glob_covers_the_cases_it_matches(self, judged: Judged) -> None:
        entry = Entry("CK-008", "cookie-?", "", "")
        assert [entry.covers(judged(case=case)) for case in ("cookie-a", "main")] == [True, False]

    def test_another_requirement_is_not_covered(self, judged: Judged) -> None:
        assert not ENTRY.covers(judged(id="CK-009"))

    @pytest.mark.parametrize("verdict", Verdict)
    def test_only_a_finding_is_explained(self, judged: Judged, verdict: Verdict) -> None:
        assert ENTRY.explains(judged(verdict)) is (verdict in FOUND)

    def test_another_observation_is_not_explained(self, judged: Judged) -> None:
        assert not ENTRY.explains(judged(observed="set 2 times"))


class TestBaseline:
    def test_has_no_entry_for_what_it_does_not_cover(self, judged: Judged) -> None:
        assert parsed(ENTRY).entry_for(judged(id="CK-001")) is None

    def test_the_entry_that_explains_is_chosen(self, judged: Judged) -> None:
        other = Entry("CK-008", "*", "set 2 times", "")
        assert parsed(other, ENTRY).entry_for(judged()) == ENTRY

    def test_without_one_that_explains_the_first_that_covers_is_chosen(self, judged: Judged) -> None:
        other = Entry("CK-008", "main", "", "")
        assert parsed(ENTRY, other).entry_for(judged(Verdict.PASS)) == ENTRY

    def test_an_entry_that_nothing_is_about_is_unmatched(self, judged: Judged) -> None:
        stray = Entry("CK-008", "nowhere", "", "")
        assert parsed(ENTRY, stray).unmatched([judged()], frozenset()) == (stray,)

    @pytest.mark.parametrize("selected", [frozenset({"CK-001"}), frozenset({"CK-001", "CK-002"})])
    def test_an_entry_about_what_was_not_selected_is_left_alone(self, selected: frozenset[str]) -> None:
        assert parsed(ENTRY).unmatched([], selected) == ()


class TestExpiry:
    @pytest.mark.parametrize(("days", "expired"), [(-1, True), (0, False), (1, False)])
    def test_an_entry_is_in_force_through_its_last_day(self, days: int, expired: bool) -> None:
        entry = Entry("CK-008", expires=TODAY + timedelta(days))
        assert parsed(ENTRY, entry).expired == ((entry,) if expired else ())

    def test_an_entry_in_force_is_chosen_before_one_that_expired(self, judged: Judged) -> None:
        past = Entry("CK-008", expires=TODAY - timedelta(1))
        assert parsed(past, ENTRY).entry_for(judged()) == ENTRY

    def test_one_about_several_cases_is_not_idle_while_what_it_knew_is_there(self, judged: Judged) -> None:
        past = Entry("CK-008", expires=TODAY - timedelta(1))
        assert parsed(past).idle([judged()]) == ()
        assert parsed(past).idle([judged(Verdict.PASS)]) == (past,)
