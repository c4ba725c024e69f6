"""Behaviour of real servers that no normative text forbids is a warning at most."""

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
    """Implements revision 4 as it was before June 2022."""

    def open_packet(self, session: Session) -> dict[str, Any]:
        members = super().open_packet(session)
        del members["maxPayload"]
        return members


def test_an_open_packet_without_max_payload_is_a_warning(call: Call, written: Written) -> None:
    profile = written("[timings]\npingInterval = 25000\nmaxPayload = 1000000")
    with BackgroundServer(engine=BeforeMaxPayload) as server:
        finished = call("--target", server.url, "--profile", profile, "--case", "HS-013", "--case", "HS-009")
    assert finished.verdicts == {"HS-009": "warn", "HS-013": "pass"}


def test_an_error_500_for_nul_is_a_warning(call: Call) -> None:
    with BackgroundServer(engine=NulOnUpgrade) as server:
        finished = call("--target", server.url, "--case", "SE-009")
    assert (finished.exit_code, finished.verdicts) == (0, {"SE-009": "warn"})


class LastHookReplaces(HeadersHookFirst):
    """Runs the hooks in the other order and lets them assign: only the initial cookie of the how-to is left."""

    def hook_fields(self, request: Request, session: Session, *, initial: bool) -> Groups:
        groups = super().hook_fields(request, session, initial=initial)
        cookies = [group for group in groups if group[0].lower() == "set-cookie"]
        return [group for group in groups if group not in cookies[:-1]]


def test_a_hook_that_replaces_cookies_is_a_warning(call: Call, written: Written) -> None:
    profile = written('[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers", "headers"]')
    with BackgroundServer(contract_options(), engine=LastHookReplaces) as server:
        cases = [word for id in ("HH-007", "HH-012", "HX-003") for word in ("--case", id)]
        finished = call("--target", server.url, "--profile", profile, *cases)
    assert finished.verdicts == {"HH-007": "warn", "HH-012": "warn", "HX-003": "warn"}
