"""A build is kept until its inputs, commands or outputs change."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.matrix.building import NotBuilt, ensure_built, up_to_date
from eiospec.matrix.rows import Build

COUNTS = "sh -c 'echo built >> count; touch made'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the one input of a build."""
    place = tmp_path / "row"
    place.mkdir()
    (place / "lock").write_text("1.0", "utf-8")
    return place


@pytest.fixture
def build(folder: Path) -> Build:
    """Return a build that counts its runs."""
    return Build(folder, (COUNTS,), ("lock",), ("made",), ("sh",))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "row.log"


def runs(folder: Path) -> int:
    return (folder / "count").read_text("utf-8").count("built")


def test_a_build_is_kept(build: Build, log: Path, folder: Path) -> None:
    assert [ensure_built(build, log) for _ in range(3)] == [True, False, False]
    assert runs(folder) == 1


def test_a_changed_input_causes_a_build(build: Build, log: Path, folder: Path) -> None:
    ensure_built(build, log)
    (folder / "lock").write_text("1.1", "utf-8")
    ensure_built(build, log)
    assert runs(folder) == 2


def test_a_changed_command_causes_a_build(build: Build, log: Path, folder: Path) -> None:
    ensure_built(build, log)
    assert not up_to_date(Build(folder, (COUNTS, "true"), build.inputs, build.makes))


def test_a_missing_output_causes_a_build(build: Build, log: Path, folder: Path) -> None:
    ensure_built(build, log)
    (folder / "made").unlink()
    ensure_built(build, log)
    assert runs(folder) == 2


def test_an_input_that_matches_no_file_is_an_error(folder: Path, log: Path) -> None:
    with pytest.raises(NotBuilt, match=r"\*.java matches no file in row"):
        ensure_built(Build(folder, ("true",), ("*.java",), ("lock",)), log)


def test_a_missing_program_is_named(folder: Path, log: Path) -> None:
    with pytest.raises(NotBuilt, match="nosuchprogram not found on the PATH: install it"):
        ensure_built(Build(folder, ("true",), ("lock",), ("lock",), ("nosuchprogram",)), log)


def test_a_failing_command_ends_the_build_and_leaves_a_log(folder: Path, log: Path) -> None:
    failing = Build(folder, ("sh -c 'echo no room; exit 3'", COUNTS), ("lock",), ("made",))
    with pytest.raises(NotBuilt, match="failed with status 3"):
        ensure_built(failing, log)
    assert log.read_text("utf-8") == "$ sh -c 'echo no room; exit 3'\nno room\n"
    assert not (folder / "made").exists()


def test_a_build_without_its_output_fails(folder: Path, log: Path) -> None:
    with pytest.raises(NotBuilt, match="the build did not make made"):
        ensure_built(Build(folder, ("true",), ("lock",), ("made",)), log)


def test_a_failed_build_is_retried(folder: Path, log: Path) -> None:
    build = Build(folder, ("sh -c 'test -e ready && touch made'",), ("lock",), ("made",))
    with pytest.raises(NotBuilt):
        ensure_built(build, log)
    (folder / "ready").touch()
    assert ensure_built(build, log) is True


def test_a_build_without_its_input_is_not_up_to_date(folder: Path) -> None:
    assert not up_to_date(Build(folder, ("true",), ("*.java",), ("lock",)))
