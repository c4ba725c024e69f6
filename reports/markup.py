"""Template filters and the signs of verdicts.

Everything returned is inert: text of a target goes through `escapes`, and only `sentence` makes markup.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from eiospec.reports.escapes import visible
from eiospec.reports.text import cut

SIGNS = {
    "pass": "✓",
    "fail": "✕",
    "warn": "!",
    "info": "i",
    "not applicable": "–",
    "blocked": "⊘",
    "broken": "?",
    "known": "≈",
    "stale": "≠",
}

# The order of counts, bars and filters: findings first.
COUNTED = ("fail", "broken", "blocked", "stale", "warn", "known", "pass", "info", "not applicable")


def sentence(text: str) -> Markup:
    """Return one of our sentences as markup; text in backticks becomes code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def shortened(text: str, limit: int) -> str:
    """Return the text cut to `limit` and made visible, with its lines."""
    return visible(cut(text, limit), lines=True)


def web_address(url: str) -> str:
    """Return an http(s) URL unchanged, anything else (`javascript:`) as an empty text."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def slug(text: str) -> str:
    """Return the class name of a verdict."""
    return text.replace(" ", "-")


def bar(counted: list[tuple[str, int]], width: float = 1000) -> list[dict[str, object]]:
    """Return the segments of a bar: position and width of each verdict, by its count."""
    total = sum(number for _, number in counted) or 1
    segments: list[dict[str, object]] = []
    at = 0.0
    for verdict, number in counted:
        if number:
            wide = number / total * width
            segments.append({"verdict": verdict, "x": round(at, 2), "width": round(wide, 2)})
            at += wide
    return segments
