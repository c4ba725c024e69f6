"""Reports and faults made by hand, as far as the proof looks at them."""

from __future__ import annotations

from typing import Any

import pytest
from proving import HANDSHAKE, Proven, Report, Said, Seen

from eiospec.fixtures.faults import Fault
from eiospec.fixtures.reference import Engine
from eiospec.proof.prove import Outcome


@pytest.fixture
def seen() -> Seen:
    """An exchange of a report that took a hundredth of a second."""

    def exchange(octets: str | None = HANDSHAKE, *, lasted: float = 0.01, **more: Any) -> Report:
        response = None if octets is None else {"octets": octets, "surplus": more.pop("surplus", "")}
        request = {"octets": more.pop("asked", "GET /socket.io/ HTTP/1.1")}
        times = {"started": 1.0, "ended": 1.0 + lasted}
        return {
            "probe": "handshakes",
            "label": "first",
            "request": request,
            "response": response,
            **times,
            **more,
        }

    return exchange


@pytest.fixture
def said() -> Said:
    """A report with these exchanges that says this of CK-002 and CK-006."""

    def report(*exchanges: Report, ck_002: str = "pass", ck_006: str = "pass") -> Report:
        requirements = [{"id": "CK-002", "verdict": ck_002}, {"id": "CK-006", "verdict": ck_006}]
        return {"requirements": requirements, "exchanges": list(exchanges)}

    return report


@pytest.fixture
def proven() -> Proven:
    """The outcome of a fault that breaks CK-002, and was caught by these."""

    def outcome(
        *caught: str, breaks: tuple[str, ...] = ("CK-002",), problems: tuple[str, ...] = ()
    ) -> Outcome:
        fault = Fault(f"breaks {' '.join(breaks)}", breaks, Engine)
        return Outcome(fault, {"HS-001": "pass", **dict.fromkeys(caught, "fail")}, problems, 1.234)

    return outcome
