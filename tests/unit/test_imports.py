"""Which package may import which: imports go down only, and a check does no I/O.

suites (checks) → observations → cookies, wire
probes          → observations, wire: the only ones that talk to a target
plugin          → everything but the commands above it
replay          → probes, reports
reports         → verdicts, wire; no plugin
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Below fixtures: servers in other languages, and configuration.
SKIPPED = {"apps", "balancers"}

# Each package or module of eiospec, and what it may import of the others. "conftests" are suites/**/conftest.py and
# suites/observing.py, which connect the checks with the plugin and the probes.
MAY_IMPORT: Mapping[str, str] = {
    "errors": "",
    "place": "",
    "requirements": "",
    "sources": "requirements",
    "wire": "",
    "cookies": "",
    "verdicts": "requirements wire",
    "target": "cookies errors verdicts wire",
    "observations": "cookies errors target verdicts wire",
    "suites": "cookies errors observations place requirements sources target wire",
    "probes": "cookies errors observations place target verdicts wire",
    "capabilities": "errors observations place probes requirements target verdicts",
    "replay": "errors observations place probes reports target verdicts wire",
    "reports": "cookies errors requirements target verdicts wire",
    "fixtures": "target wire",
    "plugin": "capabilities cookies errors fixtures observations place probes replay reports requirements suites "
    "target verdicts wire",
    "conftests": "errors observations place plugin probes requirements suites target wire",
    "cli": "capabilities cookies errors fixtures observations place plugin probes replay reports requirements suites "
    "target verdicts wire",
    "proof": "cli errors fixtures observations place plugin probes replay reports requirements suites target verdicts "
    "wire",
    "matrix": "cli plugin reports target verdicts",
    "__main__": "cli plugin",
}
# The modules of wire that are values only. Suites, observations and cookies import no other one.
VALUES = {"bounds", "exchange", "frames", "packets", "parse", "payload_3"}
WITHOUT_IO = ("cookies", "observations", "suites")
# What a check module must not load, directly or not.
IO = ("asyncio", "httpcore", "httpx", "socket", "ssl", "websockets", "eiospec.plugin", "eiospec.probes")


def package_of(parts: tuple[str, ...]) -> str:
    """Return the entry of MAY_IMPORT for a module, by its path below eiospec."""
    if parts[0] == "suites" and parts[-1] in ("conftest", "observing"):
        return "conftests"
    return parts[0]


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module of the package with its file; suites, reports and fixtures are on top of the checkout."""
    folders = [
        folder for folder in (ROOT / "eiospec").iterdir() if folder.is_dir() and not folder.is_symlink()
    ]
    folders += [ROOT / "suites", ROOT / "reports"]
    folders += [folder for folder in (ROOT / "fixtures").iterdir() if folder.name not in SKIPPED]
    files = [*(ROOT / "eiospec").glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    for file in sorted(files):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if file.stem != "__init__":
            yield ".".join(parts if parts[0] == "eiospec" else ("eiospec", *parts)), file


def imported(file: Path) -> Iterator[str]:
    """Yield the modules of eiospec that a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module.count(".") == 0
            yield from ([f"{node.module}.{alias.name}" for alias in node.names] if whole else [node.module])
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@cache
def edges() -> frozenset[tuple[str, str, str, str]]:
    """Return every import between packages: the package, the one it imports, and both modules."""
    found = set()
    for module, file in modules():
        package = package_of(tuple(module.split(".")[1:]))
        for name in imported(file):
            parts = tuple(name.split(".")[1:])
            if name.split(".")[0] == "eiospec" and parts and not parts[0].startswith("__"):
                found.add((package, package_of(parts), module, name))
    return frozenset(found)


def test_every_package_imports_what_it_may() -> None:
    wrong = [
        f"{module} imports {name}"
        for package, other, module, name in sorted(edges())
        if other != package and other not in MAY_IMPORT.get(package, "").split()
    ]
    assert wrong == []


def test_packages_import_each_other_in_one_direction() -> None:
    graph: dict[str, set[str]] = {}
    for package, other, _, _ in edges():
        if other != package:
            graph.setdefault(package, set()).add(other)
    assert list(TopologicalSorter(graph).static_order())


def test_only_values_of_wire_are_imported_without_io() -> None:
    wrong = [
        f"{module} imports {name}"
        for package, other, module, name in sorted(edges())
        if package in WITHOUT_IO and other == "wire" and name.split(".")[2] not in VALUES
    ]
    assert wrong == []


@pytest.mark.parametrize("package", WITHOUT_IO)
def test_importing_does_no_io(package: str) -> None:
    """In a fresh interpreter, with pytest imported: what the modules of this package load on top of that."""
    names = [module for module, _ in modules() if package_of(tuple(module.split(".")[1:])) == package]
    assert names
    script = (
        "import importlib, json, sys, pytest\n"
        "before = set(sys.modules)\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert [name for name in json.loads(output) if name in IO] == []
