"""Flask-SocketIO in an application whose pages use Flask's session; the engine answers before Flask does."""

from __future__ import annotations

import os

from flask import Flask, session
from flask_socketio import SocketIO

port = int(os.environ["PORT"])
app = Flask(__name__)
app.secret_key = "eiospec"
extension = SocketIO(app, async_mode="threading", cookie="io")


@app.get("/")  # type: ignore[untyped-decorator]  # Flask is not typed
def page() -> str:
    session["visitor"] = "eiospec"
    return "a page"


@extension.on("connect")  # type: ignore[untyped-decorator]
def connected() -> None:
    session["connected"] = True


if __name__ == "__main__":
    print(f"http://127.0.0.1:{port}/socket.io/", flush=True)
    extension.run(app, host="127.0.0.1", port=port, allow_unsafe_werkzeug=True)
