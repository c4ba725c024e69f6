"""Runs and faults made by hand, as far as the proof looks at them."""

from __future__ import annotations

import pytest
from proving import HANDSHAKE, Exchanged, Proven, Ran

from eiospec.fixtures.faults import Fault
from eiospec.fixtures.reference import Engine
from eiospec.proof.harness import Seen
from eiospec.proof.prove import Outcome
from eiospec.wire.exchange import End, Exchange, Frame, Framing, Headers, Request, Response


@pytest.fixture
def exchanged() -> Exchanged:
    """Make an exchange that took a hundredth of a second."""

    def exchange(
        octets: bytes | None = HANDSHAKE,
        *,
        lasted: float = 0.01,
        asked: bytes = b"GET /socket.io/ HTTP/1.1",
        surplus: bytes = b"",
        probe: str = "handshakes",
        label: str = "first",
        frames: tuple[Frame, ...] = (),
        after: bytes = b"",
    ) -> Exchange:
        response = octets and Response(
            b"HTTP/1.1",
            200,
            b"OK",
            Headers(),
            b"",
            Framing.CLOSE,
            complete=True,
            octets=octets,
            surplus=surplus,
        )
        return Exchange(
            id="1",
            probe=probe,
            label=label,
            url="http://127.0.0.1:3000/socket.io/",
            connection=1,
            request=Request(b"GET", b"/socket.io/", Headers(), b"", asked),
            response=response or None,
            started=1.0,
            answered=1.0,
            ended=1.0 + lasted,
            end=End.TARGET,
            frames=frames,
            after=after,
        )

    return exchange


@pytest.fixture
def ran() -> Ran:
    """Make a run with these exchanges and these verdicts of CK-002 and CK-006."""

    def run(*exchanges: Exchange, ck_002: str = "pass", ck_006: str = "pass") -> Seen:
        return Seen({"CK-002": ck_002, "CK-006": ck_006}, exchanges)

    return run


@pytest.fixture
def proven() -> Proven:
    """Make the outcome of a fault that breaks CK-002, caught by these requirements."""

    def outcome(
        *caught: str, breaks: tuple[str, ...] = ("CK-002",), problems: tuple[str, ...] = ()
    ) -> Outcome:
        fault = Fault(f"breaks {' '.join(breaks)}", breaks, Engine)
        return Outcome(fault, {"HS-001": "pass", **dict.fromkeys(caught, "fail")}, problems, 1.234)

    return outcome
