"""The real servers come up, speak, and go away: what every test against them takes for granted."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import targets
from targets import node_server, python_server

Server = Callable[..., AbstractContextManager[str]]


def open_packet(url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{url}?EIO=4&transport=polling", timeout=10) as response:
        packet: str = response.read().decode()
    assert packet.startswith("0")
    found: dict[str, object] = json.loads(packet[1:])
    return found


@pytest.mark.parametrize(
    ("server", "script"),
    [
        (node_server, "socketio.js"),
        (node_server, "engineio.js"),
        (python_server, "socketio_app.py"),
        (python_server, "engineio_app.py"),
    ],
)
def test_a_real_server_answers_the_handshake(server: Server, script: str) -> None:
    with server(script) as url:
        assert open_packet(url)["upgrades"] == ["websocket"]


@pytest.mark.parametrize("server", [node_server, python_server])
def test_the_heartbeat_is_set_in_milliseconds(server: Server) -> None:
    with server(PING_INTERVAL="1000", PING_TIMEOUT="500") as url:
        found = open_packet(url)
    assert (found["pingInterval"], found["pingTimeout"]) == (1000, 500)


@pytest.mark.parametrize(
    ("server", "script"), [(node_server, "engineio.js"), (python_server, "engineio_app.py")]
)
def test_the_session_cookie_of_a_bare_engine_is_an_option(server: Server, script: str) -> None:
    cookies = []
    for env in ({}, {"COOKIE": "1"}):
        with (
            server(script, **env) as url,
            urllib.request.urlopen(f"{url}?EIO=4&transport=polling") as response,
        ):
            cookies.append(response.headers["Set-Cookie"])
    assert cookies[0] is None
    assert cookies[1].startswith("io=")


def test_a_machine_without_node_gets_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="node and npm not found on the PATH: install them"):
        targets.install_node_packages()
