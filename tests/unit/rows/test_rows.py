"""row.toml is read key by key; an error names the file."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from eiospec.matrix.rows import BadRow, Row, chosen, read_rows
from eiospec.target.baseline import read_baseline
from eiospec.target.profile import read_profile
from rows.conftest import MakeRow

ROWS = read_rows()
MISTAKES = {
    "an unknown key": ({"titel": '"x"'}, "titel is unknown: did you mean title?"),
    "a number for a text": ({"title": "5"}, "title is 5; allowed is a string"),
    "a text for a truth": ({"quick": '"yes"'}, "quick is 'yes'; allowed is true or false"),
    "nothing that starts": ({"start": ""}, "start is missing"),
    "a version that is a number": ({"versions": "{ a = 1.0 }"}, "versions.a is 1.0; allowed is a string"),
    "an unknown build key": (
        {"build": 'command = "make"'},
        "build.command is unknown: did you mean commands?",
    ),
    "a command that is not a list": (
        {"build": 'commands = "make"'},
        "build.commands is 'make'; allowed is a list, each member a string",
    ),
    "a build that keeps nothing": ({"build": 'commands = ["make"]'}, "build.commands need build.inputs"),
    "no TOML": ({"title": "x"}, "not TOML"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_its_file(mistake: str, row: MakeRow, servers: Path) -> None:
    lines, sentence = MISTAKES[mistake]
    row("wrong", **lines)
    with pytest.raises(BadRow, match=r"^wrong/row\.toml: ") as raised:
        read_rows(servers)
    assert sentence in str(raised.value)


def test_python_is_the_interpreter_that_runs_eiospec(row: MakeRow, servers: Path) -> None:
    row("one", start='"{python} x.py"')
    assert shlex.split(read_rows(servers)[0].start) == [sys.executable, "x.py"]


def test_commands_run_in_the_folder_that_is_named(row: MakeRow, servers: Path) -> None:
    row("old", folder='"../new"')
    assert read_rows(servers)[0].build.folder == servers / "new"


def test_quick_rows_come_first(row: MakeRow, servers: Path) -> None:
    row("a")
    row("b", quick="true")
    assert [found.name for found in read_rows(servers)] == ["b", "a"]


def test_a_selection_keeps_the_order_of_all(row: MakeRow, servers: Path) -> None:
    row("a")
    row("b")
    row("c")
    assert [found.name for found in chosen(read_rows(servers), ["c", "a"])] == ["a", "c"]


def test_a_name_that_no_row_has_is_answered_with_the_nearest(row: MakeRow, servers: Path) -> None:
    row("python")
    with pytest.raises(BadRow, match="did you mean python"):
        chosen(read_rows(servers), ["pyton"])


# The rows that are there


@pytest.mark.parametrize("found", ROWS, ids=lambda found: found.name)
def test_a_row_has_a_profile_that_can_be_read(found: Row) -> None:
    assert read_profile(found.profile).url is None


@pytest.mark.parametrize("found", ROWS, ids=lambda found: found.name)
def test_a_version_of_a_row_is_one_that_its_build_pins(found: Row) -> None:
    pinned = "".join(
        path.read_text("utf-8") for pattern in found.build.inputs for path in found.build.folder.glob(pattern)
    )
    assert [version for version in found.versions.values() if version not in pinned] == []


@pytest.mark.parametrize(
    "found", [row for row in ROWS if row.baseline.exists()], ids=lambda found: found.name
)
def test_a_baseline_says_of_whom_it_is_and_why_each_entry_is_there(found: Row) -> None:
    baseline = read_baseline(found.baseline)
    assert next(iter(found.versions.values())).removeprefix("v") in baseline.implementation
    assert [entry.id for entry in baseline.entries if not entry.reason] == []
