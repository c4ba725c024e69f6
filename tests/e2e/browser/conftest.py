"""Open the page in Debian's Chromium: one browser for the test session, a new context for each page.

A page that writes to the console, sends a request or opens a window or dialog fails the test. Without Chromium these
tests fail, not skip.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from handmade_runs import failing_run, make_judgement, make_run, telling_run
from playwright.async_api import Browser, BrowserContext, Dialog, Page, Request, async_playwright

from browser.opening import FLAGS, Open
from eiospec.reports.html import write_html
from eiospec.reports.model import document, named
from eiospec.verdicts import Verdict

MOST_MS = 30_000
WIDE = {"width": 1280, "height": 900}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is not on the PATH: the tests of the page need it (apt-get install chromium)")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, args=list(FLAGS), timeout=MOST_MS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser) -> AsyncIterator[Open]:
    """Open a page; fail at the end if it logged, requested or opened anything."""
    seen: list[str] = []
    written: set[str] = set()
    contexts: list[BrowserContext] = []

    async def refuse(dialog: Dialog) -> None:
        seen.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def watch(request: Request) -> None:
        if request.url.partition("#")[0] not in written:
            seen.append(f"request: {request.url}")

    async def opened(path: Path, hash: str = "", **look: Any) -> Page:
        context = await chromium.new_context(
            **({"viewport": WIDE, "permissions": ["clipboard-read", "clipboard-write"]} | look)
        )
        contexts.append(context)
        written.add(path.as_uri())
        page = await context.new_page()
        page.set_default_timeout(MOST_MS)
        page.on("console", lambda message: seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("popup", lambda _: seen.append("a window"))
        page.on("dialog", refuse)
        page.on("request", watch)
        await page.goto(path.as_uri() + hash)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert seen == []


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of one target: failures, sessions behind a balancer, a WebSocket."""
    return write_html([document(telling_run(), mask=False)], tmp_path_factory.mktemp("one") / "report.html")


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of three targets: one fails, one conforms with a difference, one was not reached."""
    alike = make_run(
        (
            make_judgement("CK-002"),
            make_judgement("CK-008", Verdict.KNOWN, remarks=("baseline: not yet",)),
            make_judgement("HS-001"),
        ),
        failing_run().exchanges,
        options={"--baseline": "known.toml"},
    )
    documents = [
        named(document(telling_run(), mask=False), "first server 1.0"),
        named(document(alike), "second server 2.0"),
        named(document(make_run(exit_code=6, detections=(), controls=())), "a dead one"),
    ]
    return write_html(documents, tmp_path_factory.mktemp("three") / "report.html")
