"""The badge of a run: the level it reached and the version of the suite, as SVG and for shields.io.

Only a complete run that conforms reaches a level; a run of selected requirements shows how many passed. The JSON
is for shields.io's endpoint badge: schemaVersion 1, label, message, color (https://shields.io/badges/endpoint-badge).
"""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import escape

from eiospec.reports.escapes import visible
from eiospec.reports.files import write_text
from eiospec.reports.model import Document, conforms

# Colours by exit code. The contrast to the white text is at least 4.5:1.
REACHED, NOT_REACHED, UNDECIDED = "#1a7445", "#b3261e", "#62666d"
COLOURS = {0: REACHED, 1: NOT_REACHED}
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
    """Return the badge of a document as SVG."""
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
        colour=_colour(made),
        title=escape(f"{label}: {message}"),
        label=escape(label),
        message=escape(message),
    )


def endpoint(made: Document, *, label: str = LABEL) -> str:
    """Return the JSON that shields.io's endpoint badge reads."""
    answer = {
        "schemaVersion": 1,
        "label": visible(label),
        "message": _message(made),
        "color": _colour(made),
        **({"isError": True} if made["exit"]["code"] else {}),
    }
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


def write_badges(made: Document, folder: Path) -> tuple[Path, Path]:
    """Write badge.svg and badge.json into a folder. Raises `ReportError`."""
    return (
        write_text(folder / "badge.svg", badge(made)),
        write_text(folder / "badge.json", endpoint(made)),
    )


def _message(made: Document) -> str:
    """ "MUST ✓ · eiospec 0.1", "3 MUST fail · eiospec 0.1"."""
    release = made.get("requirement_set")
    suite = f"{made['tool']['name']} {release['release'] if release else made['tool']['version']}"
    return visible(f"{_result(made)} · {suite}")


def _result(made: Document) -> str:
    code, counts = made["exit"]["code"], made["counts"]["requirements"]
    if code not in COLOURS:
        return str(made["exit"]["meaning"].partition(";")[0])
    if not conforms(made):
        parts = [
            *_counted(counts["fail"], "MUST fail"),
            *_counted(counts["stale"], "stale"),
            *_counted(counts["blocked"], "blocked"),
        ]
        return ", ".join(parts) or ", ".join(_counted(counts["warn"], "SHOULD fail")) or "does not conform"
    if not made["complete"] or "--case" in made["options"]:
        judged = sum(
            number for verdict, number in counts.items() if verdict not in ("not applicable", "info")
        )
        return f"{counts['pass']} of {judged} selected ✓"
    known = "".join(f" but {part}" for part in _counted(counts["known"], "known"))
    return f"MUST{'' if counts['warn'] or known else ' and SHOULD'} ✓{known}"


def _counted(number: int, what: str) -> list[str]:
    return [f"{number} {what}"] if number else []


def _colour(made: Document) -> str:
    code = made["exit"]["code"]
    return NOT_REACHED if code == 0 and not conforms(made) else COLOURS.get(code, UNDECIDED)


def _width(text: str) -> int:
    """Estimate the width of a text in pixels at 11 px; `textLength` makes the text fit it."""
    return round(sum(3.6 if character in " .,:;il|'!·" else 6.6 for character in text))
