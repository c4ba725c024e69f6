"""Real applications by their URL alone: exactly these requirements about what they add warn.

Each has a comment with what curl showed.
"""

from __future__ import annotations

import pytest
from runs.command import Call
from targets import application_server

APPLICATION = ("--case", "AP-*", "--case", "CK-001")
# `curl -i …?EIO=4&transport=polling`: uid; with `-H "Cookie: a=b"`: randomId, and no uid. Both handlers assign.
REPLACED = {"AP-007"}

CASES = {
    "howto.js": REPLACED,
    # Without Origin io and uid; with any Origin uid alone.
    "howto.js cookie cors-by-function": {"AP-005", "CK-001"} | REPLACED,
    # connect.sid on every response and on 101s, until it is returned.
    "express.js use": set(),
    # On 101s the array is one line, "uid=1234; SameSite=Strict,theme=dark": no theme, and another SameSite.
    "howto.js cookie array": {"AP-001", "AP-004"} | REPLACED,
    "howto.js cookie": REPLACED,
    # Never io: on every handshake uid or randomId replaces it, so that nothing shows that there could be one.
    "howto.js cookie cors": REPLACED,
    "howto.js cookie helmet": REPLACED,
    "express.js allowRequest": set(),
    # session on every response over HTTP, errors as well; Starlette writes it on no 101.
    "starlette_app.py": {"AP-001", "AP-002"},
    # The engine answers before Flask does: io alone.
    "flask_app.py": set(),
    "django_app.py before": set(),
    # sessionid on every response over HTTP; the engine writes the 101 past Django.
    "django_app.py inside": {"AP-001", "AP-002"},
}
QUICK = ("howto.js", "howto.js cookie cors-by-function", "express.js use")


@pytest.mark.parametrize(
    "started",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in CASES],
)
def test_exactly_these_requirements_are_broken(call: Call, started: str) -> None:
    with application_server(*started.split()) as url:
        finished = call("--target", url, *APPLICATION)
    assert finished.ids("warn") | finished.ids("fail") == CASES[started]


def test_the_finding_names_what_takes_the_place_of_the_session_cookie(call: Call) -> None:
    with application_server("howto.js", "cookie", "cors-by-function") as url:
        finished = call("--target", url, "--case", "AP-005")
    assert "“uid” in place of “io”: without Cookie, with Origin" in finished.html
