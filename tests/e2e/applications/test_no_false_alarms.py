"""Cookies and fields that are no finding: what an application, a limiter or a balancer adds by its own choice."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from runs.command import Call

from eiospec.fixtures.reference import BackgroundServer, HookFields, Options, Request
from eiospec.fixtures.reference.messages import Answer

numbers = itertools.count(1)


def cookie(request: Request) -> str:
    return request.header("cookie") or ""


def rolling(fields: HookFields, _request: Request) -> None:
    fields.append(("Set-Cookie", f"rolling={secrets.token_hex(8)}; Path=/; Max-Age=60; HttpOnly"))


def csrf_of_a_session(fields: HookFields, request: Request) -> None:
    if "csrftoken=" not in cookie(request):
        fields.append(("Set-Cookie", f"csrftoken={secrets.token_hex(8)}; Path=/; SameSite=Lax"))


def csrf_once(fields: HookFields, _request: Request) -> None:
    """Set it on one response in five, as where it goes with pages that have a form."""
    if next(numbers) % 5 == 0:
        fields.append(("Set-Cookie", f"XSRF-TOKEN={secrets.token_hex(8)}; Path=/"))


def analytics(fields: HookFields, request: Request) -> None:
    if "_ga=" not in cookie(request):
        expires = formatdate(time.time() + 86400, usegmt=True)
        fields.append(("Set-Cookie", f"_ga=GA1.{secrets.randbelow(10**9)}; Path=/; Expires={expires}"))


def over_http(name: str, value: Callable[[], str]) -> Callable[[Request, Answer], None]:
    """Return a middleware that upgrades bypass."""

    def middleware(request: Request, answer: Answer) -> None:
        if not request.is_upgrade:
            answer.set_header(name, value())

    return middleware


def flash(fields: HookFields, request: Request) -> None:
    """Set a cookie until it is returned, and delete it then."""
    found = "flash=" in cookie(request)
    fields.append(("Set-Cookie", "flash=; Max-Age=0" if found else "flash=hello; Path=/"))


HARMLESS = {
    "a rolling cookie": Options(headers=rolling),
    "a CSRF cookie for each session": Options(headers=csrf_of_a_session),
    "a CSRF cookie on some responses": Options(headers=csrf_once),
    "an analytics cookie": Options(headers=analytics),
    "a cookie that is deleted when it is returned": Options(headers=flash),
    "a balancer's cookie": Options(
        middleware=(over_http("Set-Cookie", lambda: f"AWSALB={secrets.token_hex(20)}; Path=/"),)
    ),
    "a request id": Options(middleware=(over_http("X-Request-Id", lambda: secrets.token_hex(8)),)),
    "a trace id of another name": Options(middleware=(over_http("X-Trail", lambda: secrets.token_hex(8)),)),
    "a time": Options(middleware=(over_http("X-Now", lambda: formatdate(usegmt=True)),)),
    "a time in minutes": Options(middleware=(over_http("X-Now", lambda: time.strftime("%Y-%m-%d %H")),)),
    "durations": Options(middleware=(over_http("Server-Timing", lambda: "app;dur=3"),)),
    "what is left of a limit": Options(
        middleware=(over_http("X-RateLimit-Remaining", lambda: str(next(numbers))),)
    ),
    "a limit": Options(middleware=(over_http("X-RateLimit-Limit", lambda: "100"),)),
}


@pytest.mark.parametrize("added", HARMLESS)
def test_nothing_warns(call: Call, added: str) -> None:
    with BackgroundServer(HARMLESS[added]) as server:
        finished = call("--target", server.url, "--case", "AP-*")
    assert finished.ids("warn") | finished.ids("blocked") | finished.ids("broken") == set()
    assert finished.exit_code in (0, 5)
