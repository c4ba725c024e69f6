"""A cell of the table of cookies and fields opens its exchanges."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from browser.opening import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_cell_opens_its_exchanges_and_gives_the_focus_back(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="io, polling handshake: set").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("polling handshake: set")
    await expect(dialog).to_contain_text("Set-Cookie: io=other")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="io, polling handshake: set")).to_be_focused()


async def test_a_difference_opens_its_exchanges(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="Exchanges 1, 2").click()
    await expect(page.get_by_role("dialog")).to_contain_text("On 1 of 1 polling handshakes, on none of 1")
    await expect(page.get_by_role("dialog").locator("details.exchange")).to_have_count(2)
