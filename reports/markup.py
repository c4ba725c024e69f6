"""Small texts of the page: what the templates call filters, and the signs that stand beside verdicts.

Nothing here opens a template or reads a whole document. What comes back is inert: a target's text went through
`escapes`, and the only markup made is that of `sentence`.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from eiospec.reports.escapes import visible

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

# The order of counts, bars and chips: what is wrong first.
COUNTED = ("fail", "broken", "blocked", "stale", "warn", "known", "pass", "info", "not applicable")


def sentence(text: str) -> Markup:
    """A sentence of ours; what stands between backticks becomes code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def shortened(text: str, limit: int) -> str:
    """The text as it may be shown, lines kept, cut at its end; the JSON report holds all of it."""
    return visible(text if len(text) <= limit else text[: limit - 1] + "…", lines=True)


def duration(seconds: float) -> str:
    """Seconds for people: "12 ms", "2.5 s", "3 min 20 s"."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def web_address(url: str) -> str:
    """The URL when it may be a link, else an empty text: `javascript:` is never one."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def slug(text: str) -> str:
    """A class name for a verdict."""
    return text.replace(" ", "-")


def bar(counted: list[tuple[str, int]], width: float = 1000) -> list[dict[str, object]]:
    """The segments of a bar: place and width of each verdict, by how many there are."""
    total = sum(number for _, number in counted) or 1
    segments: list[dict[str, object]] = []
    at = 0.0
    for verdict, number in counted:
        if number:
            wide = number / total * width
            segments.append({"verdict": verdict, "x": round(at, 2), "width": round(wide, 2)})
            at += wide
    return segments
