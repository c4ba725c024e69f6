"""A baseline: which findings an entry knows, which it does not, and how a first one is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.fixtures.requirements import MUST, Requirement, Source
from eiospec.fixtures.target.baseline import (
    BadBaseline,
    Baseline,
    Entry,
    lasting,
    parse_baseline,
    read_baseline,
    write_baseline,
)
from eiospec.fixtures.verdicts import Judgement, Verdict

Judged = Callable[..., Judgement]

GUIDE = Path(__file__).parents[2] / "docs" / "ci.md"
ENTRY = Entry("CK-008", "*", "set 0 times", "not yet")
FOUND = (Verdict.FAIL, Verdict.WARN, Verdict.BLOCKED)

MISTAKES = {
    "no TOML": ("known = [", "no TOML: "),
    "an unknown table": ("[[knwon]]\nid = 'CK-001'", "knwon is unknown: use implementation and [[known]]"),
    "one table": ("[known]\nid = 'CK-001'", "known must be a list of tables: write [[known]]"),
    "a number": ("known = 5", "known must be a list of tables: write [[known]]"),
    "a list of ids": ("known = ['CK-001']", "known must be a list of tables: write [[known]]"),
    "no id": ("[[known]]\nid = 'CK-001'\n[[known]]\ncase = 'main'", "entry 2 has no id"),
    "an unknown key": (
        "[[known]]\nid = 'CK-001'\nreason = 'later'",
        "entry 1: reason is unknown: use id, case, observed, why",
    ),
    "an id that is no text": ("[[known]]\nid = 1", "entry 1: id is 1; allowed is a string"),
    "a case that is no text": (
        "[[known]]\nid = 'CK-001'\ncase = 4",
        "entry 1: case is 4; allowed is a string",
    ),
}

# What a run observes, and the part of it that the next run observes, too.
OBSERVED = {
    "set 0 times": "set 0 times",
    "set 0 times (exchange 12, first handshake); set 0 times (exchange 7, another)": "set 0 times",
    "answered 500 (exchange 3, cut sh": "answered 500",
    "2 lines: K5tOoZfiQiAluDHFaBBTcnrF5Nw= | x": "2 lines:",
    "no set-cookie-string: “a=1,b=2”": "no set-cookie-string: “a=1,b=2”",
    "the value “woot=jGyTepAEbiDvr0xQAAAb; Path=/”": "the value “woot=",
    "Expires is Tue, 01 Jan 2030 00:00:00 GMT": "Expires is",
    "too early, after 2014 ms of 4000 ms": "too early, after",
    "the id custom-17 again": "the id",
    "encoded as %41%42%43, and no other way": "encoded as",
    "Location: http://127.0.0.1:40123/socket.io/": "Location: http://127.0.0.1",
    "": "",
}


def parsed(*entries: Entry) -> Baseline:
    return Baseline("my server 1.2", entries)


class TestParsing:
    def test_the_guide_s_example_can_be_read(self) -> None:
        (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
        entry = Entry("CK-008", "*", "set 0 times", "no cookie on WebSocket-only handshakes yet")
        assert parse_baseline(example) == parsed(entry)

    def test_an_id_alone_covers_every_case_and_every_finding(self) -> None:
        assert parse_baseline("[[known]]\nid = 'CK-008'").entries == (Entry("CK-008", "*", "", ""),)

    def test_an_empty_file_knows_nothing(self) -> None:
        assert parse_baseline("") == Baseline("", ())

    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_a_mistake_says_where_and_why(self, mistake: str) -> None:
        text, advice = MISTAKES[mistake]
        with pytest.raises(BadBaseline, match=re.escape(advice)):
            parse_baseline(text)

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path) -> None:
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


class TestWriting:
    def test_what_is_written_explains_what_it_was_written_of(self, judged: Judged) -> None:
        found = judged(observed="set 0 times (exchange 12, first handshake)", case="a [b]*")
        (entry,) = parse_baseline(write_baseline([found], "http://127.0.0.1:3000/", "2026-11-23")).entries
        assert entry.covers(found)
        assert entry.explains(found)

    def test_a_case_is_no_glob(self, judged: Judged) -> None:
        (entry,) = parse_baseline(write_baseline([judged(case="a*")], "", "")).entries
        assert not entry.covers(judged(case="ab"))

    def test_says_what_it_is_about(self, judged: Judged) -> None:
        written = write_baseline([judged()], "http://127.0.0.1:3000/", "2026-11-23")
        assert "seen on 2026-11-23" in written
        assert "# The cookie is set.\nid = " in written
        assert parse_baseline(written).implementation == "http://127.0.0.1:3000/"

    @pytest.mark.parametrize(
        "verdict", [Verdict.FAIL, Verdict.WARN, Verdict.BLOCKED, Verdict.KNOWN, Verdict.STALE]
    )
    def test_every_finding_is_written(self, judged: Judged, verdict: Verdict) -> None:
        assert len(parse_baseline(write_baseline([judged(verdict)], "", "")).entries) == 1

    @pytest.mark.parametrize(
        "verdict",
        [Verdict.PASS, Verdict.INFO, Verdict.NOT_APPLICABLE, Verdict.BROKEN, Verdict.STALE],
    )
    def test_what_is_no_finding_is_not(self, judged: Judged, verdict: Verdict) -> None:
        assert parse_baseline(write_baseline([judged(verdict, "")], "", "")).entries == ()

    @pytest.mark.parametrize("observed", OBSERVED)
    def test_only_what_lasts_is_written(self, observed: str) -> None:
        assert lasting(observed) == OBSERVED[observed]

    @given(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
    def test_whatever_a_target_sends_is_found_again(self, observed: str, case: str) -> None:
        requirement = Requirement("CK-008", MUST, "The cookie is set.", Source("How-to", "https://a"))
        found = Judgement(requirement, "node", case, Verdict.FAIL, observed=observed)
        (entry,) = parse_baseline(write_baseline([found], "", "")).entries
        assert entry.covers(found)
        assert entry.explains(found)
