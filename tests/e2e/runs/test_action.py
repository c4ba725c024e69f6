"""The composite action for GitHub: its scripts obey its inputs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from junit_schema import assert_junit

from eiospec.fixtures.reference import BackgroundServer
from runs.command import KEPT_OF_THE_ENVIRONMENT
from runs.engines import SetsTheCookieAgain
from runs.test_installed import NOT_COPIED, ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
INSTALL, JUDGE = ACTION["runs"]["steps"]
# An expression of a workflow, and what it names.
EXPRESSION = re.compile(r"\$\{\{ *(\S+) *\}\}")
COOKIES = "--case 'CK-00[1-7]'"


@dataclass(frozen=True)
class Step:
    """A step that ended, with its outputs by name."""

    exit_code: int
    outputs: dict[str, str]
    folder: Path
    output: str


def take(step: Mapping[str, Any], folder: Path, place: Path, inputs: Mapping[str, str]) -> Step:
    """Run a step's shell lines as the runner does; inputs not given have their defaults."""
    values = {f"inputs.{name}": str(entry["default"]) for name, entry in ACTION["inputs"].items()}
    values |= {f"inputs.{name}": value for name, value in inputs.items()}
    values |= {"runner.temp": str(place), "github.action_path": str(place / "source")}
    env = {name: EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in step["env"].items()}
    outputs = place / "outputs"
    outputs.write_text("", "utf-8")
    script = place / "step.sh"
    script.write_text(step["run"], "utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env={
            **{name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ},
            "GITHUB_OUTPUT": str(outputs),
            **env,
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    told = dict(line.split("=", 1) for line in outputs.read_text("utf-8").splitlines())
    return Step(done.returncode, told, folder, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the runner's temporary folder with an installed eiospec."""
    folder = tmp_path_factory.mktemp("runner")
    commands = folder / "eiospec" / "bin"
    commands.mkdir(parents=True)
    (commands / "python").symlink_to(sys.executable)
    (commands / "eiospec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m eiospec "$@"\n', "utf-8")
    (commands / "eiospec").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    """Yield the URL of a server that does not conform."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url


def test_every_input_is_used_and_none_is_part_of_a_script() -> None:
    used = {name for text in JUDGE["env"].values() for name in EXPRESSION.findall(text)}
    assert {f"inputs.{name}" for name in ACTION["inputs"]} == {name for name in used if "inputs" in name}
    assert not any(EXPRESSION.search(step["run"]) for step in (INSTALL, JUDGE))


@pytest.mark.parametrize("step", [INSTALL, JUDGE], ids=["install", "judge"])
def test_every_variable_of_a_step_is_used_by_its_script(step: dict[str, Any]) -> None:
    assert [name for name in step["env"] if f"${name}" not in step["run"]] == []


def test_every_input_and_output_is_described() -> None:
    assert all(entry["description"] for part in ("inputs", "outputs") for entry in ACTION[part].values())


def test_every_output_is_set(place: Path, wrong: str, tmp_path: Path) -> None:
    step = take(JUDGE, tmp_path, place, {"target": wrong, "args": COOKIES})
    assert (step.exit_code, step.outputs) == (
        1,
        {"verdict": "does-not-conform", "exit-code": "1", "report": "eiospec-report/report.html"},
    ), step.output
    assert {f"steps.judge.outputs.{name}" for name in step.outputs} == {
        EXPRESSION.findall(entry["value"])[0] for entry in ACTION["outputs"].values()
    }
    assert (tmp_path / step.outputs["report"]).exists()
    assert_junit((tmp_path / "eiospec-report" / "junit.xml").read_bytes())


def test_every_input_reaches_the_run(place: Path, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "a profile.toml").write_text('[cookie]\nname = "io"\n', "utf-8")
    (tmp_path / "known.toml").write_text(
        '[[known]]\nid = "CK-006"\ncase = "*"\nobserved = "set"\nreason = "yet"\n', "utf-8"
    )
    inputs = {
        "target": f"\n{wrong}\n",
        "profile": "a profile.toml",
        "baseline": "known.toml",
        "level": "should",
        "require": "2026.1",
        "report": "build/the report",
        "args": f"{COOKIES} --header 'X-A: b c'",
    }
    step = take(JUDGE, tmp_path, place, inputs)
    assert (step.exit_code, step.outputs["verdict"]) == (0, "conforms"), step.output
    made = json.loads((tmp_path / "build" / "the report" / "report.json").read_bytes())
    asked = {
        name: made["options"][f"--{name}"] for name in ("target", "profile", "baseline", "level", "header")
    }
    assert asked == {
        "target": wrong,
        "profile": "a profile.toml",
        "baseline": "known.toml",
        "level": "should",
        "header": "X-A: b c",
    }
    assert made["requirement_set"]["release"].endswith("2026.1")


@pytest.mark.slow
def test_the_page_of_a_matrix_is_made_without_a_run(place: Path, tmp_path: Path) -> None:
    step = take(JUDGE, ROOT, place, {"matrix": "docs/matrix.json", "report": str(tmp_path / "pages")})
    assert (step.exit_code, step.outputs) == (0, {"report": f"{tmp_path}/pages/matrix.html"}), step.output
    assert (tmp_path / "pages" / "matrix.html").exists()


def test_the_workflow_of_the_pages_gives_the_action_inputs_it_has() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text("utf-8"))
    (step,) = (step for step in workflow["jobs"]["matrix"]["steps"] if step.get("uses") == "./")
    assert step["with"].keys() <= ACTION["inputs"].keys()
    assert (ROOT / step["with"]["matrix"]).exists()


def test_a_wrong_input_is_a_usage_error(place: Path, tmp_path: Path) -> None:
    step = take(JUDGE, tmp_path, place, {"serve": "node server.js"})
    assert (step.exit_code, step.outputs["verdict"]) == (4, "usage-error")
    assert "--serve needs --target URL" in step.output


@pytest.mark.parametrize("name", ["target", "serve", "profile", "baseline", "require", "level", "report"])
def test_an_empty_input_is_a_usage_error(place: Path, tmp_path: Path, name: str) -> None:
    step = take(JUDGE, tmp_path, place, {"args": COOKIES, name: ""})
    assert (step.exit_code, step.outputs["verdict"]) == (4, "usage-error"), step.output
    assert "empty value" in step.output


@pytest.mark.slow
def test_the_suite_is_installed_from_the_action(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "source", ignore=NOT_COPIED)
    installed = take(INSTALL, tmp_path, tmp_path, {})
    assert installed.exit_code == 0, installed.output
    assert take(JUDGE, tmp_path, tmp_path, {"args": "--list"}).exit_code == 0
