"""The page in dark mode, on a phone, on paper, and without its script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.opening import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

TELEPHONE = {"width": 390, "height": 844}


async def brightness(page: Page, property: str) -> int:
    """Return the sum of red, green and blue of the page's background or text."""
    channels: list[int] = await page.evaluate(
        f"getComputedStyle(document.body).{property}.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    return sum(channels)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_text_has_enough_contrast(open_page: Open, one: Path, scheme: str) -> None:
    page = await open_page(one, color_scheme=scheme)
    difference = await brightness(page, "backgroundColor") - await brightness(page, "color")
    assert difference > 400 if scheme == "light" else difference < -400


@pytest.mark.parametrize("hash", ["", "#open=CK-002.1"])
@pytest.mark.parametrize("which", ["one", "three"])
async def test_a_telephone_scrolls_one_way(
    open_page: Open, request: pytest.FixtureRequest, which: str, hash: str
) -> None:
    page = await open_page(request.getfixturevalue(which), hash, viewport=TELEPHONE)
    assert await page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]


async def test_column_heads_stay_below_the_filters(open_page: Open, one: Path) -> None:
    page = await open_page(one, viewport={"width": 1280, "height": 300})
    await page.locator("#UP-001").scroll_into_view_if_needed()
    bar, head = (
        await page.locator("#filter").bounding_box(),
        await page.locator("#matrix thead th").first.bounding_box(),
    )
    assert bar is not None
    assert head is not None
    assert head["y"] >= bar["y"] + bar["height"] - 1


class TestOnPaper:
    async def test_the_page_prints(self, open_page: Open, one: Path) -> None:
        page = await open_page(one)
        assert (await page.pdf(format="A4")).startswith(b"%PDF-")

    async def test_printed_findings_have_their_evidence(self, open_page: Open, one: Path) -> None:
        page = await open_page(one)
        await page.evaluate(
            "addEventListener('beforeprint', () => "
            "(window.printed = document.getElementById('findings').textContent))"
        )
        await page.pdf(format="A4")
        printed = await page.evaluate("window.printed")
        assert "Set-Cookie: io=other; Path=/; HttpOnly; SameSite=Lax" in printed
        assert "✕ 400" not in printed

    async def test_printed_findings_are_unfolded(self, open_page: Open, one: Path) -> None:
        page = await open_page(one)
        await page.emulate_media(media="print")
        await expect(page.get_by_text("suites/cookies -k CK-002").first).to_be_visible()

    async def test_buttons_are_not_printed(self, open_page: Open, one: Path) -> None:
        page = await open_page(one)
        await page.emulate_media(media="print")
        await expect(page.get_by_label("Words")).to_be_hidden()
        await expect(page.get_by_role("navigation")).to_be_hidden()

    async def test_the_screen_is_unchanged_after_printing(self, open_page: Open, one: Path) -> None:
        page = await open_page(one)
        await page.pdf(format="A4")
        await expect(page.locator("[data-print] *")).to_have_count(0)


class TestWithoutItsScript:
    @pytest.mark.parametrize("which", ["one", "three"])
    async def test_verdicts_and_findings_are_there(
        self, open_page: Open, request: pytest.FixtureRequest, which: str
    ) -> None:
        page = await open_page(request.getfixturevalue(which), java_script_enabled=False)
        await expect(page.get_by_role("link", name="CK-002 fail")).to_be_visible()
        await page.locator("#findings summary", has_text="CK-002").click()
        await expect(page.locator("#findings").get_by_text("io=other").last).to_be_visible()

    async def test_no_control_is_shown_without_script(self, open_page: Open, one: Path) -> None:
        page = await open_page(one, java_script_enabled=False)
        await expect(page.locator("button:visible, input:visible, select:visible")).to_have_count(0)
