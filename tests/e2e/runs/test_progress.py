"""The progress line at a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from eiospec.fixtures.reference import BackgroundServer, Options
from runs.terminal import at_a_terminal

WAITING = "waiting for 2 conversations: heartbeat on polling, heartbeat on websocket"
HEARTBEATS = ("--case", "HB-00[123]")


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """Yield the URL of a server that sends its first ping after 1.5 seconds."""
    with BackgroundServer(Options(ping_interval=1500, ping_timeout=200)) as server:
        yield server.url


def test_a_long_wait_is_explained_and_the_line_removed(slow: str, tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "--target", slow, *HEARTBEATS, columns=100)
    assert f"0 of 4 checks; {WAITING}" in shown
    after = shown.rpartition(WAITING)[2]
    assert after.startswith((" ", "\r"))
    assert "conforms" in after


@pytest.mark.parametrize("columns", [40, pytest.param(80, marks=pytest.mark.slow)])
def test_the_line_never_wraps(slow: str, tmp_path: Path, columns: int) -> None:
    shown = at_a_terminal(tmp_path, "--target", slow, *HEARTBEATS, columns=columns)
    lines = re.findall("\r([^\r\n]*waiting for[^\r\n]*)", shown)
    assert {len(line) for line in lines} == {columns - 1}


def test_the_checks_are_counted(tmp_path: Path) -> None:
    assert re.search(r"\r\d+ of \d+ checks *\r", at_a_terminal(tmp_path, "--case", "HS-00*"))


def test_verbose_shows_the_wait_and_the_lines_of_pytest(slow: str, tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "--target", slow, *HEARTBEATS, "-v", columns=100)
    assert f"\r{WAITING}" in shown
    assert "test_heartbeat.py::" in shown


@pytest.mark.parametrize("how", [("-q",), pytest.param(("-qqq",), marks=pytest.mark.slow)])
def test_quiet_shows_no_progress(slow: str, tmp_path: Path, how: tuple[str, ...]) -> None:
    assert "waiting for" not in at_a_terminal(tmp_path, "--target", slow, *HEARTBEATS, *how)


def test_a_dumb_terminal_shows_no_progress(slow: str, tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "--target", slow, *HEARTBEATS, env={"TERM": "dumb"})
    assert "waiting for" not in shown
