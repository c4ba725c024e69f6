"""Runs against the bundled server: it conforms, and nothing was left untried."""

from __future__ import annotations

import pytest

from eiospec.fixtures.reference import BackgroundServer, Options
from runs.command import Call, Finished


@pytest.mark.parametrize("verdict", ["fail", "warn", "blocked", "broken"])
class TestConforms:
    def test_nothing_is_found_by_default(self, bundled: Finished, verdict: str) -> None:
        assert bundled.ids(verdict) == set()

    def test_nothing_is_found_with_hygiene(self, hygienic: Finished, verdict: str) -> None:
        assert hygienic.ids(verdict) == set()


def test_verdicts_that_are_not_applicable_have_a_reason(bundled: Finished) -> None:
    assert all(
        judgement["reason"]
        for entry in bundled.report["requirements"]
        for judgement in entry["judgements"]
        if judgement["verdict"] == "not applicable"
    )


def test_every_pass_has_evidence(hygienic: Finished) -> None:
    without = {
        entry["id"]
        for entry in hygienic.report["requirements"]
        for judgement in entry["judgements"]
        if judgement["verdict"] == "pass" and not judgement["evidence"]
    }
    assert without == set()


def test_every_session_is_closed(call: Call) -> None:
    with BackgroundServer() as server:
        call("--target", server.url, "--max-wait", "0")
        assert [engine.sessions for engine in server.server.engines] == [{}]


def test_a_fast_heartbeat_is_judged(call: Call) -> None:
    with BackgroundServer(Options(ping_interval=300, ping_timeout=200)) as server:
        finished = call("--target", server.url, "--case", "HB-00[123]")
    assert (finished.exit_code, finished.ids("pass")) == (0, {"HB-001", "HB-002", "HB-003"})


@pytest.mark.parametrize("layer", [pytest.param("socket.io", marks=pytest.mark.slow), "echo"])
def test_either_layer_conforms(call: Call, layer: str) -> None:
    with BackgroundServer(Options(layer="echo" if layer == "echo" else "socket.io")) as server:
        finished = call("--target", server.url)
    assert (finished.exit_code, finished.ids("warn")) == (0, set())
