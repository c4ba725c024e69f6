"""Files written for a run, and the servers it judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from runs.engines import SetsTheCookieAgain
from runs.fixtures import call, run

from eiospec.fixtures.reference import BackgroundServer
from eiospec.fixtures.reference.conformance import contract_options

__all__ = ["call", "run"]

Written = Callable[[str], str]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Write a TOML file with a text and return its path."""

    def write(text: str) -> str:
        file = tmp_path_factory.mktemp("written") / "declared.toml"
        file.write_text(text, "utf-8")
        return str(file)

    return write


@pytest.fixture(scope="package")
def plain() -> Iterator[str]:
    """Yield the URL of a server that conforms, sets the session cookie, and has no mounts."""
    with BackgroundServer() as server:
        yield server.url


@pytest.fixture(scope="package")
def contracted() -> Iterator[str]:
    """Yield the URL of the same server with every mount."""
    with BackgroundServer(contract_options()) as server:
        yield server.url


@pytest.fixture(scope="package")
def flawed() -> Iterator[str]:
    """Yield the URL of a server that breaks CK-006 and nothing else."""
    with BackgroundServer(engine=SetsTheCookieAgain) as server:
        yield server.url
