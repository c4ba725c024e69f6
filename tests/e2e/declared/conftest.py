"""Runs in empty folders, files written for them, and the servers they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from runs.command import Finished, Run, eiospec
from runs.engines import SetsTheCookieAgain

from eiospec.fixtures.reference import BackgroundServer
from eiospec.fixtures.reference.conformance import contract_options

Written = Callable[[str], str]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command with some arguments in an empty folder of its own and waits for its end."""

    def run_in_an_empty_folder(*arguments: str, **how: Any) -> Finished:
        return eiospec(*arguments, **{"folder": tmp_path_factory.mktemp("empty"), **how})

    return run_in_an_empty_folder


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The path of a TOML file with this text."""

    def write(text: str) -> str:
        file = tmp_path_factory.mktemp("written") / "declared.toml"
        file.write_text(text, "utf-8")
        return str(file)

    return write


@pytest.fixture(scope="package")
def plain() -> Iterator[str]:
    """The URL of a server that conforms, sets the session cookie, and has no mounts."""
    with BackgroundServer() as server:
        yield server.url


@pytest.fixture(scope="package")
def contracted() -> Iterator[str]:
    """The URL of the same server with every mount."""
    with BackgroundServer(contract_options()) as server:
        yield server.url


@pytest.fixture(scope="package")
def flawed() -> Iterator[str]:
    """The URL of a server that breaks CK-006 and nothing else."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url
