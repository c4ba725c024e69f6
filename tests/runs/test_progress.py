"""What a user at a terminal sees while a run waits."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from eiospec.fixtures.servers.reference import BackgroundServer, Options

WAITING = "waiting for 2 conversations: heartbeat on polling, heartbeat on websocket"


def seen_on_a_terminal(url: str, folder: Path, *arguments: str) -> str:
    """What the command writes to a terminal, whole."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "eiospec", "--target", url, "--no-report", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    octets = b""
    try:
        while chunk := os.read(ours, 65536):
            octets += chunk
    except OSError:  # Linux: the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(10) == 0, octets.decode("utf-8", "replace")
    return octets.decode("utf-8")


@pytest.fixture
def slow() -> Options:
    """A server whose first ping is a second and a half away."""
    return Options(ping_interval=1500, ping_timeout=200)


def test_a_long_wait_is_explained_and_the_line_taken_away(slow: Options, tmp_path: Path) -> None:
    with BackgroundServer(slow) as server:
        shown = seen_on_a_terminal(server.url, tmp_path, "--case", "HB-00[123]")
    assert WAITING in shown
    after = shown.rpartition(WAITING)[2]
    assert after.startswith((" ", "\r"))
    assert "conforms" in after


def test_quiet_is_quiet(slow: Options, tmp_path: Path) -> None:
    with BackgroundServer(slow) as server:
        assert "waiting for" not in seen_on_a_terminal(server.url, tmp_path, "--case", "HB-00[123]", "-q")
