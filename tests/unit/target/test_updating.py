"""Updating a baseline file: entries that are kept, removed and added, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.requirements import MUST, Requirement, Source
from eiospec.target.baseline import BadBaseline, Entry, parse_baseline, read_baseline
from eiospec.target.updating import lasting, new_baseline, updated
from eiospec.verdicts import Judgement, Verdict

Judged = Callable[..., Judgement]

SHIPPED = sorted((Path(__file__).parents[3] / "fixtures" / "apps").glob("*/baseline.toml"))
DAY = date(2026, 11, 29)
HEAD = "# Ours.\nimplementation = 'my server 1.2'  # of May\n"
# An entry as people write it: not as we would.
MAIN = """
# Seen by Ada,
# and by Bob.
[[known]]  # here
id    = 'CK-008'
case  = "main"
observed = '''set 0 times'''
reason = "not yet"
link = "https://example.com/issues/1"
expires = 2027-01-31   # the release
# below
"""
OTHER = '\n[[known]]\nid = "CK-009"\n'
FIRST = '\n[[known]]\nid = "CK-001"\n'
# What an update writes of judged().
WRITTEN = """
[[known]]
# The cookie is set.
id = "CK-008"
case = "main"
observed = "set 0 times"
"""

# An observation, and the part of it that the next run repeats.
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


def text(known: str, *judgements: Judgement, whole: bool = True) -> str:
    """The file after a run."""
    return updated(known, judgements, DAY, lambda _: whole).text


class TestWhatHolds:
    def test_stays_octet_for_octet(self, judged: Judged) -> None:
        assert text(HEAD + MAIN + OTHER, judged(), judged(id="CK-009")) == HEAD + MAIN + OTHER

    def test_stays_so_while_another_goes(self, judged: Judged) -> None:
        assert text(HEAD + MAIN + OTHER, judged()) == HEAD + MAIN

    def test_is_not_added_again(self, judged: Judged) -> None:
        assert updated(MAIN, [judged()], DAY).added == ()

    def test_may_have_the_line_ends_of_another_system(self, judged: Judged) -> None:
        known = (HEAD + MAIN + OTHER).replace("\n", "\r\n")
        assert text(known, judged()) == (HEAD + MAIN).replace("\n", "\r\n")

    def test_stays_when_it_has_expired(self, judged: Judged) -> None:
        found = updated(MAIN.replace("2027", "2026"), [judged()], DAY)
        assert (found.added, found.removed, found.expired) == ((), (), found.kept)

    @pytest.mark.parametrize("verdict", [Verdict.WARN, Verdict.BLOCKED])
    def test_is_every_kind_of_finding(self, judged: Judged, verdict: Verdict) -> None:
        assert text(MAIN, judged(verdict)) == MAIN


class TestWhatIsStale:
    @pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INFO, Verdict.NOT_APPLICABLE])
    def test_goes_when_it_is_no_finding(self, judged: Judged, verdict: Verdict) -> None:
        assert text(HEAD + MAIN, judged(verdict)) == HEAD

    def test_is_replaced_by_the_current_observation(self, judged: Judged) -> None:
        now = WRITTEN.replace("set 0", "set 2")
        assert text(HEAD + MAIN, judged(observed="set 2 times")) == HEAD + now

    def test_goes_when_no_check_is_about_it(self) -> None:
        assert text(HEAD + MAIN) == HEAD

    def test_leaves_the_comments_that_are_not_its_own(self, judged: Judged) -> None:
        section = "\n# --- polling ---\n"
        assert text(HEAD + section + FIRST + MAIN, judged()) == HEAD + section + MAIN
        assert text(HEAD + section + FIRST + "\n# The end.\n") == HEAD + section + "\n# The end.\n"

    def test_stays_when_the_check_broke(self, judged: Judged) -> None:
        assert text(MAIN, judged(Verdict.BROKEN)) == MAIN


class TestPartOfARun:
    def test_says_nothing_of_what_it_did_not_judge(self) -> None:
        assert text(MAIN + OTHER, whole=False) == MAIN + OTHER

    def test_says_nothing_of_an_entry_about_several_cases(self, judged: Judged) -> None:
        assert text(OTHER, judged(Verdict.PASS, id="CK-009"), whole=False) == OTHER

    def test_says_what_became_of_the_case_it_judged(self, judged: Judged) -> None:
        assert text(HEAD + MAIN, judged(Verdict.PASS), whole=False) == HEAD


class TestWhatIsNew:
    def test_is_added_without_a_made_up_reason(self, judged: Judged) -> None:
        assert text(HEAD, judged()) == HEAD + WRITTEN

    def test_is_inserted_at_its_place(self, judged: Judged) -> None:
        known = HEAD + FIRST + OTHER
        found = text(known, judged(), judged(id="CK-001"), judged(id="CK-009"))
        assert found == HEAD + FIRST + WRITTEN + OTHER

    def test_may_stand_above_the_first(self, judged: Judged) -> None:
        assert text(OTHER.lstrip(), judged(), judged(id="CK-009")) == WRITTEN.lstrip() + OTHER

    def test_is_added_next_to_one_about_other_cases(self, judged: Judged) -> None:
        found = updated(MAIN, [judged(), judged(case="mount-a")], DAY)
        assert found.added == (Entry("CK-008", "mount-a", "set 0 times"),)

    def test_is_the_first_of_a_new_file(self, judged: Judged) -> None:
        found = text(new_baseline("http://127.0.0.1:3000/", DAY), judged())
        assert found.startswith("# Known deviations, seen on 2026-11-29.\n")
        assert parse_baseline(found, DAY).implementation == "http://127.0.0.1:3000/"

    def test_follows_a_last_line_without_end(self, judged: Judged) -> None:
        assert text(HEAD.rstrip(), judged()) == HEAD + WRITTEN

    @pytest.mark.parametrize("observed", OBSERVED)
    def test_is_known_by_what_lasts(self, observed: str) -> None:
        assert lasting(observed) == OBSERVED[observed]

    @given(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
    def test_is_matched_in_the_next_run_for_any_text_of_a_target(self, observed: str, case: str) -> None:
        requirement = Requirement("CK-008", MUST, "The cookie is set.", Source("How-to", "https://a"))
        found = Judgement(requirement, "node", case, Verdict.FAIL, observed=observed)
        first = updated(HEAD, [found], DAY)
        again = updated(first.text, [found], DAY)
        assert (len(first.added), again.added, again.removed, again.text) == (1, (), (), first.text)


# An entry about several cases, and the same without the first of them.
SEVERAL = """
[[known]]
# Why.
id = "CK-008"
case = ["a", "b", "c"] # these
observed = "set 0 times"
reason = "not yet"
"""
WITHOUT_A = SEVERAL.replace('["a", "b", "c"]', '["b", "c"]')


class TestSeveralCases:
    def test_stay_together(self, judged: Judged) -> None:
        assert text(HEAD + SEVERAL, *(judged(case=case) for case in "abc")) == HEAD + SEVERAL

    def test_one_that_is_stale_goes_alone(self, judged: Judged) -> None:
        found = updated(
            HEAD + SEVERAL, [judged(case="b"), judged(case="c"), judged(Verdict.PASS, case="a")], DAY
        )
        assert (found.text, [entry.case for entry in found.removed]) == (HEAD + WITHOUT_A, ["a"])

    def test_the_last_one_is_a_string(self, judged: Judged) -> None:
        assert text(HEAD + SEVERAL, judged(case="c")) == HEAD + SEVERAL.replace('["a", "b", "c"]', '"c"')

    def test_go_together(self) -> None:
        assert text(HEAD + SEVERAL) == HEAD

    def test_of_new_findings_with_one_observation_are_one_table(self, judged: Judged) -> None:
        found = text(HEAD, judged(case="b"), judged(case="*"), judged(case="c", observed="set 2 times"))
        assert 'case = ["[*]", "b"]\nobserved = "set 0 times"' in found
        assert 'case = "c"\nobserved = "set 2 times"' in found

    def test_are_wrapped_when_they_are_many(self, judged: Judged) -> None:
        names = [f"a-case-with-a-long-name-{number:02}" for number in range(20)]
        found = text(HEAD, *(judged(case=name) for name in names))
        assert [entry.case for entry in parse_baseline(found, DAY).entries] == names
        assert max(map(len, found.splitlines())) < 120


class TestOrder:
    def test_is_that_of_ids_and_cases(self, judged: Judged) -> None:
        known = HEAD + OTHER + MAIN + FIRST
        judgements = [judged(), judged(id="CK-001"), judged(id="CK-009")]
        assert text(known, *judgements) == HEAD + FIRST + MAIN + OTHER


class TestMistakes:
    def test_entries_that_are_not_tables_of_their_own_are_not_touched(self) -> None:
        with pytest.raises(BadBaseline, match="write each entry as its own table under"):
            updated("known = [{id = 'CK-008'}]", [], DAY)

    def test_a_reason_of_several_lines_is_kept(self, judged: Judged) -> None:
        known = HEAD + "\n[[known]]\nid = 'CK-008'\nreason = '''\n[[known]]\n# no comment\n'''\n"
        assert text(known + OTHER, judged()) == known


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
class TestShipped:
    def test_is_unchanged_by_an_update(self, file: Path) -> None:
        known = file.read_text("utf-8")
        assert text(known, whole=False) == known

    def test_has_a_reason_for_every_entry(self, file: Path) -> None:
        assert [entry.id for entry in read_baseline(file).entries if not entry.reason] == []
