"""Runs in empty folders; those that several tests look at are made once, however many processes test."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from eiospec.fixtures.reference import BackgroundServer
from runs.command import EIOSPEC, MOST_SECONDS, Finished, Once, Run, eiospec, made_once
from runs.credentials import COOKIE_SECRET, SECRET
from runs.engines import SetsTheCookieAgain

EVERY_DOCUMENT = ("--junitxml", "junit.xml", "--alluredir", "allure")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command with some arguments in an empty folder of its own and waits for its end."""

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
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a run unless another process of this pytest run has made it."""
    folder = tmp_path_factory.getbasetemp()
    # A worker's folder lies in that of the run (pytest-xdist, "Making session-scoped fixtures execute only once").
    return partial(made_once, folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@pytest.fixture(scope="session")
def bundled(run: Run, once: Once) -> Finished:
    """A run without a target, with every document that can be asked for."""
    return once("bundled", lambda: run(*EVERY_DOCUMENT))


@pytest.fixture(scope="session")
def failing(run: Run, once: Once) -> Finished:
    """A run that fails, with credentials and every document that can be asked for."""

    def fail() -> Finished:
        with BackgroundServer(engine=SetsTheCookieAgain) as server:
            return run(
                *("--target", server.url),
                *("--header", f"Authorization: Bearer {SECRET}"),
                *("--header", f"Cookie: account={COOKIE_SECRET}"),
                *EVERY_DOCUMENT,
            )

    return once("failing", fail)
