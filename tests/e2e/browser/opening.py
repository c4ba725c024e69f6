"""The type of the fixture that opens a page, and the flags of the browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page

# Opens a page at a hash, with options of a browser context: `await open_page(path, "#area=CK", color_scheme="dark")`.
Open = Callable[..., Awaitable[Page]]

# Run as root, without a graphics card, and without requests of the browser itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
