"""What is held against a fault: it breaks what it names, nothing else, and for everyone to see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from proving import HANDSHAKE, Said, Seen

from eiospec.fixtures.faults import Fault, catalogue
from eiospec.fixtures.reference import Engine
from eiospec.plugin.catalogue import entries
from eiospec.proof.prove import RUN_TIMEOUT, Proof, main, problems_of, selected, unproven
from eiospec.requirements import INFO, MAY

FAULT = Fault("breaks the value", ("CK-002",), Engine, besides=("CK-006",))
INVISIBLE = "nothing on the wire differs from the control run"


@pytest.fixture
def real() -> Fault:
    """A fault of the catalogue, held against its neighbours only."""
    return replace(catalogue()["lists-polling-among-the-upgrades"], arguments=("--case", "HS-00*"))


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """The one fault that is selected: it has no name to be found by, so the conforming server is run."""
    nameless = Fault("…", ("CK-002",), Engine)
    monkeypatch.setattr("eiospec.proof.prove.selected", lambda _words: [nameless])
    return nameless


class TestProblems:
    def test_a_fault_that_breaks_what_it_names_has_none(self, seen: Seen, said: Said) -> None:
        assert problems_of(FAULT, said(seen(HANDSHAKE + "x"), ck_002="fail"), said(seen())) == ()

    @pytest.mark.parametrize("verdict", ["fail", "warn"])
    def test_it_may_warn_and_break_what_it_declares(self, seen: Seen, said: Said, verdict: str) -> None:
        report = said(seen(HANDSHAKE + "x"), ck_002=verdict, ck_006=verdict)
        assert problems_of(FAULT, report, said(seen())) == ()

    @pytest.mark.parametrize(
        "verdict", ["pass", "info", "not applicable", "blocked", "broken", "known", "stale"]
    )
    def test_anything_else_is_not_breaking_it(self, seen: Seen, said: Said, verdict: str) -> None:
        report = said(seen(HANDSHAKE + "x"), ck_002=verdict)
        assert f"CK-002 must break and says {verdict}" in problems_of(FAULT, report, said(seen()))

    def test_what_was_not_judged_was_not_broken(self, seen: Seen, said: Said) -> None:
        report = {**said(seen(HANDSHAKE + "x")), "requirements": []}
        assert problems_of(FAULT, report, said(seen())) == ("CK-002 must break and says nothing",)

    @pytest.mark.parametrize("verdict", ["fail", "warn", "broken", "stale"])
    def test_what_it_does_not_declare_is_held_against_it(self, seen: Seen, said: Said, verdict: str) -> None:
        fault = Fault("breaks one thing", ("CK-002",), Engine)
        report = said(seen(HANDSHAKE + "x"), ck_002="fail", ck_006=verdict)
        assert problems_of(fault, report, said(seen())) == (f"CK-006 says {verdict}, which is not declared",)

    @pytest.mark.parametrize("verdict", ["pass", "info", "not applicable", "blocked"])
    def test_what_says_nothing_is_not(self, seen: Seen, said: Said, verdict: str) -> None:
        fault = Fault("breaks one thing", ("CK-002",), Engine)
        report = said(seen(HANDSHAKE + "x"), ck_002="fail", ck_006=verdict)
        assert problems_of(fault, report, said(seen())) == ()

    def test_a_fault_nobody_can_see_proves_nothing(self, seen: Seen, said: Said) -> None:
        assert problems_of(FAULT, said(seen(), ck_002="fail"), said(seen())) == (INVISIBLE,)

    def test_a_run_without_a_report_is_told(self, seen: Seen, said: Said) -> None:
        assert problems_of(FAULT, None, said(seen())) == ("the run left no report",)


class TestCatalogue:
    def test_every_fault_breaks_what_has_a_check(self) -> None:
        known = {entry.requirement.id for entry in entries()}
        named = {id for fault in catalogue().values() for id in (*fault.breaks, *fault.besides)}
        assert named - known == set()

    def test_every_fault_breaks_something(self) -> None:
        assert [fault.name for fault in catalogue().values() if not fault.breaks] == []

    def test_a_requirement_nobody_breaks_is_unproven(self) -> None:
        assert "CK-002" in unproven([])

    def test_one_that_is_broken_is_not(self) -> None:
        assert "CK-002" not in unproven([FAULT])

    def test_one_that_cannot_fail_need_not_be(self) -> None:
        informing = {entry.requirement.id for entry in entries() if entry.requirement.level in (INFO, MAY)}
        assert informing.isdisjoint(unproven([]))

    def test_no_word_selects_all(self) -> None:
        assert selected([]) == list(catalogue().values())

    def test_a_word_selects_by_name(self) -> None:
        assert [fault.slug for fault in selected(["WAITS-for-the-client"])] == [
            "waits-for-the-client-s-ping-as-revision-3-did"
        ]

    def test_an_id_selects_what_breaks_it(self) -> None:
        found = selected(["hb-003"])
        assert found
        assert all("HB-003" in fault.breaks for fault in found)


class TestEndToEnd:
    def test_a_real_fault_is_proven(self, real: Fault) -> None:
        proven = Proof().one(real)
        assert (proven.problems, proven.caught) == ((), real.breaks)

    @pytest.mark.usefixtures("only")
    def test_a_liar_fails_the_proof(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # What a busy machine makes of two equal servers: their octets are compared here, not their waits.
        monkeypatch.setattr("eiospec.proof.wire.OTHER_WAIT", RUN_TIMEOUT)
        table = tmp_path / "table.json"
        assert main(["whatever", "--json", str(table)]) == 1
        (seen_through,) = json.loads(table.read_text("utf-8"))["faults"]
        assert seen_through["problems"] == ["CK-002 must break and says pass", INVISIBLE]

    def test_a_word_that_selects_nothing_proves_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["no-such-fault"]) == 4
        assert "nearest: “" in capsys.readouterr().err
