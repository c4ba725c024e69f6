"""Probes that may kill the target: they run only if allowed, and last; a served target is restarted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from runs.command import Finished, Run
from targets import HOST, NODE, free_port, install_node_packages, node_server

Written = Callable[[str], str]

CONTRACT = '[contract]\nmounts = ["main"]\ncallbacks = ["initial_headers", "headers"]\n'
# One that kills, one that does not.
CASES = ("--case", "SE-006", "--case", "SE-008", "--case", "HI-001")


def provocations(finished: Finished) -> list[str]:
    """Return the labels of the exchanges that may have killed the target, in order."""
    sent = sorted(finished.report["exchanges"], key=lambda exchange: exchange["started"])
    return [exchange["label"] for exchange in sent if any(what in exchange["url"] for what in KILLERS)]


KILLERS = ("hook=echo", "hook=throw")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Starts the app on socket.io, which does not guard its hooks; and the file that counts its starts."""
    install_node_packages()
    starts = tmp_path_factory.mktemp("served") / "starts"
    script = (
        f"echo started >> {shlex.quote(str(starts))}; exec node {shlex.quote(str(NODE / 'conformance.js'))}"
    )
    return shlex.join(["sh", "-c", script]), starts


@pytest.fixture(scope="module")
def allowed(run: Run, command: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Make a run that may kill the server it has started."""
    profile = tmp_path_factory.mktemp("allowed") / "profile.toml"
    profile.write_text(f"{CONTRACT}killing = true", "utf-8")
    url = f"http://{HOST}:{free_port()}/eiospec/main/"
    return run("--target", url, "--serve", command[0], "--profile", str(profile), *CASES)


class TestAllowed:
    def test_a_served_target_is_restarted(self, allowed: Finished, command: tuple[str, Path]) -> None:
        assert allowed.report["exchanges"]
        assert command[1].read_text("ascii").count("started") > 1

    def test_every_provocation_meets_a_living_target(self, allowed: Finished) -> None:
        assert allowed.verdicts["SE-006"] == "pass"

    def test_its_crash_is_a_finding_and_does_not_end_the_run(self, allowed: Finished) -> None:
        assert (allowed.exit_code, allowed.verdicts["SE-008"]) == (0, "warn")

    def test_the_target_was_up_before(self, allowed: Finished) -> None:
        assert [(control["when"], control["ok"]) for control in allowed.report["controls"]] == [
            ("first", True),
            ("last", True),
        ]

    def test_killing_probes_run_last(self, allowed: Finished) -> None:
        provoked = [
            sent["started"] for sent in allowed.report["exchanges"] if sent["label"] in provocations(allowed)
        ]
        quiet = [
            sent["ended"] for sent in allowed.report["exchanges"] if sent["probe"].startswith("how-to hooks")
        ]
        assert max(quiet) < min(provoked)


class TestNotAllowed:
    @pytest.mark.parametrize("leave", ["", "killing = false"])
    def test_nothing_that_kills_is_sent(self, run: Run, written: Written, leave: str) -> None:
        with node_server("conformance.js") as url:
            finished = run("--target", url, "--profile", written(CONTRACT + leave), *CASES)
        assert (finished.exit_code, provocations(finished)) == (0, [])

    def test_the_reason_names_the_key(self, run: Run, written: Written) -> None:
        with node_server("conformance.js") as url:
            finished = run("--target", url, "--profile", written(CONTRACT), "--case", "SE-006")
        (entry,) = finished.report["requirements"]
        assert {found["reason"] for found in entry["judgements"]} == {
            "probes that may kill the process: the profile does not allow them (contract.killing)"
        }


def test_a_target_that_cannot_be_restarted_keeps_its_finding(run: Run, written: Written) -> None:
    with node_server("conformance.js") as url:
        finished = run("--target", url, "--profile", written(f"{CONTRACT}killing = true"), *CASES)
    assert finished.verdicts["SE-008"] == "warn"
