"""Facts about a target, and reasons why requirements were not tested."""

from __future__ import annotations

import dataclasses

import pytest
from handmade import Judge, Make
from handmade_runs import failing_run, make_exchange, make_run
from handmade_sessions import open_packet

from eiospec.reports.facts import facts, untested, verdict_sentence
from eiospec.reports.model import document
from eiospec.verdicts import Detection, Run, Verdict


def opened(packet: bytes, *lines: bytes) -> Run:
    """A run of one handshake that was answered with this packet."""
    head = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b""])
    return make_run((), (make_exchange(response=head + packet),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Heartbeat", "ping every 300 ms, pong within 200 ms"),
        ("Upgrades", "websocket"),
        ("Server", "nginx, Express"),
        ("Session cookie", "io"),
        ("Engine.IO revision", "4"),
        ("First response", "after 2.0 ms"),
    ],
)
def test_a_fact_is_read_from_the_handshake(name: str, value: str) -> None:
    made = document(opened(open_packet(), b"Server: nginx", b"X-Powered-By: Express"), mask=False)
    assert dict(facts(made))[name] == value


@pytest.mark.parametrize(
    ("packet", "heartbeat"),
    [
        (b'0{"sid":"abc","pingInterval":25000,"pingTimeout":20000}', "ping every 25 s, pong within 20 s"),
        (b'96:0{"sid":"abc","pingInterval":25000}2:40', "ping every 25 s"),
        (b'0{"sid":"abc","pingInterval":"soon","upgrades":7}', None),
        (b'0{"sid":"abc","pingInterval":1e400}', None),
        (b'0{"sid":"abc","pingInterval":true}', None),
        (b'0{"sid":"abc",', None),
    ],
)
def test_an_open_packet_may_be_anything(packet: bytes, heartbeat: str | None) -> None:
    assert dict(facts(document(opened(packet), mask=False))).get("Heartbeat") == heartbeat


def test_facts_are_read_from_a_websocket_too() -> None:
    run = failing_run()
    made = document(dataclasses.replace(run, exchanges=run.exchanges[1:]))
    assert ("Engine.IO revision", "4") in facts(made)


def test_an_unreachable_target_has_no_facts(make: Make) -> None:
    assert facts(document(make(exit_code=6, detections=(), exchanges=()))) == []


def test_a_fact_is_short_and_visible() -> None:
    made = document(opened(open_packet(), b"Server: \x1b[2J" + b"x" * 9000), mask=False)
    server = dict(facts(made))["Server"]
    assert server.startswith("\\x1b[2Jxxx")
    assert len(server) < 130


def test_transports_are_those_that_were_detected(make: Make) -> None:
    found = (
        Detection("WebSocket transport", True, "", "listed"),
        Detection("long-polling transport", False, "", ""),
    )
    assert ("Transports", "WebSocket") in facts(document(make(detections=found)))


def test_untested_requirements_are_grouped_by_reason(make: Make, judge: Judge) -> None:
    reasons = {"CK-001": "undeclared", "CK-002": "too long", "CK-003": "undeclared", "CK-004": ""}
    made = document(make(tuple(judge(id, Verdict.NOT_APPLICABLE, reason=why) for id, why in reasons.items())))
    assert [(why, [entry["id"] for entry in entries]) for why, entries in untested(made)] == [
        ("undeclared", ["CK-001", "CK-003"]),
        ("too long", ["CK-002"]),
        ("no reason given", ["CK-004"]),
    ]


@pytest.mark.parametrize(
    ("verdicts", "code", "sentence"),
    [
        ((Verdict.PASS,), 0, "ours conforms"),
        ((Verdict.FAIL, Verdict.FAIL), 1, "ours does not conform: 2 MUST"),
        ((), 6, "ours could not be reached"),
    ],
)
def test_the_heading_counts_failures_by_level(
    make: Make, judge: Judge, verdicts: tuple[Verdict, ...], code: int, sentence: str
) -> None:
    judgements = tuple(judge(f"CK-00{number}", verdict) for number, verdict in enumerate(verdicts))
    assert verdict_sentence(document(make(judgements, exit_code=code)), "ours") == sentence
