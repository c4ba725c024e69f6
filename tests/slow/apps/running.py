"""The conformance apps: how to start each, what its profile declares, and requests to a running one."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference.peer import Client
from targets import BUN, FIXTURES, HOST, INTERPRETER, NODE, PYTHON, SERVERS

from eiospec.target.profile import Declared, read_profile

PATH = "/eiospec/"
APPS = ("node", "bun", "python", "reference")
WITH_HOOKS = ("node", "bun", "reference")
WITH_MIDDLEWARE = ("node", "reference")

COMMANDS: Mapping[str, list[str]] = {
    "node": ["node", str(NODE / "conformance.js")],
    "bun": [str(BUN / "node_modules" / ".bin" / "bun"), str(BUN / "conformance.js")],
    "python": [str(INTERPRETER), str(PYTHON / "conformance.py")],
    "reference": [sys.executable, "-m", "eiospec.fixtures.reference", "--contract"],
}


def declared(app: str) -> Declared:
    """Return what the profile of the app declares."""
    home = FIXTURES / "reference" if app == "reference" else SERVERS / app
    return read_profile(home / "conformance.toml").contract


@dataclass(frozen=True)
class App:
    """A running conformance app."""

    name: str
    port: int

    def mount(self, name: str) -> Client:
        return Client(self.port, f"{PATH}{name}/")

    def handshake(self, mount: str) -> tuple[list[str], dict[str, Any]]:
        """Return Set-Cookie lines and open packet of a handshake."""
        cookies, body = self._get(f"{mount}/?EIO=4&transport=polling")
        return cookies, json.loads(body[1:])

    def state(self, token: str) -> Any:
        """Return what was counted under the token."""
        return json.loads(self._get(f"state?count={token}")[1])

    def _get(self, target: str) -> tuple[list[str], bytes]:
        """Read a body that may be chunked, which the plain client cannot."""
        with urllib.request.urlopen(f"http://{HOST}:{self.port}{PATH}{target}", timeout=5) as answer:
            return answer.headers.get_all("Set-Cookie") or [], answer.read()
