"""What no normative text forbids is a warning at most: real servers were found to do each of these."""

from __future__ import annotations

from typing import Any

from runs.command import Call

from declared.conftest import Written
from eiospec.fixtures.faults.cookie_header import NulOnUpgrade
from eiospec.fixtures.faults.headers_hook import HeadersHookFirst
from eiospec.fixtures.reference import BackgroundServer, Request
from eiospec.fixtures.reference.conformance import contract_options
from eiospec.fixtures.reference.engine import Engine
from eiospec.fixtures.reference.fields import Groups
from eiospec.fixtures.reference.session import Session


class BeforeMaxPayload(Engine):
    """Revision 4 as it was before June 2022."""

    def open_packet(self, session: Session) -> dict[str, Any]:
        members = super().open_packet(session)
        del members["maxPayload"]
        return members


def test_a_limit_that_the_revision_cannot_tell_is_not_told_wrongly(call: Call, written: Written) -> None:
    profile = written("[timings]\npingInterval = 25000\nmaxPayload = 1000000")
    with BackgroundServer(engine=BeforeMaxPayload) as server:
        finished = call("--target", server.url, "--profile", profile, "--case", "HS-013", "--case", "HS-009")
    assert finished.verdicts == {"HS-009": "warn", "HS-013": "pass"}


def test_an_error_of_the_server_rejects_nul_as_well(call: Call) -> None:
    with BackgroundServer(engine=NulOnUpgrade) as server:
        finished = call("--target", server.url, "--case", "SE-009")
    assert (finished.exit_code, finished.verdicts) == (0, {"SE-009": "warn"})


class LastHookReplaces(HeadersHookFirst):
    """The other order, and hooks that assign: of the how-to's two cookies the initial one is left."""

    def hook_fields(self, request: Request, session: Session, *, initial: bool) -> Groups:
        groups = super().hook_fields(request, session, initial=initial)
        cookies = [group for group in groups if group[0].lower() == "set-cookie"]
        return [group for group in groups if group not in cookies[:-1]]


def test_the_order_of_the_hooks_is_not_blamed_on_the_one_that_comes_first(
    call: Call, written: Written
) -> None:
    profile = written('[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers", "headers"]')
    with BackgroundServer(contract_options(), engine=LastHookReplaces) as server:
        cases = [word for id in ("HH-007", "HH-012", "HX-003") for word in ("--case", id)]
        finished = call("--target", server.url, "--profile", profile, *cases)
    assert finished.verdicts == {"HH-007": "warn", "HH-012": "warn", "HX-003": "warn"}
