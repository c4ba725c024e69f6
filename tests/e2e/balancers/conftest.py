"""Start the nodes and each balancer once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from reference.peer import Client

from balancers.running import started_balancer, started_nodes, started_sticky
from balancers.visiting import SecureClient
from eiospec.fixtures.balancer import Node

Reach = Callable[[str, str], Client]


@pytest.fixture(scope="session")
def nodes() -> Iterator[list[Node]]:
    """Start three nodes."""
    with started_nodes() as running:
        yield running


@pytest.fixture(scope="session")
def reach(nodes: list[Node], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reach]:
    """Return a client of a balancer and a mount; start the balancer at the first use."""
    with ExitStack() as stack:

        @cache
        def port(balancer: str) -> int:
            folder = tmp_path_factory.mktemp(balancer.replace("/", "-"))
            return stack.enter_context(started_balancer(balancer, nodes, folder))

        def client(balancer: str, mount: str) -> Client:
            kind = SecureClient if balancer.endswith("/tls") else Client
            return kind(port(balancer), f"/{mount}/")

        yield client


@pytest.fixture(scope="session")
def sticky() -> Iterator[Client]:
    """Return a client of Node's cluster."""
    with started_sticky() as port:
        yield Client(port, "/cookie/")
