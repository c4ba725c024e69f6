"""Folders of rows made for one test: a row is its row.toml and what lies beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

# The bundled server without the contract; it is told its port by an option.
SERVES = "sh -c 'exec {python} -m eiospec.fixtures.reference --port $PORT'"
MakeRow = Callable[..., Path]


@pytest.fixture
def servers(tmp_path: Path) -> Path:
    folder = tmp_path / "servers"
    folder.mkdir()
    return folder


@pytest.fixture
def row(servers: Path) -> MakeRow:
    """Makes the folder of a row that serves; what is given replaces or adds lines of its row.toml."""

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
