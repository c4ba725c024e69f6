"""`row.toml`: one implementation of the matrix.

    title = "socket.io 4.8.4"                # its name in every table
    language = "Node.js"                     # what it runs on: rows are grouped by language
    start = "node conformance.js"            # split as a shell would; PORT is in the environment
    quick = true                             # built and judged in seconds, so the suite's own tests do it
    path = "/eiospec/main/"                  # of the URL that is judged; this is the default
    folder = "../node"                       # where commands run and inputs lie, seen from the row; default: the row
    remark = "…"                             # a note for readers of the results, below the table

    [versions]                               # what is pinned, most telling first
    "socket.io" = "4.8.4"

    [build]
    commands = ["npm ci"]                    # run in order when an input changed or a product is missing
    inputs = ["package.json", "package-lock.json"]   # files, or globs of them
    makes = ["node_modules"]                 # in the folder; kept
    needs = ["node", "npm"]                  # programs that must be on the PATH, to build and to start

`{python}` in a command is the interpreter that runs eiospec. The profile is `conformance.toml` and the baseline
`baseline.toml`, both next to `row.toml`.
"""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from eiospec.target import toml

SERVERS = Path(__file__).resolve().parents[1] / "fixtures" / "apps"
DEFAULT_PATH = "/eiospec/main/"


class BadRow(ValueError):
    """A row.toml that cannot be used, or a name that no row has; the message says what to write."""


class _Build(Struct, frozen=True, forbid_unknown_fields=True):
    commands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.commands and not (self.inputs and self.makes):
            raise ValueError(
                "build.commands need build.inputs and build.makes: what they read, and what is kept"
            )


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    language: str
    start: str
    versions: dict[str, str]
    quick: bool = False
    path: str = DEFAULT_PATH
    folder: str = "."
    remark: str = ""
    build: _Build = _Build()


@dataclass(frozen=True, slots=True)
class Build:
    """How the programs of a row are built in `folder`. `inputs` are globs, `makes` names, both relative to it."""

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


def _command(text: str) -> str:
    return text.replace("{python}", shlex.quote(sys.executable))


def parse_row(home: Path, text: str) -> Row:
    """Return the row of a folder; raise BadRow."""
    try:
        found = toml.decode(toml.parse(text), _Row)
    except toml.BadToml as error:
        raise BadRow(str(error)) from None
    build = found.build
    return Row(
        home.name,
        home,
        found.title,
        found.language,
        found.versions,
        _command(found.start),
        found.path,
        found.quick,
        Build(
            (home / found.folder).resolve(),
            tuple(map(_command, build.commands)),
            build.inputs,
            build.makes,
            build.needs,
        ),
        found.remark,
    )


def read_rows(servers: Path = SERVERS) -> tuple[Row, ...]:
    """Return every row, quick ones first, then by name; raise BadRow with the name of the file."""
    rows = []
    for file in servers.glob("*/row.toml"):
        try:
            rows.append(parse_row(file.parent, file.read_text("utf-8")))
        except BadRow as error:
            raise BadRow(f"{file.parent.name}/row.toml: {error}") from None
    return tuple(sorted(rows, key=lambda row: (not row.quick, row.name)))


def chosen(rows: Iterable[Row], names: Iterable[str]) -> tuple[Row, ...]:
    """Return the rows with these names, or all without names, in order; raise BadRow with the nearest names."""
    known = {row.name: row for row in rows}
    wanted = set(names)
    for name in sorted(wanted - set(known)):
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see eiospec matrix --list"
        raise BadRow(f"no row is called {name!r}: {hint}")
    return tuple(row for row in known.values() if not wanted or row.name in wanted)
