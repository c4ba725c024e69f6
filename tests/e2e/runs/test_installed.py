"""The wheel, the source distribution and a clone give the same verdicts and write nothing where they are installed."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from runs.command import AS_USERS_RUN, Finished, Run

ROOT = Path(__file__).resolve().parents[3]
PYTEST = ("--case", "CK-00[12]")
# Run pytest without the packages named first.
WITHOUT = """
import sys
from functools import partial
from importlib.machinery import PathFinder
absent = sys.argv[1].split(",")
def without(find, name, *where):
    return None if name in absent else find(name, *where)
PathFinder.find_spec = partial(without, PathFinder.find_spec)
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""
# Files that a clone does not have: caches, packages of Node.js, earlier builds.
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "build", "*.egg-info", "tests")
BUILD_SDIST = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel; `command` is its console script."""

    command: Path
    packages: Path

    def files(self) -> dict[str, int]:
        """Return the files of the package with the time of their last change, without byte code."""
        return {
            str(file.relative_to(self.packages)): file.stat().st_mtime_ns
            for file in (self.packages / "eiospec").rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }


def building_offline() -> list[str]:
    """Return the options that build with the installed setuptools; none if it is too old."""
    try:
        major = int(importlib.metadata.version("setuptools").partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return []
    return ["--no-index", "--no-build-isolation"] if major >= 77 else []


def pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the checkout, so that building does not change it."""
    source = tmp_path_factory.mktemp("source") / "checkout"
    shutil.copytree(ROOT, source, ignore=NOT_COPIED, symlinks=True)
    return source


@pytest.fixture(scope="module")
def sdist(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution and unpack it."""
    built, unpacked = tmp_path_factory.mktemp("sdist"), tmp_path_factory.mktemp("unpacked")
    subprocess.run([sys.executable, "-c", BUILD_SDIST, built], cwd=clone, check=True, capture_output=True)
    (archive,) = built.glob("*.tar.gz")
    shutil.unpack_archive(archive, unpacked, filter="data")
    (folder,) = unpacked.iterdir()
    return folder


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the source distribution, as an index does."""
    built = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", *building_offline(), "--wheel-dir", built, sdist)
    (file,) = built.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Install the wheel in a new environment that borrows its dependencies from this one."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    (packages,) = home.glob("lib/python*/site-packages")
    pip("--python", home / "bin" / "python", "install", "--no-deps", "--no-index", "--no-compile", wheel)
    # Paths in a .pth file are searched last, and the .pth files found there are not read: no editable install.
    borrowed = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "borrowed.pth").write_text("".join(f"{path}\n" for path in borrowed), "utf-8")
    return Installation(home / "bin" / "eiospec", packages)


@dataclass(frozen=True)
class Installed:
    """A run of the installed command, and the files of the package before and after it."""

    finished: Finished
    before: dict[str, int]
    after: dict[str, int]


@pytest.fixture(scope="module")
def installed(installation: Installation, run: Run) -> Installed:
    before = installation.files()
    finished = run(command=[str(installation.command)], env=AS_USERS_RUN)
    return Installed(finished, before, installation.files())


def test_judges_the_bundled_server(installed: Installed) -> None:
    assert installed.finished.exit_code == 0
    assert installed.finished.ids("pass")


def test_judges_what_the_checkout_judges(installed: Installed, bundled: Finished) -> None:
    assert installed.finished.verdicts == bundled.verdicts


def test_writes_its_report_where_it_is_run(installed: Installed) -> None:
    assert installed.finished.left_behind == {".pytest_cache", "eiospec-report"}


def test_writes_nothing_among_the_packages(installed: Installed) -> None:
    assert installed.before
    assert installed.after == installed.before


@pytest.mark.slow
def test_runs_from_the_wheel(installation: Installation, run: Run) -> None:
    loud = run("-v", "--case", "CK-002", command=[str(installation.command)])
    assert f"rootdir: {installation.packages / 'eiospec'}" in loud.stdout


def test_lists_what_the_checkout_lists(installation: Installation, run: Run) -> None:
    listed = run("--list=json", command=[str(installation.command)])
    assert json.loads(listed.stdout) == json.loads(run("--list=json").stdout)


@pytest.mark.slow
def test_pytest_judges_from_the_wheel(installation: Installation, run: Run) -> None:
    python = str(installation.command.with_name("python"))
    finished = run(
        *PYTEST, "-p", "eiospec.plugin", "--pyargs", "eiospec.suites", command=[python, "-m", "pytest"]
    )
    assert (finished.exit_code, finished.ids("pass")) == (0, {"CK-001", "CK-002"})


@pytest.mark.parametrize("command", [["pytest", *PYTEST], ["eiospec", *PYTEST]], ids=["pytest", "eiospec"])
@pytest.mark.parametrize("source", ["clone", "sdist"])
@pytest.mark.slow
def test_judges_from_its_sources(
    request: pytest.FixtureRequest, run: Run, source: str, command: list[str]
) -> None:
    folder: Path = request.getfixturevalue(source)
    finished = run("-v", *command[1:], folder=folder, command=[sys.executable, "-m", command[0]])
    root = folder if command[0] == "pytest" else folder / "eiospec"
    assert (finished.exit_code, finished.ids("pass")) == (0, {"CK-001", "CK-002"})
    assert f"rootdir: {root}\n" in finished.stdout
    assert "warning" not in finished.stdout


@pytest.mark.slow
def test_judges_in_two_processes(installation: Installation, run: Run) -> None:
    finished = run("-n", "2", "--case", "CK-*", command=[str(installation.command)])
    assert finished.exit_code == 0


def test_the_checkout_judges_without_the_test_packages(run: Run, tmp_path: Path) -> None:
    """Run as `tox -e conformance` does, where pytest also loads tests/conftest.py."""
    absent = "hypothesis,psutil,socketio,engineio,trustme,uvicorn"
    finished = run(
        *("--rootdir", str(ROOT), "--config-file", str(ROOT / "pytest.ini")),
        *(str(ROOT / "suites"), str(ROOT / "tests" / "conftest.py")),
        *("--case", "CK-00[12]", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
        folder=tmp_path,
        command=[sys.executable, "-c", WITHOUT, absent],
    )
    assert (finished.exit_code, finished.ids("pass")) == (0, {"CK-001", "CK-002"})


def test_the_wheel_holds_no_tests_and_no_packages_of_node(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if "/tests/" in name or "node_modules" in name] == []
    assert "eiospec/reports/schema/report-1.json" in names
