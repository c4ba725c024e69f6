"""The proof fails on a fault that is not caught, on an undeclared finding, and on a fault that does not show."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from proving import HANDSHAKE, Exchanged, Ran

from eiospec.fixtures.balancer import Balancer
from eiospec.fixtures.faults import Fault, catalogue
from eiospec.fixtures.reference import Engine
from eiospec.plugin.catalogue import entries
from eiospec.proof import prove
from eiospec.proof.harness import Seen, caught_by_handshakes, server_for
from eiospec.proof.prove import (
    Proof,
    alarms_of,
    main,
    must_be_clean,
    problems_of,
    selected,
    unmatched,
    unproven,
)
from eiospec.requirements import INFO, MAY

FAULT = Fault("breaks the value", ("CK-002",), Engine, also_breaks=("CK-006",))
INVISIBLE = "nothing on the wire differs from the control run"
NEIGHBOURS = ("--case", "HS-00[2-9]")


class TestProblems:
    def test_a_fault_that_is_caught_has_none(self, exchanged: Exchanged, ran: Ran) -> None:
        assert problems_of(FAULT, ran(exchanged(HANDSHAKE + b"x"), ck_002="fail"), ran(exchanged())) == ()

    @pytest.mark.parametrize("verdict", ["fail", "warn"])
    def test_it_may_warn_and_break_what_it_declares(
        self, exchanged: Exchanged, ran: Ran, verdict: str
    ) -> None:
        seen = ran(exchanged(HANDSHAKE + b"x"), ck_002=verdict, ck_006=verdict)
        assert problems_of(FAULT, seen, ran(exchanged())) == ()

    @pytest.mark.parametrize(
        "verdict", ["pass", "info", "not applicable", "blocked", "broken", "known", "stale"]
    )
    def test_another_verdict_does_not_catch_it(self, exchanged: Exchanged, ran: Ran, verdict: str) -> None:
        seen = ran(exchanged(HANDSHAKE + b"x"), ck_002=verdict)
        missed = f"CK-002 must fail or warn, its verdict is {verdict}"
        assert missed in problems_of(FAULT, seen, ran(exchanged()))

    def test_a_requirement_that_was_not_judged_does_not_catch_it(
        self, exchanged: Exchanged, ran: Ran
    ) -> None:
        seen = Seen({}, (exchanged(HANDSHAKE + b"x"),))
        missed = "CK-002 must fail or warn, its verdict is missing"
        assert problems_of(FAULT, seen, ran(exchanged())) == (missed,)

    @pytest.mark.parametrize("verdict", ["fail", "warn", "broken", "stale"])
    def test_a_finding_it_does_not_declare_is_one(self, exchanged: Exchanged, ran: Ran, verdict: str) -> None:
        fault = Fault("breaks one thing", ("CK-002",), Engine)
        seen = ran(exchanged(HANDSHAKE + b"x"), ck_002="fail", ck_006=verdict)
        undeclared = f"CK-006 has the verdict {verdict}, which the fault does not declare"
        assert problems_of(fault, seen, ran(exchanged())) == (undeclared,)

    @pytest.mark.parametrize("verdict", ["pass", "info", "not applicable", "blocked"])
    def test_a_verdict_that_is_no_finding_is_none(self, exchanged: Exchanged, ran: Ran, verdict: str) -> None:
        fault = Fault("breaks one thing", ("CK-002",), Engine)
        seen = ran(exchanged(HANDSHAKE + b"x"), ck_002="fail", ck_006=verdict)
        assert problems_of(fault, seen, ran(exchanged())) == ()

    def test_a_fault_that_does_not_show_proves_nothing(self, exchanged: Exchanged, ran: Ran) -> None:
        assert problems_of(FAULT, ran(exchanged(), ck_002="fail"), ran(exchanged())) == (INVISIBLE,)

    def test_a_run_that_judged_nothing_is_one(self, ran: Ran) -> None:
        assert problems_of(FAULT, Seen({}, (), "no answer"), ran()) == ("nothing was judged: no answer",)


class TestControl:
    @pytest.mark.parametrize("verdict", ["fail", "warn", "blocked", "broken"])
    def test_a_finding_is_an_alarm(self, ran: Ran, verdict: str) -> None:
        alarms = alarms_of(ran(ck_006=verdict), "the server")
        assert alarms == (f"CK-006 has the verdict {verdict} on the server",)

    @pytest.mark.parametrize("verdict", ["pass", "info", "not applicable"])
    def test_no_finding_is_none(self, ran: Ran, verdict: str) -> None:
        assert alarms_of(ran(ck_006=verdict), "the server") == ()

    def test_a_run_that_judged_nothing_is_an_alarm(self) -> None:
        alarms = alarms_of(Seen({}, (), "no answer"), "the server")
        assert alarms == ("nothing was judged on the server: no answer",)

    def test_a_balancer_that_keeps_no_sessions_need_not_be_clean(self) -> None:
        by_slug = catalogue()
        assert must_be_clean(FAULT)
        assert must_be_clean(by_slug["does-not-go-by-the-cookie-it-inserted"])
        assert not must_be_clean(by_slug["hashes-a-cookie-that-the-first-request-cannot-have"])
        assert not must_be_clean(replace(FAULT, policy=Balancer))


class TestCatalogue:
    def test_every_fault_breaks_a_requirement_that_has_a_check(self) -> None:
        known = {entry.requirement.id for entry in entries()}
        named = {id for fault in catalogue().values() for id in (*fault.breaks, *fault.also_breaks)}
        assert named - known == set()

    def test_every_fault_breaks_something(self) -> None:
        assert [fault.name for fault in catalogue().values() if not fault.breaks] == []

    def test_a_requirement_without_a_fault_is_unproven(self) -> None:
        assert "CK-002" in unproven([])

    def test_a_requirement_with_a_fault_is_not(self) -> None:
        assert "CK-002" not in unproven([FAULT])

    def test_a_requirement_that_cannot_fail_needs_none(self) -> None:
        informing = {entry.requirement.id for entry in entries() if entry.requirement.level in (INFO, MAY)}
        assert informing.isdisjoint(unproven([]))

    def test_no_word_selects_all(self) -> None:
        assert selected([]) == list(catalogue().values())

    def test_a_word_selects_by_name(self) -> None:
        assert [fault.slug for fault in selected(["WAITS-for-the-client"])] == [
            "waits-for-the-client-s-ping-as-revision-3-did"
        ]

    def test_an_id_selects_the_faults_that_break_it(self) -> None:
        found = selected(["hb-003"])
        assert found
        assert all("HB-003" in fault.breaks for fault in found)


class Hangs(Engine):
    """Never answers and never yields to the loop."""

    async def handle(self, *_: object) -> None:
        for _number in itertools.count():
            pass


class Exits(Engine):
    """Ends the process that it runs in."""

    async def handle(self, *_: object) -> None:
        os._exit(9)


LIAR = Fault("a liar", ("HS-002",), Engine, arguments=NEIGHBOURS)


@pytest.fixture
def real() -> Fault:
    """A fault of the catalogue, judged by its neighbours only."""
    return replace(catalogue()["lists-polling-among-the-upgrades"], arguments=NEIGHBOURS)


@pytest.fixture
def cookie_fault() -> Fault:
    """A fault that the first handshake shows."""
    return replace(
        catalogue()["leaves-the-session-cookie-empty"], breaks=("CK-002",), arguments=("--case", "CK-002")
    )


@pytest.fixture(scope="module")
def proof() -> Proof:
    """A wide proof whose collections and control runs the tests of this module share."""
    return Proof()


class TestEndToEnd:
    def test_a_real_fault_is_proven(self, proof: Proof, real: Fault) -> None:
        outcome = proof.one(real)
        assert (outcome.problems, outcome.caught, outcome.alarms) == ((), real.breaks, ())

    def test_a_real_fault_is_proven_by_its_own_requirements(self, proof: Proof, real: Fault) -> None:
        outcome = replace(proof, narrow=True).one(real)
        assert (outcome.problems, tuple(outcome.verdicts)) == ((), real.breaks)

    def test_a_narrow_proof_misses_a_fault_that_changes_nothing(self, proof: Proof) -> None:
        outcome = replace(proof, narrow=True).one(LIAR)
        assert outcome.problems == ("HS-002 must fail or warn, its verdict is pass",)

    def test_a_finding_on_the_handshakes_is_one_of_the_fault_only(
        self, proof: Proof, cookie_fault: Fault
    ) -> None:
        seen = proof._narrow(cookie_fault)
        collected = proof.collected(prove.way(cookie_fault))
        results = [
            caught_by_handshakes(
                collected, server_for(cookie_fault, faulty=faulty, contract=False), seen.early
            )
            for faulty in (True, False)
        ]
        assert (bool(seen.early), results) == (True, [True, False])

    def test_a_finding_on_the_handshakes_of_both_servers_proves_nothing(
        self, proof: Proof, cookie_fault: Fault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prove, "caught_by_handshakes", lambda *_: True)
        seen = replace(proof, _early={})._narrow(cookie_fault)
        assert (seen.early, seen.verdicts["CK-002"]) == (frozenset(), "fail")

    def test_a_fault_that_changes_nothing_is_not_proven(self, proof: Proof) -> None:
        outcome = proof.one(LIAR)
        assert outcome.problems == ("HS-002 must fail or warn, its verdict is pass", INVISIBLE)

    def test_a_fault_with_an_undeclared_finding_is_not_proven(self, proof: Proof, real: Fault) -> None:
        (broken, *_) = real.breaks
        problems = proof.one(replace(real, breaks=("HS-002",))).problems
        assert f"{broken} has the verdict warn, which the fault does not declare" in problems

    def test_a_control_run_that_is_not_clean_is_an_alarm(
        self, proof: Proof, real: Fault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            prove, "server_for", lambda *_, **__: server_for(real, faulty=True, contract=False)
        )
        fresh = replace(proof, _controls={})
        assert fresh.one(LIAR).alarms == ("HS-006 has the verdict warn on the server without “a liar”",)

    def test_a_server_that_never_stops_computing_is_reported(
        self, proof: Proof, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proof.control(LIAR)
        monkeypatch.setattr(prove, "RUN_TIMEOUT", 0.5)
        (problem,) = proof.one(replace(LIAR, engine=Hangs)).problems
        assert problem.startswith("the run was not finished after")

    def test_a_run_that_cannot_be_made_is_reported(
        self, proof: Proof, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object, **__: object) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(prove, "observe", fails)
        (problem,) = proof.one(LIAR).problems
        assert "no space left" in problem

    def test_workers_report_every_fault(
        self, proof: Proof, real: Fault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        faults = {fault.slug: fault for fault in (real, LIAR, replace(LIAR, name="another liar"))}
        monkeypatch.setattr(prove, "catalogue", lambda: faults)
        outcomes = {outcome.fault.slug: outcome for outcome in proof.all(faults.values(), 2)}
        assert [slug for slug, outcome in outcomes.items() if not outcome.problems] == [real.slug]
        assert outcomes.keys() == faults.keys()

    def test_a_worker_that_dies_is_reported(self, proof: Proof, monkeypatch: pytest.MonkeyPatch) -> None:
        faults = {
            f"killer-{number}": replace(LIAR, name=f"killer {number}", engine=Exits) for number in "123"
        }
        monkeypatch.setattr(prove, "catalogue", lambda: faults)
        problems = {outcome.problems for outcome in proof.all(faults.values(), 2)}
        assert problems == {("a worker process died before the run was finished",)}


class TestCommand:
    @pytest.fixture
    def only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Select the fault that changes nothing."""
        monkeypatch.setattr(prove, "selected", lambda _words: [LIAR])

    @pytest.mark.usefixtures("only")
    def test_a_liar_fails_the_proof(
        self,
        proof: Proof,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(prove, "Proof", lambda _narrow: proof)
        table = tmp_path / "table.json"
        assert main(["whatever", "--wide", "--json", str(table)]) == 1
        (shown,) = json.loads(table.read_text("utf-8"))["faults"]
        assert shown["problems"] == ["HS-002 must fail or warn, its verdict is pass", INVISIBLE]
        assert "0 of 1 faults proven" in capsys.readouterr().out

    def test_a_word_that_selects_nothing_is_a_mistake(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["no-such-fault"]) == 4
        assert "nearest: “" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("word", "why"),
        [
            ("hs-037", "HS-037 is INFO: it never fails, and needs no fault"),
            ("HS-038", "no check has the id HS-038: see eiospec --list"),
        ],
    )
    def test_an_id_that_selects_nothing_is_explained(
        self, capsys: pytest.CaptureFixture[str], word: str, why: str
    ) -> None:
        assert main(["CK-002", word]) == 4
        assert capsys.readouterr().err == f"eiospec prove: {why}\n"

    def test_a_requirement_without_a_fault_needs_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(prove, "catalogue", dict)
        assert unmatched(["CK-002"]) == ["no fault breaks CK-002: add one to a module of fixtures/faults"]

    @pytest.mark.usefixtures("only")
    def test_an_interrupt_ends_it(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Proof, "one", interrupted)
        assert main(["whatever"]) == 130
        assert "interrupted after 0 of 1 faults" in capsys.readouterr().err
