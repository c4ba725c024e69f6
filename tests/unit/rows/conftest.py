"""Folders with rows that are made for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

# The bundled server without the contract, on the port in PORT.
SERVES = "sh -c 'exec {python} -m eiospec.fixtures.reference --port $PORT'"
MakeRow = Callable[..., Path]


@pytest.fixture
def servers(tmp_path: Path) -> Path:
    folder = tmp_path / "servers"
    folder.mkdir()
    return folder


@pytest.fixture
def row(servers: Path) -> MakeRow:
    """Return a function that makes a row; its arguments replace or add lines of row.toml."""

    def make(name: str, build: str = "", **lines: str) -> Path:
        home = servers / name
        home.mkdir()
        written = {
            "title": f'"{name} 1.0"',
            "language": '"Python"',
            "start": f'"{SERVES}"',
            "path": '"/socket.io/"',
            "versions": '{ "a" = "1.0" }',
        } | lines
        text = "".join(f"{key} = {value}\n" for key, value in written.items() if value)
        (home / "row.toml").write_text(f"{text}[build]\n{build}\n", "utf-8")
        return home

    return make
