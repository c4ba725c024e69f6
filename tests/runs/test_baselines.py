"""Conformance apps on real implementations: everything they are found to do wrong stands in a file beside them.

The files name requirement, case and observation one by one, and warnings count, too: a finding that comes, goes
or changes fails here. Each was seen on the wire with curl or a raw socket before it was written down.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from targets import free_port, install_node_packages

from runs.command import Run

APPS = Path(__file__).resolve().parents[2] / "fixtures" / "servers"


def command(app: str) -> str:
    """How the app is started."""
    folder = APPS / app
    if app == "python":
        return f"{sys.executable} {folder / 'conformance.py'}"
    install_node_packages(folder)
    program = "node" if app == "node" else str(folder / "node_modules" / ".bin" / "bun")
    return f"{program} {folder / 'conformance.js'}"


@pytest.mark.parametrize("app", ["node", "bun", "python"])
def test_everything_found_is_in_the_baseline(app: str, run: Run) -> None:
    finished = run(
        *("--serve", command(app)),
        *("--target", f"http://127.0.0.1:{free_port()}/eiospec/main/"),
        *("--profile", str(APPS / app / "conformance.toml")),
        *("--baseline", str(APPS / app / "baseline.toml")),
        *("--level", "should"),
    )
    assert finished.exit_code == 0, finished.stdout[-4000:]
