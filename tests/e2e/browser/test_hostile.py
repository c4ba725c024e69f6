"""Markup and scripts that a target puts into the report are shown as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from handmade_runs import HOSTILE, hostile_run, make_exchange, make_judgement, make_run
from playwright.async_api import Page, expect

from browser.opening import Open
from eiospec.reports.html import write_html
from eiospec.reports.model import document
from eiospec.verdicts import Verdict

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each would leave a mark, or be seen by the fixture that opens the page.
MARKED = (
    "<script>window.obeyed=1</script>",
    "</script><script>window.obeyed=1</script>",
    "</script></style></title><img src=x onerror='window.obeyed=1'><svg onload='window.obeyed=1'>",
    '"><iframe srcdoc="<script>parent.obeyed=1</script>"></iframe>',
    "]]><!--<script>window.obeyed=1</script>",
    "</textarea><style>body{display:none}</style><base href=http://127.0.0.1:9/>",
    "\u202e\x1b[2J\x00\u2066__proto__",
)

TEXTS = (*MARKED, *HOSTILE[-8:])
# A script that ends another, an image with a handler, and control characters; the others are slow.
QUICK = (MARKED[1], MARKED[2], MARKED[-1])


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[str], Path]:
    """Makes the page of a target that says a text wherever it can, beside one that does, too."""
    return lambda text: write_html(
        [document(hostile_run(text)), document(hostile_run(text))], tmp_path / "r.html"
    )


async def open_everything(page: Page) -> None:
    """Open every fold of the page, every cell and every exchange."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    for cell in await page.locator("a.cell:visible").all():
        await cell.click()
        for _ in range(3):
            await page.evaluate(
                "document.querySelectorAll('dialog details').forEach((one) => (one.open = true))"
            )
        await page.get_by_role("button", name="Close").click()


@pytest.mark.parametrize(
    "text", [text if text in QUICK else pytest.param(text, marks=pytest.mark.slow) for text in TEXTS]
)
async def test_no_markup_or_script_of_a_target_runs(
    open_page: Open, page_of: Callable[[str], Path], text: str
) -> None:
    page = await open_page(page_of(text))
    await open_everything(page)
    assert await page.evaluate("window.obeyed") is None
    assert await page.locator("img, iframe, base, object, link, style ~ style").count() == 0
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_control_characters_are_shown_as_escapes(
    open_page: Open, page_of: Callable[[str], Path]
) -> None:
    page = await open_page(page_of("nul\x00 esc\x1b bidi\u202e"), "#open=CK-001.1")
    observed = page.get_by_role("dialog").locator(".compared").first
    await expect(observed).to_contain_text("nul\\x00 esc\\x1b bidi\\u202e")


async def test_a_header_of_a_megabyte_opens(open_page: Open, tmp_path: Path) -> None:
    flood = make_exchange(
        response=b"HTTP/1.1 200 OK\r\nSet-Cookie: io="
        + b"<b>" * 350_000
        + b"\r\nX: "
        + b"y" * 1_000_000
        + b"\r\n\r\n0"
    )
    judged = make_judgement("CK-002", Verdict.FAIL, observed="<b>" * 350_000, expected="less")
    run = dataclasses.replace(make_run((judged,), (flood,)), exit_code=1)
    path = write_html([document(run)], tmp_path / "r.html")
    page = await open_page(path, "#open=CK-002.1")
    await expect(page.get_by_role("dialog").get_by_label("Response", exact=True)).to_contain_text(
        "Set-Cookie: io="
    )
    assert path.stat().st_size < 200_000
