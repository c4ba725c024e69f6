"""python-socketio with Django, whose sessions are in signed cookies.

The word on the command line is `before`, as python-socketio documents it: the engine answers before Django, whose pages
alone have a session. With `inside`, a view of Django calls the engine, so that Django's middleware adds the session.
PORT is the port. The app prints its URL before the server starts.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django
import socketio
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt
from werkzeug.serving import run_simple

port = int(os.environ["PORT"])
settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="eiospec",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
django.setup()
server = socketio.Server(async_mode="threading", cookie="io")
engine = socketio.WSGIApp(server)


def page(request: HttpRequest) -> HttpResponse:
    request.session["visitor"] = "eiospec"
    return HttpResponse("a page")


@csrf_exempt  # type: ignore[untyped-decorator]  # Django is not typed
def engine_view(request: HttpRequest) -> HttpResponse:
    """Answer with what the engine answers."""
    request.session.setdefault("visitor", "eiospec")
    response = HttpResponse()

    def start_response(status: str, fields: list[tuple[str, str]], *_error: Any) -> None:
        code, _, response.reason_phrase = status.partition(" ")
        response.status_code = int(code)
        del response["Content-Type"]
        for name, value in fields:
            if name.lower() == "set-cookie":
                response.cookies.load(value)
            else:
                response[name] = value

    response.content = b"".join(engine(request.environ, start_response))
    return response


urlpatterns = [re_path("^socket.io/", engine_view), re_path("^$", page)]
pages = get_wsgi_application()
application = pages if sys.argv[1] == "inside" else socketio.WSGIApp(server, pages)

if __name__ == "__main__":
    print(f"http://127.0.0.1:{port}/socket.io/", flush=True)
    run_simple("127.0.0.1", port, application, threaded=True)
