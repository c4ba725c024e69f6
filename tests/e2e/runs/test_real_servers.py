"""Runs against real servers: exactly these requirements fail and warn.

Each id has a comment with what curl or a raw socket showed of the server in its pinned version. A new or missing id is
a change of the server or a bug of the suite; look at the wire before you change a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import pytest
from _pytest.mark import ParameterSet
from targets import node_server, python_server

from runs.command import AS_USERS_RUN, Call, Finished, Once

# engine.io 6.6 with its defaults; socket.io 4.8.4 stands on it and adds nothing of its own here.
ENGINE_IO_FAILS = {
    # Upgrade without EIO, or with one unknown: "101 Switching Protocols", and in the open WebSocket, where a
    # frame is due, "HTTP/1.1 400 Bad Request … Unsupported protocol version".
    "ERR-025",
}
ENGINE_IO_WARNS = {
    # curl -X PUT (DELETE, HEAD) with a live sid: 500 Internal Server Error, no body.
    "ERR-022",
}
ENGINE_IO_COOKIE_WARNS = {
    # The cookie is set on polling handshakes; the 101 of a WebSocket-only handshake has no Set-Cookie.
    "CK-008",
}
ENGINE_IO_FAILS_HYGIENE = {
    # Upgrade with transport=abc: 400 with Connection, Content-type and Content-Length, no Date.
    "HS-031",
    # Two Host lines, curl -H 'Host: a' and another by hand: 200 and an open packet.
    "HS-033",
    # curl --request-target http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling: 404, chunked and empty.
    "HS-034",
    # An opening handshake without Host: 101 and an open packet; without Upgrade Node.js itself says 400.
    "WS-011",
}

# python-socketio 5.18 (python-engineio 4.15) on uvicorn.
PYTHON_FAILS = {
    # GET ?EIO=4: 200 and an open packet, as if transport=polling had been there.
    "ERR-001",
    # POST ?transport=polling&sid=… without EIO: 200 OK.
    "ERR-020",
    # Upgrade ?transport=websocket&sid=… or ?EIO=4&sid=… with a live sid: 101, and the WebSocket stays open.
    "ERR-023",
}
PYTHON_WARNS = {
    # 101 of a WebSocket-only handshake: no Set-Cookie.
    "CK-008",
    # The handshake response has Set-Cookie and no Cache-Control: neither no-store nor private …
    "CS-019",
    # … nor is a handshake kept from caches otherwise.
    "HS-023",
    # Its own origin is allowed by reflecting it, without Vary; every response allows credentials, …
    "CO-005",
    # … also where no Access-Control-Allow-Origin is beside: curl without Origin.
    "CO-018",
    # Errors are a JSON text, labelled text/plain: "Invalid transport", "Invalid session None", …
    "ERR-009",
    # … without a code: transport=abc gives "Invalid transport",
    "ERR-010",
    # an unknown sid gives "Invalid session aaaaaaaaaaaaaaaaaaaa",
    "ERR-011",
    # POST without sid gives "Invalid session None",
    "ERR-012",
    # transport=websocket without an upgrade gives "Invalid websocket upgrade",
    "ERR-013",
    # EIO=5 gives "The client is using an unsupported version of the Socket.IO or Engine.IO protocols".
    "ERR-014",
    # POST ?EIO=3 with the sid of a session of revision 4: 200 OK.
    "ERR-021",
    # Upgrade ?EIO=3&transport=websocket&sid=… with a live sid of revision 4: 101, and it stays open.
    "ERR-024",
    # Opening handshake with a Cookie of 64 KiB (curl -H "Cookie: …"): uvicorn logs "Invalid HTTP request
    # received." and never answers; the same Cookie over polling is served.
    "SE-013",
    # Opening handshake with a sid of 9000 characters: the same silence; over polling it is 400.
    "SE-017",
    # curl -i …?EIO=4&transport=polling: Set-Cookie: io=…; path=/; SameSite=Lax.
    "SE-019",
}
PYTHON_FAILS_HYGIENE = {
    # Absolute-form: 404 Not Found.
    "HS-034",
    # Sec-WebSocket-Version: 12: 400 that says "invalid Sec-WebSocket-Version header: 12", no such field in it.
    "WS-008",
}

Start = Callable[[], AbstractContextManager[str]]
SERVERS: dict[str, tuple[Start, set[str], set[str], set[str]]] = {
    "socket.io": (
        node_server,
        ENGINE_IO_FAILS,
        ENGINE_IO_WARNS | ENGINE_IO_COOKIE_WARNS,
        ENGINE_IO_FAILS_HYGIENE,
    ),
    "engine.io": (
        lambda: node_server("engineio.js"),
        ENGINE_IO_FAILS,
        ENGINE_IO_WARNS,
        ENGINE_IO_FAILS_HYGIENE,
    ),
    "engine.io with cookie": (
        lambda: node_server("engineio.js", COOKIE="1"),
        ENGINE_IO_FAILS,
        ENGINE_IO_WARNS | ENGINE_IO_COOKIE_WARNS,
        ENGINE_IO_FAILS_HYGIENE,
    ),
    "python-socketio": (python_server, PYTHON_FAILS, PYTHON_WARNS, PYTHON_FAILS_HYGIENE),
}
# The others are slow: socket.io is built on engine.io, and the apps of `slow/apps` judge all of them.
QUICK = "socket.io"
WITH_COOKIE = [name for name in SERVERS if name != "engine.io"]


def by_cost(names: Iterable[str]) -> list[ParameterSet]:
    """Return the servers as parameters; all but one are marked as slow."""
    return [pytest.param(name, marks=[] if name == QUICK else pytest.mark.slow) for name in names]


@pytest.fixture
def judged(server: str, call: Call, once: Once) -> Finished:
    """Run with the area of HTTP hygiene."""

    def judge() -> Finished:
        with SERVERS[server][0]() as url:
            return call("--target", url, "--with", "hygiene", env=AS_USERS_RUN)

    return once(server, judge)


@pytest.mark.parametrize("server", by_cost(SERVERS))
class TestEveryServer:
    def test_exactly_these_requirements_fail(self, server: str, judged: Finished) -> None:
        assert (judged.ids("fail"), judged.exit_code) == (SERVERS[server][1] | SERVERS[server][3], 1)

    def test_exactly_these_requirements_warn(self, server: str, judged: Finished) -> None:
        assert judged.ids("warn") == SERVERS[server][2]

    def test_nothing_is_blocked_or_broken(self, judged: Finished) -> None:
        assert judged.ids("blocked") | judged.ids("broken") == set()

    def test_the_answer_to_a_message_is_detected(self, judged: Finished) -> None:
        assert judged.detected("answers a message packet")["present"] is True


class TestSessionCookie:
    @pytest.mark.parametrize("server", by_cost(WITH_COOKIE))
    def test_its_name_is_detected(self, judged: Finished) -> None:
        assert judged.detected("session cookie")["value"] == "io"

    @pytest.mark.parametrize("server", by_cost(WITH_COOKIE))
    def test_its_requirements_are_judged(self, judged: Finished) -> None:
        assert {"CK-001", "CK-002", "CK-006", "CK-007", "CK-012", "PR-010"} <= judged.ids("pass")

    @pytest.mark.parametrize("server", by_cost(["engine.io"]))
    def test_its_requirements_do_not_apply_without_it(self, judged: Finished) -> None:
        assert {"CK-001", "CK-002", "PR-010"} <= judged.ids("not applicable")


class TestHeartbeat:
    """Every 300 ms; python-engineio announces whole seconds."""

    HEARTBEAT = "HB-00[123]"

    @pytest.mark.parametrize("script", ["socketio.js", pytest.param("engineio.js", marks=pytest.mark.slow)])
    def test_of_node_is_judged(self, call: Call, script: str) -> None:
        with node_server(script, PING_INTERVAL="300", PING_TIMEOUT="200") as url:
            finished = call("--target", url, "--case", self.HEARTBEAT)
        assert finished.ids("pass") == {"HB-001", "HB-002", "HB-003"}

    @pytest.mark.slow
    def test_of_python_is_judged(self, call: Call) -> None:
        with python_server(PING_INTERVAL="1000", PING_TIMEOUT="1000") as url:
            finished = call("--target", url, "--case", self.HEARTBEAT)
        assert finished.ids("pass") == {"HB-001", "HB-002", "HB-003"}
