"""A badge: the outcome of a run in one small SVG image, for a README."""

from __future__ import annotations

from pathlib import Path

from markupsafe import escape

from eiospec.reports.escapes import visible
from eiospec.reports.files import write_text
from eiospec.reports.model import Document

COLOURS = {0: "#1a7445", 1: "#b3261e"}
UNDECIDED = "#62666d"
PADDING = 7
LABEL = "Engine.IO conformance"

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="round"><rect width="{width}" height="20" rx="4"/></clipPath>
<g clip-path="url(#round)">
<rect width="{left}" height="20" fill="#3d4045"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left_middle}" y="14" textLength="{left_text}">{label}</text>
<text x="{right_middle}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"""


def badge(made: Document, *, label: str = LABEL) -> str:
    """The badge of a document: "118 of 120 pass" of what was judged, in the colour of the exit code."""
    label, message = visible(label), _message(made)
    left_text, right_text = _width(label), _width(message)
    left, right = left_text + 2 * PADDING, right_text + 2 * PADDING
    return SVG.format(
        width=left + right,
        left=left,
        right=right,
        left_text=left_text,
        right_text=right_text,
        left_middle=left / 2,
        right_middle=left + right / 2,
        colour=COLOURS.get(made["exit"]["code"], UNDECIDED),
        title=escape(f"{label}: {message}"),
        label=escape(label),
        message=escape(message),
    )


def write_badge(made: Document, path: str | Path, *, label: str = LABEL) -> Path:
    """Write the badge of a document. Raises `ReportError` when the place cannot be written."""
    return write_text(path, badge(made, label=label))


def _message(made: Document) -> str:
    code, counts = made["exit"]["code"], made["counts"]["requirements"]
    if code not in COLOURS:
        return visible(made["exit"]["meaning"].partition(";")[0])
    judged = sum(number for verdict, number in counts.items() if verdict not in ("not applicable", "info"))
    return f"{counts['pass']} of {judged} pass"


def _width(text: str) -> int:
    """The width of a text in pixels at 11 px, near enough: `textLength` makes the rest of it."""
    return round(sum(3.6 if character in " .,:;il|'!" else 6.6 for character in text))
