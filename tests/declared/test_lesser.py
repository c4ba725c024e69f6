"""What no normative text forbids is a warning at most: real servers were found to do each of these."""

from __future__ import annotations

from typing import Any

from runs.command import Run

from declared.conftest import Written
from eiospec.fixtures.servers.faults.cookie_fields import NulOnUpgrade
from eiospec.fixtures.servers.reference import BackgroundServer
from eiospec.fixtures.servers.reference.engine import Engine
from eiospec.fixtures.servers.reference.session import Session


class BeforeMaxPayload(Engine):
    """Revision 4 as it was before June 2022."""

    def open_packet(self, session: Session) -> dict[str, Any]:
        members = super().open_packet(session)
        del members["maxPayload"]
        return members


def test_a_limit_that_the_revision_cannot_tell_is_not_told_wrongly(run: Run, written: Written) -> None:
    profile = written("[timings]\npingInterval = 25000\nmaxPayload = 1000000")
    with BackgroundServer(engine=BeforeMaxPayload) as server:
        finished = run("--target", server.url, "--profile", profile, "--case", "HS-013", "--case", "HS-009")
    assert finished.verdicts == {"HS-009": "warn", "HS-013": "pass"}


def test_an_error_of_the_server_rejects_nul_as_well(run: Run) -> None:
    with BackgroundServer(engine=NulOnUpgrade) as server:
        finished = run("--target", server.url, "--case", "SE-009")
    assert (finished.exit_code, finished.verdicts) == (0, {"SE-009": "warn"})
