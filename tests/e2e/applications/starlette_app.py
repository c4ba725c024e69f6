"""Starlette's session middleware before python-socketio: the session is set over HTTP, and on no 101."""

from __future__ import annotations

import os

import socketio
import uvicorn
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

port = int(os.environ["PORT"])


class Visitor:
    """Keep something in the session of each request, as an application does that knows its visitors."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "session" in scope:
            scope["session"].setdefault("visitor", "eiospec")
        await self.app(scope, receive, send)


server = socketio.AsyncServer(async_mode="asgi")
app = SessionMiddleware(Visitor(socketio.ASGIApp(server)), secret_key="eiospec")

if __name__ == "__main__":
    print(f"http://127.0.0.1:{port}/socket.io/", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
