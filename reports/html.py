"""The report a person opens: one HTML file that needs nothing else.

The template (`templates/report.html.j2`) says what stands where, `report.css` how it looks, `report.js`
what moves; this module picks and orders. Rules:

* *Self-contained and inert.* No request leaves the page: the content security policy allows the one style
  sheet and the one script by their hashes and nothing else. Jinja escapes everything; the only markup made
  here is that of `octets_markup`, which escapes what it wraps.
* *Every exchange once, every session once.* Transcripts and sequences stand in appendices; judgements link to
  them, the script shows them in place. Without the script the links still work.
* *Nothing by colour alone.* A verdict is a word and a sign.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from eiospec.reports.columns import column_names, matrix
from eiospec.reports.escapes import visible, visible_octets
from eiospec.reports.files import write_text
from eiospec.reports.journeys import Journeys, journeys
from eiospec.reports.model import Document, with_verdict
from eiospec.reports.outcome import FINDINGS, area_title
from eiospec.reports.sequence import DIRECT, Routing

TEMPLATES = Path(__file__).parent / "templates"

# Octets and frames of one exchange that the page shows; the JSON report holds more.
SHOWN = 6 * 1024
FRAMES_SHOWN = 100
FRAME_SHOWN = 1024
CITATIONS_SHOWN = 12
# Sequences that one judgement links to.
SEQUENCES_SHOWN = 3

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

# The order of the counts on top: what is wrong first.
COUNTED = ("fail", "broken", "blocked", "stale", "warn", "known", "pass", "info", "not applicable")

SPECIAL = re.compile(r"(?P<end>\r\n)|(?P<bare>[\r\n])|(?P<other>[^ -~\r\n]+)")


def routing_of(made: Document) -> Routing:
    """How the nodes behind the target are told apart, by what was seen of its balancer."""
    seen = made.get("balancer")
    return (
        DIRECT if seen is None else Routing(seen["node_field"] or None, seen["cookie"] or None, balanced=True)
    )


def page(documents: Sequence[Document]) -> str:
    """The page of one to many documents: a column of the matrix each."""
    made = documents[0]
    style, script = _asset("report.css") + _asset("sequence.css"), _asset("report.js")
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "visible": visible,
        "sentence": sentence,
        "visible_lines": lambda text: visible(text, lines=True),
        "octets": octets_markup,
        "duration": duration,
        "web": web_address,
        "slug": slug,
    }
    templates.filters |= filters
    return templates.get_template("report.html.j2").render(
        run=made,
        style=Markup(style),
        script=Markup(script),
        policy="; ".join(
            (
                "default-src 'none'",
                f"style-src '{_digest(style)}'",
                f"script-src '{_digest(script)}'",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        signs=SIGNS,
        limits={
            "octets": SHOWN,
            "frames": FRAMES_SHOWN,
            "frame": FRAME_SHOWN,
            "citations": CITATIONS_SHOWN,
            "sequences": SEQUENCES_SHOWN,
        },
        columns=column_names(documents) if len(documents) > 1 else [],
        rows=matrix(documents),
        **_view(made, journeys(made, routing_of(made))),
    )


def write_html(documents: Sequence[Document], path: str | Path) -> Path:
    """Write the page of these documents. Raises `ReportError` when the place cannot be written."""
    return write_text(path, page(documents))


def octets_markup(octets: str, limit: int = SHOWN) -> Markup:
    """Octets (a latin-1 string) as inert markup: line ends marked, everything unprintable as an escape."""
    shown, parts, last = octets[:limit], [], 0
    for match in SPECIAL.finditer(shown):
        parts.append(escape(shown[last : match.start()]))
        last = match.end()
        if match["end"]:
            parts.append(Markup("<i>\\r\\n</i>\n"))
        elif match["bare"]:
            # A line end that is no CRLF is worth seeing: strict readers refuse it.
            parts.append(Markup("<b>\\n</b>\n") if match["bare"] == "\n" else Markup("<b>\\r</b>"))
        else:
            parts.append(Markup("<b>{}</b>").format(visible_octets(match["other"])))
    parts.append(escape(shown[last:]))
    return Markup("").join(parts)


def sentence(text: str) -> Markup:
    """A sentence of ours; what stands between backticks becomes code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


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


def _view(made: Document, drawn: Journeys) -> dict[str, Any]:
    """What the template shows, picked and ordered."""
    requirements = made["requirements"]
    findings = with_verdict(made, *(verdict.value for verdict in FINDINGS))
    apart = {*FINDINGS, "not applicable"}
    others = [entry for entry in requirements if entry["verdict"] not in apart]
    totals = made["counts"]["requirements"]
    return {
        "title": made["headline"].partition(": "),
        "counted": [(verdict, totals[verdict]) for verdict in COUNTED if totals[verdict]],
        "bar": _bar([(verdict, totals[verdict]) for verdict in COUNTED]),
        "glance": _glance(requirements),
        "findings": findings,
        "areas": _by_area(others),
        "left_out": with_verdict(made, "not applicable"),
        "excluded_areas": _by_area(
            [entry | {"area_title": area_title(entry["area"])} for entry in made["excluded"]]
        ),
        "places": {exchange["id"]: place for place, exchange in enumerate(made["exchanges"], 1)},
        "labels": {exchange["id"]: exchange["label"] for exchange in made["exchanges"]},
        "cited": _citations(requirements),
        "journeys": drawn,
        "sessions": drawn.by_exchange,
        # The transcripts that are printed: those a finding rests on.
        "printed": {
            id
            for entry in findings
            for judgement in entry["judgements"]
            if judgement["verdict"] == entry["verdict"]
            for id in judgement["evidence"]
        },
    }


def _by_area(entries: Iterable[Document]) -> list[dict[str, Any]]:
    grouped: dict[str, list[Document]] = {}
    for entry in entries:
        grouped.setdefault(entry["area"], []).append(entry)
    return [
        {"area": area, "title": found[0]["area_title"], "entries": found} for area, found in grouped.items()
    ]


def _glance(requirements: Iterable[Document]) -> list[dict[str, Any]]:
    """The matrix: an area a row, a requirement a cell, the gravest first."""
    return [
        {
            **group,
            "entries": sorted(group["entries"], key=lambda entry: COUNTED.index(entry["verdict"])),
            "passed": sum(entry["verdict"] == "pass" for entry in group["entries"]),
        }
        for group in _by_area(requirements)
    ]


def _citations(requirements: Iterable[Document]) -> dict[str, list[str]]:
    """For each exchange the requirements that rest on it."""
    cited: dict[str, dict[str, None]] = {}
    for entry in requirements:
        for judgement in entry["judgements"]:
            for id in judgement["evidence"]:
                cited.setdefault(id, {})[entry["id"]] = None
    return {id: list(ids) for id, ids in cited.items()}


def _bar(counted: list[tuple[str, int]], width: float = 1000) -> list[dict[str, Any]]:
    """The segments of the bar: place and width of each verdict."""
    total = sum(number for _, number in counted) or 1
    segments: list[dict[str, Any]] = []
    at = 0.0
    for verdict, number in counted:
        if number:
            wide = number / total * width
            segments.append({"verdict": verdict, "x": round(at, 2), "width": round(wide, 2)})
            at += wide
    return segments


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    """A source expression of CSP Level 3 §2.3.1 for an inline element with this content."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
