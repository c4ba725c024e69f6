"""Filters show the rows that match, and are kept in the hash."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.opening import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = "#matrix tr[id]:visible"


async def ids(page: Page) -> list[str]:
    """Return the requirements that are shown."""
    return [await row.get_attribute("id") or "" for row in await page.locator(ROWS).all()]


async def test_without_a_filter_every_requirement_is_shown(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    assert len(await ids(page)) == 7


async def test_words_are_searched_in_sentences(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Words").fill("handshake sets")
    assert await ids(page) == ["CK-008"]


async def test_words_are_searched_in_observations(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Words").fill("io=other")
    assert await ids(page) == ["CK-002"]


async def test_an_area_filters_requirements(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Area").select_option("HS")
    assert await ids(page) == ["HS-001", "HS-002"]


async def test_a_level_filters_requirements(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Level").select_option("SHOULD")
    assert await ids(page) == ["CK-008"]


async def test_several_verdicts_filter_requirements(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("button", name="warn 1").click()
    await page.get_by_role("button", name="not applicable 1").click()
    assert await ids(page) == ["CK-008", "UP-001"]


async def test_findings_are_filtered_too(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("button", name="warn 1").click()
    await expect(page.locator("#findings details.requirement:visible")).to_have_count(1)


async def test_only_differences_can_be_shown(open_page: Open, three: Path) -> None:
    page = await open_page(three)
    await page.get_by_role("button", name="differences").click()
    assert {"CK-002", "CK-008"} <= set(await ids(page))
    assert await page.locator("#HS-001").is_visible() is False or "HS-001" in await ids(page)


async def test_the_number_of_shown_requirements_is_shown(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Area").select_option("HS")
    await expect(page.get_by_role("status")).to_have_text("2 of 7 requirements are shown")


async def test_an_empty_result_is_named(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Words").fill("no such words")
    await expect(page.get_by_text("No requirement matches.")).to_be_visible()


async def test_one_button_removes_all_filters(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#q=cookie&area=CK&level=MUST&verdict=fail")
    await page.get_by_role("button", name="Show all").click()
    assert len(await ids(page)) == 7


async def test_filters_survive_a_reload(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_label("Area").select_option("CK")
    await page.get_by_role("button", name="fail 2").click()
    await page.reload()
    assert await ids(page) == ["CK-002"]
    await expect(page.get_by_label("Area")).to_have_value("CK")
    await expect(page.get_by_role("button", name="fail 2")).to_have_attribute("aria-pressed", "true")


async def test_a_shared_link_has_the_same_filters(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#area=CK&level=MUST&verdict=fail,warn&q=session")
    assert await ids(page) == ["CK-002"]


@pytest.mark.parametrize(
    "hash",
    ["#area=%3Cscript%3E", "#verdict=evil,constructor", "#open=CK-999.1", "#open=CK-002.99", "#%", "#="],
)
async def test_an_unknown_hash_is_ignored(open_page: Open, one: Path, hash: str) -> None:
    page = await open_page(one, hash)
    assert await page.get_by_role("dialog").count() == 0
