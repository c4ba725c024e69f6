"""The examples of the CI guide are valid: as YAML, for the action, for the option parser."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from runs.command import Call
from runs.test_action import ACTION
from runs.test_installed import ROOT

GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")
PIPELINES: list[dict[str, Any]] = [
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
]
(JENKINSFILE,) = re.findall(r"```groovy\n(.*?)```", GUIDE, re.DOTALL)
# A command after an indent, a dash of YAML or a quote of Groovy.
COMMANDS = sorted({line.rstrip('" ') for line in re.findall(r"\beiospec (--[^\n#`]*)", GUIDE)})


def test_the_action_has_the_inputs_it_is_given() -> None:
    (step,) = (
        step for step in PIPELINES[0]["jobs"]["eiospec"]["steps"] if "eiospec@" in step.get("uses", "")
    )
    assert step["with"].keys() <= ACTION["inputs"].keys()
    assert all(f"`{name}`" in GUIDE for part in ("inputs", "outputs") for name in ACTION[part])


def test_gitlab_reads_the_file_that_is_written() -> None:
    job = PIPELINES[1]["conformance"]
    assert f"--junitxml {job['artifacts']['reports']['junit']}" in job["script"][-1]
    assert job["artifacts"]["when"] == "always"


def test_jenkins_reads_the_file_that_is_written() -> None:
    (written,) = re.findall(r"--junitxml ([^\s\"]+)", JENKINSFILE)
    assert f"junit '{written}'" in JENKINSFILE
    assert JENKINSFILE.count("{") == JENKINSFILE.count("}")


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood(command: str, call: Call) -> None:
    finished = call(*shlex.split(command), "--explain", "CK-002")
    assert finished.exit_code == 0, finished.output
