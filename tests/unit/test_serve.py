"""`--serve`: the command is up when the block begins and gone with its children when it ends, or says why."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from targets import HOST, free_port

from eiospec.target import serve as serve_module
from eiospec.target.serve import Served, ServeError, answers, pause, serve

LISTEN = "import os, socket, sys, time; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])));"
WAIT = "time.sleep(600)"
CHILD = "import subprocess, sys; child = subprocess.Popen(['sleep', '600']); print(child.pid, flush=True);"
PR_SET_CHILD_SUBREAPER = 36


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def child_of(served: Served) -> int:
    (child,) = psutil.Process(served.pid).children()
    return int(child.pid)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def env(port: int) -> dict[str, str]:
    return {"PORT": str(port)}


@pytest.fixture
def subreaper() -> Iterator[None]:
    """Makes this process adopt orphans and never reap them, as the first process of many containers does."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


class TestStart:
    def test_the_port_answers_inside_the_block_only(self, port: int, env: dict[str, str]) -> None:
        with serve(python(LISTEN + WAIT), HOST, port, env=env):
            assert answers(HOST, port, 1)
        assert not answers(HOST, port, 1)

    def test_a_late_listener_is_waited_for(self, port: int, env: dict[str, str]) -> None:
        with serve(python(f"import time; time.sleep(0.5); {LISTEN} {WAIT}"), HOST, port, env=env):
            assert answers(HOST, port, 1)

    def test_an_early_exit_is_reported_at_once_with_its_status(self, port: int) -> None:
        with pytest.raises(ServeError, match=rf"exited with status 7 before 127\.0\.0\.1:{port} answered"):
            Served(python("raise SystemExit(7)"), HOST, port).start()

    def test_an_early_end_by_a_signal_names_it(self, port: int) -> None:
        with pytest.raises(ServeError, match="was ended by SIGKILL before"):
            Served(python("import os; os.kill(os.getpid(), 9)"), HOST, port).start()

    def test_the_last_output_is_quoted_and_escaped(self, port: int) -> None:
        code = r"import os; os.write(1, b''.join(b'%d\n' % n for n in range(50)) + b'\x1b[2Jgone\x00\n\xff')"
        with pytest.raises(ServeError) as caught:
            Served(python(code), HOST, port).start()
        assert str(caught.value).splitlines()[1:] == [
            *(f"  | {n}" for n in range(42, 50)),
            r"  | \x1b[2Jgone\x00",
            r"  | \xff",
        ]

    def test_a_silent_exit_is_reported_as_silent(self, port: int) -> None:
        with pytest.raises(ServeError, match="it printed nothing"):
            Served(python("pass"), HOST, port).start()

    def test_a_command_that_never_answers_is_given_up_after_the_bound(self, port: int) -> None:
        began = time.monotonic()
        with pytest.raises(ServeError, match=r"does not answer on 127\.0\.0\.1:\d+ after 0\.5 s"):
            Served(python(f"import time; {WAIT}"), HOST, port, 0.5).start()
        assert 0.5 <= time.monotonic() - began < 0.5 + serve_module.STOP_TIMEOUT

    @pytest.mark.parametrize("command", ["eiospec-no-such-command --port 1", "/etc"])
    def test_a_command_that_cannot_be_run_is_named(self, port: int, command: str) -> None:
        with pytest.raises(ServeError, match=f"cannot serve `{command}`: {command.split()[0]}: "):
            Served(command, HOST, port).start()

    @pytest.mark.parametrize(("command", "reason"), [("node 'x", "No closing quotation"), (" ", "is empty")])
    def test_a_command_that_is_none_is_refused(self, port: int, command: str, reason: str) -> None:
        with pytest.raises(ServeError, match=reason):
            Served(command, HOST, port).start()

    def test_a_taken_port_is_refused_before_anything_is_started(self, tmp_path: Path) -> None:
        with socket.create_server((HOST, 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(ServeError, match=f"something else already answers on 127.0.0.1:{port}"):
                Served(python("open('started', 'w')"), HOST, port, cwd=tmp_path).start()
        assert list(tmp_path.iterdir()) == []

    def test_ipv6_is_an_address_too(self, port: int) -> None:
        with pytest.raises(ServeError, match=rf"before \[::1\]:{port} answered"):
            Served(python("pass"), "::1", port).start()


class TestStop:
    def test_children_are_gone_after_the_block(self, port: int, env: dict[str, str]) -> None:
        with serve(python(CHILD + LISTEN + WAIT), HOST, port, env=env) as served:
            child = child_of(served)
            assert is_running(child)
        assert not is_running(child)

    def test_children_of_a_command_that_died_are_gone_too(self, port: int, env: dict[str, str]) -> None:
        with serve(python(CHILD + LISTEN + WAIT), HOST, port, env=env) as served:
            child = child_of(served)
            assert served.pid is not None
            os.kill(served.pid, signal.SIGKILL)
        assert not is_running(child)

    def test_children_of_a_command_that_exits_early_are_gone_too(self, port: int) -> None:
        with pytest.raises(ServeError) as caught:
            Served(python(CHILD), HOST, port).start()
        assert not is_running(int(str(caught.value).rpartition("| ")[2]))

    def test_an_error_inside_the_block_ends_the_command(self, port: int, env: dict[str, str]) -> None:
        with pytest.raises(ZeroDivisionError), serve(python(LISTEN + WAIT), HOST, port, env=env):
            _ = 1 / 0
        assert not answers(HOST, port, 1)

    def test_a_command_deaf_to_sigterm_is_killed(
        self, port: int, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(serve_module, "STOP_TIMEOUT", 0.5)
        deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LISTEN} {WAIT}"
        with serve(python(deaf), HOST, port, env=env) as served:
            assert served.pid is not None
            pid = served.pid
        assert not is_running(pid)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
    @pytest.mark.usefixtures("subreaper")
    def test_unreaped_zombies_are_not_waited_for(self, port: int, env: dict[str, str]) -> None:
        with serve(python(CHILD + LISTEN + WAIT), HOST, port, env=env) as served:
            child = child_of(served)
            began = time.monotonic()
            served.stop()
            assert time.monotonic() - began < serve_module.STOP_TIMEOUT
        os.waitpid(child, 0)

    def test_stopping_twice_is_harmless(self, port: int, env: dict[str, str]) -> None:
        with serve(python(LISTEN + WAIT), HOST, port, env=env) as served:
            served.stop()

    def test_a_stopped_command_can_be_restarted(self, port: int, env: dict[str, str]) -> None:
        with serve(python(LISTEN + WAIT), HOST, port, env=env) as served:
            first = served.pid
            served.stop()
            served.start()
            assert served.pid != first
            assert answers(HOST, port, 1)


class TestWhileItRuns:
    def test_nothing_has_ended(self, port: int, env: dict[str, str]) -> None:
        with serve(python(LISTEN + WAIT), HOST, port, env=env) as served:
            assert served.ended() is None

    def test_the_end_is_reported(self, port: int, env: dict[str, str]) -> None:
        with serve(
            python(LISTEN + "s.accept(); time.sleep(0.2); raise SystemExit(3)"), HOST, port, env=env
        ) as served:
            began = time.monotonic()
            while (how := served.ended()) is None and (elapsed := time.monotonic() - began) < 10:
                time.sleep(pause(elapsed))
            assert how is not None
            assert how.endswith("exited with status 3")

    def test_output_is_kept_in_bounds_and_never_blocks_the_command(
        self, port: int, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(serve_module, "OUTPUT_LIMIT", 100)
        loud = f"[print('x' * 4096) for _ in range(1000)]; print('end', flush=True); {LISTEN} {WAIT}"
        with serve(python(loud), HOST, port, env=env) as served:
            served.stop()
            assert served.last_lines == ("x" * 95, "end")

    def test_the_command_has_its_own_session(self, port: int, env: dict[str, str]) -> None:
        with serve(python(LISTEN + WAIT), HOST, port, env=env) as served:
            assert served.pid is not None
            assert os.getsid(served.pid) == served.pid
