"""SIGTERM and SIGHUP end a run in order: its server is stopped and its report says so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from targets import free_port

from eiospec.plugin.subprocesses import run
from eiospec.plugin.termination import drop_entries_without_line

# A server with a child; it writes both ids and never answers the handshake.
SERVER = """
import os, socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
draft = "pids.part"
open(draft, "w").write(f"{os.getpid()} {child.pid}")
os.rename(draft, "pids")
time.sleep(300)
"""


def lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    return False


def test_an_interrupt_between_two_lines_can_be_printed() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    # No instruction belongs to a line (CPython, Objects/locations.md).
    units = len(interrupted.__code__.co_code) // 2
    lines = bytes(0xF8 | min(8, units - start) - 1 for start in range(0, units, 8))
    interrupted.__code__ = interrupted.__code__.replace(co_linetable=lines)

    def calls_it() -> None:
        interrupted()

    with pytest.raises(KeyboardInterrupt) as excinfo:
        calls_it()
    assert excinfo.tb.tb_next is not None
    assert excinfo.tb.tb_next.tb_next is not None
    drop_entries_without_line(excinfo.tb)
    assert excinfo.tb.tb_next.tb_next is None
    assert "KeyboardInterrupt" in str(excinfo.getrepr(funcargs=True))


def test_an_interrupt_is_not_lost_when_the_command_ends_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command exits with 1 after the interrupt, as pytest does when it cannot print it."""

    class Interrupted(subprocess.Popen[bytes]):
        waited = False

        def wait(self, timeout: float | None = None) -> int:
            if not self.waited:
                self.waited = True
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    assert run([sys.executable, "-c", "raise SystemExit(1)"], tmp_path) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("more", [[], ["--repeat", "2"]])
def test_the_served_command_ends_with_its_children(
    tmp_path: Path, number: signal.Signals, more: list[str]
) -> None:
    (tmp_path / "server.py").write_text(SERVER, "utf-8")
    port = free_port()
    judging = subprocess.Popen(
        [
            *(sys.executable, "-m", "eiospec", "--serve", f"{sys.executable} server.py"),
            *("--target", f"http://127.0.0.1:{port}", "--case", "HS-001", "--report", "report", *more),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        # Under nohup these tests ignore SIGHUP, and so would the run.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "pids").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text("utf-8").split()]
    judging.send_signal(number)
    output, _ = judging.communicate(timeout=60)
    assert judging.returncode == 2, output
    assert "Traceback" not in output
    assert not any(map(lives, pids)), output
    for report in (tmp_path / "report").rglob("report.json"):
        assert json.loads(report.read_bytes())["exit"]["code"] == 2
