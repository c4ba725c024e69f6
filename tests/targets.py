"""Real servers for the suite's own tests: those of `fixtures/servers/node`, `…/bun` and `…/python`.

Each context manager starts one on a free loopback port and yields the URL of its engine path, which for the
conformance apps is that of the mount `main`. A machine without Node.js fails these tests instead of skipping
them: a suite that was never tried on the reference implementation has not been tested.
"""

from __future__ import annotations

import fcntl
import json
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eiospec.fixtures.target.serve import serve

HOST = "127.0.0.1"
SERVERS = Path(__file__).parents[1] / "fixtures" / "servers"
NODE = SERVERS / "node"
BUN = SERVERS / "bun"
PYTHON = SERVERS / "python"
ENGINE_PATHS = {"socketio": "/socket.io/", "engineio": "/engine.io/", "conformance": "/eiospec/main/"}


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on. Linux hands it out again last, so there is time to use it."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def node_server(script: str = "socketio.js", **env: str) -> Iterator[str]:
    """`socketio.js` (session cookie on) or `engineio.js` (`COOKIE="1"` for it), heartbeat options in ms; or
    the contract, `conformance.js`.
    """
    install_node_packages()
    with _server(["node", str(NODE / script)], env) as url:
        yield url


@contextmanager
def bun_server(script: str = "conformance.js", **env: str) -> Iterator[str]:
    """The contract on Bun, which comes from npm like everything else there."""
    install_node_packages(BUN)
    with _server([str(BUN / "node_modules" / ".bin" / "bun"), str(BUN / script)], env) as url:
        yield url


@contextmanager
def python_server(script: str = "socketio_app.py", **env: str) -> Iterator[str]:
    """`socketio_app.py` (session cookie on; heartbeat options in ms), `engineio_app.py` (`COOKIE="1"`), or the
    contract, `conformance.py`.
    """
    with _server([sys.executable, str(PYTHON / script)], env) as url:
        yield url


@contextmanager
def _server(arguments: list[str], env: dict[str, str]) -> Iterator[str]:
    port = free_port()
    engine = Path(arguments[-1]).stem.removesuffix("_app")
    with serve(shlex.join(arguments), HOST, port, env={**env, "PORT": str(port)}):
        yield f"http://{HOST}:{port}{ENGINE_PATHS[engine]}"


def install_node_packages(folder: Path = NODE) -> None:
    """`npm ci` in the folder, once: whoever comes second (another xdist worker) waits for the first.

    Raises RuntimeError when Node.js or npm is missing, or the installation fails.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise RuntimeError(
                f"{program} is not on the PATH: the tests against real servers need Node.js 18+ and npm"
            )
    # The lock lies on a file that is there anyway, so none is left behind.
    with (folder / "package-lock.json").open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if _installed(folder) == _versions(json.load(locked)):
            return
        npm = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False
        )
    if npm.returncode != 0:
        raise RuntimeError(
            f"npm ci failed in {folder.name}, status {npm.returncode}:\n{npm.stdout}{npm.stderr}"
        )


def _installed(folder: Path) -> dict[str, str]:
    """What npm noted at the end of its last installation; nothing if it never came to the end of one."""
    try:
        return _versions(json.loads((folder / "node_modules" / ".package-lock.json").read_bytes()))
    except FileNotFoundError:
        return {}


def _versions(lock: dict[str, dict[str, dict[str, str]]]) -> dict[str, str]:
    """Without the optional ones, of which npm installs those of this platform only: Bun's binaries."""
    packages = lock["packages"].items()
    return {path: package["version"] for path, package in packages if path and not package.get("optional")}
