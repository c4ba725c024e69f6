"""Fixtures that run the command in empty folders, for the conftest modules of this folder and its neighbours."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from runs.command import EIOSPEC, MOST_SECONDS, Call, Finished, Once, Run, called, eiospec, made_once


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command in its own process and wait for its end."""

    def run_in_an_empty_folder(
        *arguments: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = EIOSPEC,
        within: float = MOST_SECONDS,
    ) -> Finished:
        chosen = folder or tmp_path_factory.mktemp("empty")
        return eiospec(*arguments, folder=chosen, env=env, command=command, within=within)

    return run_in_an_empty_folder


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Run the command in this process."""

    def call_in_an_empty_folder(
        *arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Finished:
        return called(*arguments, folder=folder or tmp_path_factory.mktemp("empty"), env=env)

    return call_in_an_empty_folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a run unless another process of this pytest run has made it."""
    folder = tmp_path_factory.getbasetemp()
    # A worker's folder lies in that of the run (pytest-xdist, "Making session-scoped fixtures execute only once").
    return partial(made_once, folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
