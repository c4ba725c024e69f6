"""Runs that several tests look at: made once, whatever the number of test processes."""

from __future__ import annotations

import pytest

from eiospec.fixtures.reference import BackgroundServer
from runs.command import AS_USERS_RUN, Call, Finished, Once, Run
from runs.credentials import COOKIE_SECRET, SECRET
from runs.engines import SetsTheCookieAgain
from runs.fixtures import call, once, run

__all__ = ["call", "once", "run"]

EVERY_DOCUMENT = ("--junitxml", "junit.xml", "--alluredir", "allure")


@pytest.fixture(scope="session")
def bundled(run: Run, once: Once) -> Finished:
    """A run without a target that writes every document."""
    return once("bundled", lambda: run(*EVERY_DOCUMENT, env=AS_USERS_RUN))


@pytest.fixture(scope="session")
def hygienic(call: Call, once: Once) -> Finished:
    """A run without a target, with the area of HTTP hygiene."""
    return once("bundled with hygiene", lambda: call("--with", "hygiene"))


@pytest.fixture(scope="session")
def failing(run: Run, once: Once) -> Finished:
    """A run that fails, with credentials, that writes every document."""

    def fail() -> Finished:
        with BackgroundServer(engine=SetsTheCookieAgain) as server:
            return run(
                *("--target", server.url),
                *("--header", f"Authorization: Bearer {SECRET}"),
                *("--header", f"Cookie: account={COOKIE_SECRET}"),
                *EVERY_DOCUMENT,
            )

    return once("failing", fail)
