"""Servers in a thread and clients on plain sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from eiospec.fixtures.reference import BackgroundServer, Engine, Options
from reference.peer import Client


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """The bundled target: Socket.IO with a session cookie."""
    with BackgroundServer() as server:
        yield Client(server.port)


@pytest.fixture(scope="session")
def echo() -> Iterator[Client]:
    """A server that echoes messages, with a small maxPayload."""
    with BackgroundServer(Options(layer="echo", max_payload=70_000)) as server:
        yield Client(server.port)


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Start a server with these options for one test."""
    with ExitStack() as stack:

        def start(engine: type[Engine] = Engine, **options: Any) -> Client:
            server = stack.enter_context(BackgroundServer(Options(**options), engine=engine))
            return Client(server.port, server.server.engines[0].options.path)

        yield start
