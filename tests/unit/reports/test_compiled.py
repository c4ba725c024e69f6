"""Compiled templates are kept where Python keeps its own compiled files, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from eiospec.reports.compiled import compiled


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a template, where Python may write what it compiles."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "greeting.j2").write_text("hello {{ name }}", "utf-8")
    return tmp_path


def says(templates: Path) -> str:
    """What the template says, compiled or kept."""
    kept = Environment(
        loader=FileSystemLoader(templates), bytecode_cache=compiled(templates), autoescape=True
    )
    return kept.get_template("greeting.j2").render(name="you")


def test_a_template_is_kept_beside_it(templates: Path) -> None:
    says(templates)
    assert len([*(templates / "__pycache__").iterdir()]) == 1


def test_a_kept_template_says_the_same(templates: Path) -> None:
    assert says(templates) == says(templates) == "hello you"


def test_a_changed_template_is_compiled_again(templates: Path) -> None:
    says(templates)
    (templates / "greeting.j2").write_text("goodbye {{ name }}", "utf-8")
    assert says(templates) == "goodbye you"


def test_python_that_writes_none_keeps_none(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compiled(templates) is None


def test_a_folder_that_cannot_be_made_keeps_none(templates: Path) -> None:
    (templates / "__pycache__").write_text("in the way", "utf-8")
    assert compiled(templates) is None
