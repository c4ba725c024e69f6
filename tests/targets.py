"""Real servers for tests: those of `fixtures/apps/node`, `…/bun` and `…/python`, and of `e2e/applications`.

Each context manager starts a server on a free loopback port and yields the URL of its engine path; for the
conformance apps it is the mount `main`. Without Node.js these tests fail, not skip: the suite must have been tried on
the reference implementation.
"""

from __future__ import annotations

import shlex
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eiospec.matrix.building import NotBuilt, ensure_built
from eiospec.matrix.rows import parse_row
from eiospec.target.serve import serve

HOST = "127.0.0.1"
FIXTURES = Path(__file__).parents[1] / "fixtures"
SERVERS = FIXTURES / "apps"
NODE = SERVERS / "node"
BUN = SERVERS / "bun"
PYTHON = SERVERS / "python"
INTERPRETER = PYTHON / ".venv" / "bin" / "python"
APPLICATIONS = Path(__file__).parent / "e2e" / "applications"
ENGINE_PATHS = {
    "socketio": "/socket.io/",
    "engineio": "/engine.io/",
    "conformance": "/eiospec/main/",
}


def free_port() -> int:
    """Return a free port of 127.0.0.1. Linux assigns it again last, so there is time to use it."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def node_server(script: str = "socketio.js", **env: str) -> Iterator[str]:
    """Run `socketio.js` (with the session cookie), `engineio.js` (`COOKIE="1"` turns it on) or `conformance.js`.

    Heartbeat options are in milliseconds.
    """
    install_node_packages()
    with _server(["node", str(NODE / script)], env) as url:
        yield url


@contextmanager
def bun_server(script: str = "conformance.js", **env: str) -> Iterator[str]:
    """Run the contract on Bun, which is installed from npm."""
    install_node_packages(BUN)
    with _server([str(BUN / "node_modules" / ".bin" / "bun"), str(BUN / script)], env) as url:
        yield url


@contextmanager
def python_server(script: str = "socketio_app.py", **env: str) -> Iterator[str]:
    """Run `socketio_app.py` (with the session cookie), `engineio_app.py` (`COOKIE="1"` turns it on) or `conformance.py`.

    Heartbeat options are in milliseconds.
    """
    built(PYTHON)
    with _server([str(INTERPRETER), str(PYTHON / script)], env) as url:
        yield url


@contextmanager
def application_server(script: str, *words: str) -> Iterator[str]:
    """Run an application as documentation writes it; its first lines say what the words do."""
    if script.endswith(".js"):
        install_node_packages()
        command = ["node", str(APPLICATIONS / script), *words]
    else:
        built(PYTHON)
        command = [str(INTERPRETER), str(APPLICATIONS / script), *words]
    port = free_port()
    with serve(shlex.join(command), HOST, port, env={"PORT": str(port), "MODULES": str(NODE)}):
        yield f"http://{HOST}:{port}/socket.io/"


@contextmanager
def _server(arguments: list[str], env: dict[str, str]) -> Iterator[str]:
    port = free_port()
    engine = Path(arguments[-1]).stem.removesuffix("_app")
    with serve(shlex.join(arguments), HOST, port, env={**env, "PORT": str(port)}):
        yield f"http://{HOST}:{port}{ENGINE_PATHS[engine]}"


def install_node_packages(folder: Path = NODE) -> None:
    """Install the packages of the row in this folder once; concurrent callers wait."""
    built(folder)


def built(folder: Path) -> None:
    """Build the row of this folder; raise RuntimeError with what is missing or with the output of npm or pip."""
    row = parse_row(folder, (folder / "row.toml").read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="eiospec-build-") as place:
        log = Path(place, "build.log")
        try:
            ensure_built(row.build, log)
        except NotBuilt as error:
            said = log.read_text("utf-8") if log.exists() else ""
            raise RuntimeError(f"{folder.name}: {error}\n{said}") from None
