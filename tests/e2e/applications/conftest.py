"""The applications of this folder, each started for one run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runs.fixtures import call, once
from targets import HOST, INTERPRETER, NODE, PYTHON, built, free_port, install_node_packages

from eiospec.target.serve import serve

__all__ = ["call", "once"]

HERE = Path(__file__).parent


@contextmanager
def application(script: str, *words: str) -> Iterator[str]:
    """Start an application of this folder and yield the URL of its engine."""
    if script.endswith(".js"):
        install_node_packages()
        command = ["node", str(HERE / script), *words]
    else:
        built(PYTHON)
        command = [str(INTERPRETER), str(HERE / script), *words]
    port = free_port()
    with serve(shlex.join(command), HOST, port, env={"PORT": str(port), "MODULES": str(NODE)}):
        yield f"http://{HOST}:{port}/socket.io/"
