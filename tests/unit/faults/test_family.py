"""Tables of faults: what an entry registers, and engines with another result of one method."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import cast

import pytest

from eiospec.fixtures.faults import Fault
from eiospec.fixtures.faults.family import contract_fault, family
from eiospec.fixtures.faults.responses import changed
from eiospec.fixtures.reference import Engine, Options, Request, Response
from eiospec.fixtures.reference.connection import Connection


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fault]:
    """An empty catalogue, so that no fault of a test is left in the real one."""
    empty: dict[str, Fault] = {}
    monkeypatch.setattr(importlib.import_module("eiospec.fixtures.faults.fault"), "CATALOGUE", empty)
    return empty


@family(contract=True)
def answers(body: Callable[[], bytes]) -> type[Engine]:
    """Answer POSTs with another body."""
    return type("Answers", (Engine,), {"post_body": lambda _: body()})


def test_entry_registers_the_engine_with_its_ids(catalogue: dict[str, Fault]) -> None:
    engine = answers("answers POSTs with OK", "PO-001 PO-002", "HS-001")(lambda: b"OK")
    fault = catalogue["answers-posts-with-ok"]
    assert (fault.breaks, fault.also_breaks, fault.contract) == (("PO-001", "PO-002"), ("HS-001",), True)
    assert fault.engine is engine
    assert engine(Options()).post_body() == b"OK"


def test_entry_decorates_a_function(catalogue: dict[str, Fault]) -> None:
    @answers("answers POSTs with nothing", "PO-001")
    def nothing() -> bytes:
        return b""

    assert catalogue["answers-posts-with-nothing"].engine(Options()).post_body() == b""


def test_entry_overrides_the_contract_of_its_family(catalogue: dict[str, Fault]) -> None:
    answers("answers POSTs with no", "PO-001", contract=False)(lambda: b"no")
    assert not catalogue["answers-posts-with-no"].contract


def test_contract_fault_reads_ids_as_an_entry_does(catalogue: dict[str, Fault]) -> None:
    contract_fault("does nothing wrong", "HS-004", "HS-002 HS-003")(Engine)
    fault = catalogue["does-nothing-wrong"]
    assert (fault.breaks, fault.also_breaks, fault.contract) == (("HS-004",), ("HS-002", "HS-003"), True)


def test_changed_gives_the_result_and_the_first_argument() -> None:
    engine = changed("content_length", lambda length, body: f"{length} of {body!r}")
    assert engine(Options()).content_length(b"abc") == "3 of b'abc'"


def test_changed_awaits_a_coroutine() -> None:
    engine = changed("run_middlewares", lambda ended, _: Response(204 if ended is None else 500))
    request = Request("GET", "/", "1.1", (), "/", {}, cast("Connection", None))
    response = asyncio.run(engine(Options()).run_middlewares(request))
    assert response == Response(204)


def test_names_are_registered_once() -> None:
    answers("answers POSTs twice", "PO-001")(lambda: b"")
    with pytest.raises(ValueError, match="two faults are called"):
        answers("answers POSTs twice", "PO-001")(lambda: b"")


def test_twins_of_what_must_break_may_break(catalogue: dict[str, Fault]) -> None:
    contract_fault("does nothing on upgrades", "HH-004", "HS-002")(Engine)
    assert catalogue["does-nothing-on-upgrades"].also_breaks == ("HS-002", "AP-002")
