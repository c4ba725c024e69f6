"""Start each conformance app once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from targets import bun_server, node_server, python_server

from apps.running import COMMANDS, App
from eiospec.fixtures.reference import BackgroundServer
from eiospec.fixtures.reference.conformance import contract_options


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str], App]]:
    """Return an app by its name; start it at the first use."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> App:
            if name == "reference":
                return App(name, stack.enter_context(BackgroundServer(contract_options())).port)
            server = {"node": node_server, "bun": bun_server, "python": python_server}[name]
            url = stack.enter_context(server(Path(COMMANDS[name][-1]).name))
            return App(name, urlsplit(url).port or 0)

        yield start


@pytest.fixture
def app(request: pytest.FixtureRequest, running: Callable[[str], App]) -> App:
    """Return the app whose name is the parameter of a test."""
    return running(request.param)
