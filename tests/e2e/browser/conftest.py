"""The page in a real browser: Debian's Chromium, one of a whole test session, a fresh context for each page.

Whatever is opened here is watched: what reaches the console, what is asked for, and what pops up fails the test.
A machine without Chromium fails these tests instead of skipping them: a page nobody opened has not been tested.
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
    """The browser."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is not on the PATH: the tests of the page need it (apt-get install chromium)")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, args=list(FLAGS), timeout=MOST_MS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser) -> AsyncIterator[Open]:
    """Opens a page; at the end nothing may have been complained of, asked for or popped up."""
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
        page.on("console", lambda said: seen.append(f"console: {said.text}"))
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
    """The page of one target: failures, sessions behind a balancer, a WebSocket."""
    return write_html([document(telling_run(), mask=False)], tmp_path_factory.mktemp("one") / "report.html")


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three targets: one with failures, one that conforms and differs, one that was not reached."""
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
