"""A cell opens by mouse and by keyboard, and shows the evidence of its verdict."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.opening import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")


DETAILS = (
    "MUST",
    "How to deal with cookies, Cookie based sticky session",
    "needs session cookie",
    "Expectedio=lv_VI97HAXpY6yYWAAAB",
    "Observedio=other",
    "mount /cors",
    "HTTP/1.1 200 OK\\r\\n",
    "Content-Type: text/plain; charset=UTF-8\\r\\n",
    "Started0.010 s",
    "Answered0.012 s waited 2.0 ms",
    "Ended0.013 s 1.0 ms later",
    "pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002",
    "curl -i 'http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling'",
    "The run used no baseline.",
    "Other cases 1",
)


async def focused(page: Page) -> str:
    """Return the accessible name of the focused element."""
    name: str = await page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    )
    return name


async def test_a_click_opens_a_cell(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="CK-002 fail").click()
    await expect(page.get_by_role("dialog")).to_contain_text("The session cookie's value is the session id")


async def test_the_dialog_shows_what_the_verdict_rests_on(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1")
    shown = await page.get_by_role("dialog").text_content() or ""
    assert [text for text in DETAILS if text not in shown] == []


async def test_the_source_is_a_link(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1")
    link = page.get_by_role("dialog").get_by_role("link", name="How to deal with cookies")
    await expect(link).to_have_attribute("href", "https://socket.io/how-to/deal-with-cookies")


async def test_a_websocket_shows_its_frames(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-008.1")
    frames = page.get_by_role("dialog").get_by_role("table")
    await expect(frames).to_contain_text("40/eiospec-1,")
    await expect(frames).to_contain_text("\\x03\\xe8")


async def test_a_cookie_has_one_colour_however_it_travels(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=ST-006.1")
    await page.get_by_role("dialog").locator("summary", has_text="request 1").click()
    cookies = page.get_by_role("dialog").locator(".cookie", has_text="AWSALB")
    await expect(cookies).to_have_count(3)
    assert len(set(await cookies.evaluate_all("(found) => found.map((one) => one.className)"))) == 1


async def test_the_session_of_a_cell_is_drawn(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=ST-001.1")
    await page.get_by_role("dialog").get_by_text("Sequence: Session s4").click()
    await expect(page.get_by_role("dialog").locator("svg.sequence")).to_be_visible()


async def test_a_cell_opens_from_a_finding(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.locator("#findings summary", has_text="CK-002").click()
    await page.get_by_role("link", name="All cases and transcripts").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_cell_opens_from_a_picture(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.locator("#session").get_by_role("link", name="ST-001").click()
    await expect(page.get_by_role("dialog")).to_contain_text("400 in 2 sessions")


async def test_an_open_cell_survives_a_reload(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="CK-002 fail").click()
    await page.reload()
    await expect(page.get_by_role("dialog")).to_contain_text("io=other")


async def test_going_back_closes_a_cell(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="CK-002 fail").click()
    await page.go_back()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_keyboard_opens_it_and_escape_gives_the_focus_back(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="CK-002 fail").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await focused(page) == "CK-002 fail"


async def test_the_focus_is_visible(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="CK-002 fail").focus()
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


async def test_the_focus_stays_inside_while_it_is_open(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1")
    for _ in range(30):
        await page.keyboard.press("Tab")
        inside = await page.evaluate("document.activeElement.closest('dialog, body').tagName")
        # Past its end Tab leaves for the browser's own controls, never for what lies behind.
        assert inside == "DIALOG" or await page.evaluate("document.activeElement === document.body")


@pytest.mark.parametrize(
    ("keys", "cell"),
    [
        (("ArrowDown",), "HS-002 pass"),
        (("End",), "UP-001 not applicable"),
        (("End", "Home"), "HS-001 pass"),
        (("ArrowUp",), "HS-001 pass"),
        (("ArrowDown", "ArrowDown", "ArrowRight"), "CK-002 fail"),
    ],
)
async def test_arrows_move_in_the_matrix(
    open_page: Open, one: Path, keys: tuple[str, ...], cell: str
) -> None:
    page = await open_page(one)
    await page.get_by_role("link", name="HS-001 pass").focus()
    for key in keys:
        await page.keyboard.press(key)
    assert await focused(page) == cell


async def test_the_matrix_is_one_stop_of_the_tab_key(open_page: Open, one: Path) -> None:
    page = await open_page(one)
    assert (
        await page.locator("#matrix a.cell").evaluate_all(
            "(all) => all.filter((a) => a.tabIndex === 0).length"
        )
        == 1
    )


async def test_the_next_requirement_is_one_click_away(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1&verdict=fail,warn")
    await page.get_by_role("button", name="Next requirement").click()
    await expect(page.get_by_role("dialog")).to_contain_text("CK-008")


async def test_copied_text_has_no_control_characters(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1")
    await page.get_by_role("button", name="Copy response").first.click()
    await expect(page.get_by_role("button", name="Copy response").first).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("HTTP/1.1 200 OK\nContent-Type: text/plain; charset=UTF-8\n")
    assert all(character.isprintable() or character == "\n" for character in copied)


async def test_lines_to_reproduce_are_copied(open_page: Open, one: Path) -> None:
    page = await open_page(one, "#open=CK-002.1")
    await page.get_by_role("button", name="Copy the curl line").first.click()
    await expect(page.get_by_role("button", name="Copy the curl line").first).to_have_text("Copied")
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("curl -i ")


class TestSeveralTargets:
    async def test_a_cell_shows_the_target_of_its_column(self, open_page: Open, three: Path) -> None:
        page = await open_page(three)
        await page.get_by_role("link", name="CK-008 known").click()
        await expect(page.get_by_role("dialog")).to_contain_text("second server 2.0")
        await expect(page.get_by_role("dialog")).to_contain_text(
            "Known deviation: fails as recorded in the baseline."
        )

    async def test_two_targets_are_shown_side_by_side(self, open_page: Open, three: Path) -> None:
        page = await open_page(three, "#open=CK-002.1")
        await page.get_by_label("Compare with").select_option(label="pass: second server 2.0")
        sides = page.get_by_role("dialog").locator(".sides > section")
        await expect(sides).to_have_count(2)
        boxes = [await side.bounding_box() for side in await sides.all()]
        first, second = (box or {"x": 0, "y": 0} for box in boxes)
        assert first["y"] == second["y"]
        assert first["x"] < second["x"]

    async def test_both_show_their_exchanges(self, open_page: Open, three: Path) -> None:
        page = await open_page(three, "#open=CK-002.1&beside=2")
        await expect(page.get_by_role("dialog").get_by_label("Response", exact=True)).to_have_count(2)

    async def test_the_strip_opens_another_target(self, open_page: Open, three: Path) -> None:
        page = await open_page(three, "#open=CK-002.1")
        await page.get_by_role("button", name="second server 2.0: pass").click()
        assert "open=CK-002.2" in page.url

    async def test_one_that_was_not_reached_has_no_verdict(self, open_page: Open, three: Path) -> None:
        page = await open_page(three)
        await expect(page.locator("#CK-002 td").last).to_have_text("·")
