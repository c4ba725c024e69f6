"""`row.toml`: one implementation of the matrix, read key by key.

    title = "socket.io 4.8.4"                # as it is called in every table
    language = "Node.js"                     # what it runs on: rows of one language stand together
    start = "node conformance.js"            # split as a shell would; PORT is in the environment
    quick = true                             # built and judged in seconds, so the suite's own tests do it, too
    path = "/eiospec/main/"                  # of the URL that is judged; this is the default
    folder = "../node"                       # where commands run and inputs lie, seen from the row; default: the row
    remark = "…"                             # what a reader of the results has to know; stands beneath the table

    [versions]                               # what is pinned, most telling first
    "socket.io" = "4.8.4"

    [build]
    commands = ["npm ci"]                    # run in order when an input has changed, or what they make is gone
    inputs = ["package.json", "package-lock.json"]   # files, or globs of them
    makes = ["node_modules"]                 # in the folder; kept
    needs = ["node", "npm"]                  # programs that must be on the PATH, to build and to start

`{python}` in a command stands for the interpreter that runs eiospec. The profile is `conformance.toml` and the
baseline `baseline.toml`, both beside `row.toml`.
"""

from __future__ import annotations

import difflib
import shlex
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVERS = Path(__file__).resolve().parents[1] / "fixtures" / "apps"
DEFAULT_PATH = "/eiospec/main/"
KEYS: Mapping[str, type] = {
    "title": str,
    "language": str,
    "start": str,
    "quick": bool,
    "path": str,
    "folder": str,
    "remark": str,
    "versions": dict,
    "build": dict,
}
REQUIRED = ("title", "language", "start", "versions")
BUILD_KEYS = ("commands", "inputs", "makes", "needs")
WORDS = {str: "a text", bool: "true or false", dict: "a table"}


class BadRow(ValueError):
    """A row.toml that cannot be used, or a name that no row has; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Build:
    """What makes a row's programs in `folder`. `inputs` are globs below it, `makes` names below it."""

    folder: Path
    commands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One implementation. `home` is the folder of row.toml, `start` the command that serves on PORT."""

    name: str
    home: Path
    title: str
    language: str
    versions: Mapping[str, str]
    start: str
    path: str
    quick: bool
    build: Build
    remark: str = ""

    @property
    def profile(self) -> Path:
        return self.home / "conformance.toml"

    @property
    def baseline(self) -> Path:
        return self.home / "baseline.toml"


def _checked(document: Mapping[str, Any], keys: Mapping[str, type]) -> None:
    for key, value in document.items():
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            raise BadRow(f"{key} is unknown: use {close[0] if close else ', '.join(keys)}")
        if not isinstance(value, keys[key]):
            raise BadRow(f"{key} is {value!r}; allowed is {WORDS[keys[key]]}")
    for key in REQUIRED:
        if key not in document:
            raise BadRow(f"{key} is missing")


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        raise BadRow(f"{name} is {value!r}; allowed is a list of texts")
    return tuple(value)


def _command(text: str) -> str:
    return text.replace("{python}", shlex.quote(sys.executable))


def _build(folder: Path, table: Mapping[str, Any]) -> Build:
    for key in table:
        if key not in BUILD_KEYS:
            raise BadRow(f"build.{key} is unknown: use {', '.join(BUILD_KEYS)}")
    parts = {key: _texts(f"build.{key}", table.get(key, [])) for key in BUILD_KEYS}
    if parts["commands"] and not (parts["inputs"] and parts["makes"]):
        raise BadRow("build.commands need build.inputs and build.makes: what they read, and what is kept")
    return Build(
        folder, tuple(map(_command, parts["commands"])), parts["inputs"], parts["makes"], parts["needs"]
    )


def parse_row(home: Path, text: str) -> Row:
    """The row of a folder; raises BadRow."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRow(f"no TOML: {error}") from None
    _checked(document, KEYS)
    for package, version in document["versions"].items():
        if not isinstance(version, str):
            raise BadRow(f"versions.{package} is {version!r}; allowed is a text")
    folder = (home / document.get("folder", ".")).resolve()
    return Row(
        home.name,
        home,
        document["title"],
        document["language"],
        document["versions"],
        _command(document["start"]),
        document.get("path", DEFAULT_PATH),
        document.get("quick", False),
        _build(folder, document.get("build", {})),
        document.get("remark", ""),
    )


def read_rows(servers: Path = SERVERS) -> tuple[Row, ...]:
    """Every row, quick ones first, then by name; raises BadRow that names the file."""
    rows = []
    for file in servers.glob("*/row.toml"):
        try:
            rows.append(parse_row(file.parent, file.read_text("utf-8")))
        except BadRow as error:
            raise BadRow(f"{file.parent.name}/row.toml: {error}") from None
    return tuple(sorted(rows, key=lambda row: (not row.quick, row.name)))


def chosen(rows: Iterable[Row], names: Iterable[str]) -> tuple[Row, ...]:
    """The rows of these names in the order of all, every row without names; raises BadRow with the nearest names."""
    known = {row.name: row for row in rows}
    wanted = set(names)
    for name in sorted(wanted - set(known)):
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see eiospec matrix --list"
        raise BadRow(f"no row is called {name!r}: {hint}")
    return tuple(row for row in known.values() if not wanted or row.name in wanted)
