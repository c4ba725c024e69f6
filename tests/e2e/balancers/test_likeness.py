"""Our balancer changes cookies as HAProxy does: the same requests through both give the same octets on both sides."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from hostile.background import in_background
from reference.peer import Client

from balancers.running import NAMES, started_balancer
from eiospec.fixtures.balancer import Node

Seen = tuple[list[str], list[str], list[str]]

# What a client may bring: nothing, the right thing in many places, things that only look right.
BROUGHT = (
    (),
    ("a=1",),
    ("{name}=app01",),
    ("a=1; {name}=app01; b=2",),
    ("{name}=app01; a=1",),
    ("a=1;{name}=app01",),
    ("a=1", "{name}=app01"),
    ("{name}=app09",),
    ("{name}=",),
    ("{name}=app01~x",),
    ("a=1; {name}=app01~x; b=2",),
    ("{name}=app01~x~y",),
    ("{name}=app09~x",),
    ("{name}=~x",),
    ("x{name}=app01~x; {name}x=app01",),
)
SET = ("{name}=value; Path=/; HttpOnly", "other=1; Path=/")
MODES = {"insert": "serverid", "prefix": "io", "rewrite": "io"}


@pytest.fixture(scope="module")
def told() -> list[str]:
    """Return the Cookie lines of the last request to the node."""
    return []


@pytest.fixture(scope="module")
def port(told: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], int]]:
    """Return a function that starts our balancer or HAProxy, with a node that sets a cookie of the requested name."""

    async def node(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        told[:] = [line[8:] for line in head.split("\r\n") if line.lower().startswith("cookie: ")]
        name = head.split(" ", 2)[1].rpartition("?")[2]
        fields = "".join(f"Set-Cookie: {cookie.format(name=name)}\r\n" for cookie in SET if name)
        writer.write(f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    with ExitStack() as stack:
        behind = stack.enter_context(in_background(node))
        nodes = [Node(name, "127.0.0.1", behind) for name in NAMES]

        @cache
        def start(kind: str, mode: str) -> int:
            folder = tmp_path_factory.mktemp(f"{kind}-{mode}")
            return stack.enter_context(started_balancer(f"{kind}/{mode}", nodes, folder))

        yield start


def through(port: int, name: str, brought: tuple[str, ...], told: list[str], sets: bool) -> Seen:
    """Return what the node and the client received; which node was chosen makes no difference."""
    told.clear()
    fields = [f"Cookie: {line.format(name=name)}" for line in brought]
    answer = Client(port).ask("GET", name if sets else "", *fields)
    cookies = [re.sub("=app0[123]", "=app0x", cookie) for cookie in answer.cookies]
    return told[:], cookies, answer.all("cache-control")


@pytest.mark.parametrize("sets", [True, False], ids=["set", "not set"])
@pytest.mark.parametrize("brought", BROUGHT, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_our_balancer_changes_cookies_as_haproxy_does(
    mode: str, brought: tuple[str, ...], sets: bool, port: Callable[[str, str], int], told: list[str]
) -> None:
    name = MODES[mode]
    real, ours = (through(port(kind, mode), name, brought, told, sets) for kind in ("haproxy", "own"))
    assert ours == real
