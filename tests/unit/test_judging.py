"""From the outcome of a check to its verdict, and the words for what was compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from handmade import SID, answer, exchange_of

from eiospec.errors import Blocked, Broken, LesserShortfall, NotApplicable, Remarks, Shortfall
from eiospec.plugin.judging import (
    MOST_EVIDENCE,
    SHOWN,
    compared,
    effective_level,
    in_words,
    judge,
)
from eiospec.plugin.options import DEFAULTS
from eiospec.requirements import INFO, MAY, MUST, SHOULD, Level, Requirement, Source
from eiospec.verdicts import Judgement, Verdict
from eiospec.wire.exchange import Exchange

SENTENCE = "The session cookie's value is the session id."
LEVELS = (MUST, SHOULD, MAY, INFO)
RFC_6265 = replace(DEFAULTS, cookie_spec="6265")

Judging = Callable[..., Judgement]


def requirement(level: Level = MUST, *, since_6265bis: bool = False) -> Requirement:
    return Requirement("CK-002", level, SENTENCE, Source("How-to", "https://a"), since_6265bis=since_6265bis)


@pytest.fixture
def judging() -> Judging:
    """Judges a check that ended like this."""

    def made(
        failure: BaseException | None = None,
        *,
        wanted: Requirement | None = None,
        comparison: tuple[str, object, object] | None = None,
        notes: tuple[str, ...] = (),
        evidence: tuple[Exchange, ...] = (),
        options: object = DEFAULTS,
    ) -> Judgement:
        remarks = Remarks()
        for note in notes:
            remarks.note(note)
        return judge(
            wanted or requirement(),
            node="suites/cookies/test_session_cookie.py::test_value",
            case="polling",
            failure=failure,
            comparison=comparison,
            remarks=remarks,
            evidence=evidence,
            options=options,  # type: ignore[arg-type]
            target="http://127.0.0.1:3000/socket.io/",
            seconds=0.1,
        )

    return made


class TestVerdicts:
    @pytest.mark.parametrize(
        ("level", "verdict"),
        [(MUST, Verdict.PASS), (SHOULD, Verdict.PASS), (MAY, Verdict.PASS), (INFO, Verdict.INFO)],
    )
    def test_nothing_raised_is_a_pass_or_a_record(
        self, judging: Judging, level: Level, verdict: Verdict
    ) -> None:
        assert judging(wanted=requirement(level)).verdict is verdict

    @pytest.mark.parametrize(
        "failure", [AssertionError("no"), Shortfall("a", "b"), LesserShortfall("a", "b")]
    )
    @pytest.mark.parametrize(
        ("level", "verdict"), [(SHOULD, Verdict.WARN), (MAY, Verdict.INFO), (INFO, Verdict.INFO)]
    )
    def test_a_breach_weighs_what_its_level_says(
        self, judging: Judging, failure: AssertionError, level: Level, verdict: Verdict
    ) -> None:
        assert judging(failure, wanted=requirement(level)).verdict is verdict

    @pytest.mark.parametrize(
        ("failure", "verdict"),
        [
            (AssertionError("no"), Verdict.FAIL),
            (Shortfall("a", "b"), Verdict.FAIL),
            (LesserShortfall("a", "b"), Verdict.WARN),
        ],
    )
    def test_a_broken_must_fails_unless_the_sources_excuse_it(
        self, judging: Judging, failure: AssertionError, verdict: Verdict
    ) -> None:
        assert judging(failure).verdict is verdict

    @pytest.mark.parametrize("level", LEVELS)
    @pytest.mark.parametrize(
        ("failure", "verdict"),
        [
            (NotApplicable("no cookie"), Verdict.NOT_APPLICABLE),
            (Blocked("no handshake"), Verdict.BLOCKED),
            (Broken("no network"), Verdict.BROKEN),
        ],
    )
    def test_what_could_not_be_judged_says_why_at_every_level(
        self, judging: Judging, failure: Exception, verdict: Verdict, level: Level
    ) -> None:
        found = judging(failure, wanted=requirement(level))
        assert (found.verdict, found.reason, found.expected) == (verdict, str(failure), "")

    @pytest.mark.parametrize("failure", [KeyError("sid"), RecursionError("deep"), TimeoutError()])
    def test_a_check_that_stumbles_is_a_fault_of_ours(self, judging: Judging, failure: Exception) -> None:
        found = judging(failure)
        assert (found.verdict, found.reason) == (Verdict.BROKEN, f"the check itself failed: {failure!r}")


class TestCookieSpecification:
    @pytest.mark.parametrize("level", [SHOULD, MAY, INFO])
    def test_only_a_must_is_lowered(self, level: Level) -> None:
        assert effective_level(requirement(level, since_6265bis=True), RFC_6265) == (level, ())

    @pytest.mark.parametrize(
        ("newer", "options", "level"),
        [(True, RFC_6265, SHOULD), (True, DEFAULTS, MUST), (False, RFC_6265, MUST), (False, DEFAULTS, MUST)],
    )
    def test_what_only_the_newer_text_demands_is_a_should_under_the_older(
        self, newer: bool, options: object, level: Level
    ) -> None:
        assert effective_level(requirement(since_6265bis=newer), options)[0] is level  # type: ignore[arg-type]

    def test_a_lowered_level_is_remarked(self, judging: Judging) -> None:
        found = judging(Shortfall("a", "b"), wanted=requirement(since_6265bis=True), options=RFC_6265)
        assert (found.verdict, found.remarks) == (
            Verdict.WARN,
            ("MUST in RFC 6265bis, lowered by --cookie-spec 6265",),
        )


class TestWords:
    def test_a_shortfall_says_both_itself(self, judging: Judging) -> None:
        found = judging(Shortfall("a member “sid”", "no member at all"), comparison=("==", 1, 2))
        assert (found.expected, found.observed) == ("a member “sid”", "no member at all")

    def test_a_sentence_of_the_check_is_what_was_observed(self, judging: Judging) -> None:
        found = judging(AssertionError("no Set-Cookie line\nassert ()"))
        assert (found.expected, found.observed) == (SENTENCE, "no Set-Cookie line")

    def test_a_comparison_is_put_into_words(self, judging: Judging) -> None:
        found = judging(AssertionError("assert 404 == 200"), comparison=("==", 404, 200))
        assert (found.expected, found.observed) == ("200", "404")

    def test_without_either_the_assertion_is_shown(self, judging: Judging) -> None:
        found = judging(AssertionError("assert False\n +  where False = f()"))
        assert (found.expected, found.observed) == (SENTENCE, "False")

    def test_an_assertion_without_a_word_is_otherwise(self, judging: Judging) -> None:
        assert judging(AssertionError()).observed == "otherwise"

    def test_a_long_observation_is_cut(self, judging: Judging) -> None:
        assert len(judging(Shortfall("a", "b" * 5000)).observed) == SHOWN

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [
            ("==", "“a”"),
            ("!=", "anything but “a”"),
            ("in", "one of “a”"),
            ("not in", "none of “a”"),
            (">=", ">= “a”"),
        ],
    )
    def test_each_operator_has_its_phrase(self, operator: str, expected: str) -> None:
        assert compared(operator, "b", "a") == (expected, "“b”")

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("", "nothing"),
            ("io", "“io”"),
            (b"io\xff\n", "“io\\xff\\n”"),
            ((), "none"),
            ([200, 204], "200; 204"),
            ({"b", "a"}, "a; b"),
            (frozenset({3, 20, 1}), "1; 20; 3"),
            ((b"a\x00",), "“a\\x00”"),
            (None, "None"),
            (200, "200"),
        ],
    )
    def test_values_are_written_for_people(self, value: object, words: str) -> None:
        assert in_words(value) == words

    def test_equal_findings_are_merged(self) -> None:
        found = [f"set 0 times (exchange {number}, poll)" for number in (3, 5, 8)] + ["no name", "no name"]
        expected = "set 0 times (exchange 3, poll, and 2 more); no name; no name"
        assert in_words(found) == expected


class TestEvidence:
    @pytest.fixture
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(exchange_of(answer(), id=str(number)) for number in range(1, 13))

    def test_the_latest_stand_in_the_judgement(
        self, judging: Judging, exchanges: tuple[Exchange, ...]
    ) -> None:
        assert judging(evidence=exchanges).evidence == tuple(map(str, range(13 - MOST_EVIDENCE, 13)))

    def test_the_judgement_has_lines_that_reproduce_it(self, judging: Judging) -> None:
        found = judging(evidence=(exchange_of(answer(SID.encode())),)).reproduce
        assert (found[0][:8], found[1][:7]) == ("pytest -", "curl -i")

    def test_remarks_are_kept_once_for_every_verdict(self, judging: Judging) -> None:
        assert judging(notes=("odd", "odd", "even")).remarks == ("odd", "even")
