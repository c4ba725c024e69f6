"""The HTML report: one self-contained file for one or more runs.

Structure is in `templates/page.html.j2`, style in the `.css` files, behaviour in the `.js` files. Rules:

* *Self-contained and inert.* The page makes no requests: its content security policy allows one style sheet and
  one script, by their hashes, and nothing else. Jinja escapes everything; the script creates elements and text,
  never markup.
* *Complete without the script.* Verdicts, facts, findings, the matrix and the sequences are markup. Cases and
  transcripts, which open on demand, are embedded data (`embedded`).
* *Not by colour alone.* A verdict is a word and a sign.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eiospec.reports import embedded
from eiospec.reports.additions import irregular, nothing_added, survey_rows, survey_size
from eiospec.reports.columns import areas, column_names, matrix
from eiospec.reports.escapes import visible
from eiospec.reports.facts import by_state, counted, facts, state_of, untested, verdict_sentence
from eiospec.reports.files import write_text
from eiospec.reports.findings import findings
from eiospec.reports.markup import COUNTED, SIGNS, bar, sentence, shortened, slug, web_address
from eiospec.reports.model import Document, conforms
from eiospec.reports.outcome import area_title
from eiospec.reports.sequence.rows import DIRECT, Routing
from eiospec.reports.sequence.selection import SESSIONS_SHOWN, Diagrams, diagrams
from eiospec.reports.text import cut, duration

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page.css", "additions.css", "matrix.css", "details.css", "sequence.css", "print.css")
SCRIPTS = ("elements.js", "octets.js", "exchange.js", "details.js", "additions.js", "matrix.js", "page.js")

# Sequences drawn for all targets together, and at least for each.
MOST_SEQUENCES = 20
LEAST_SEQUENCES = 2
# Characters of a text of a finding, and of its line in the list.
TEXT = 1200
LINE = 160
# Requirements listed per kind of change, and cases of each.
CHANGES = 50
CASES = 8


FILTERS: dict[str, Callable[..., object]] = {
    "visible": visible,
    "visible_lines": lambda text: shortened(text, TEXT),
    "line": lambda text: visible(cut(text, LINE)),
    "sentence": sentence,
    "duration": duration,
    "web": web_address,
    "slug": slug,
    "json": embedded.embedded,
    "irregular": irregular,
    "nothing_added": nothing_added,
}
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= FILTERS


def page(documents: Sequence[Document]) -> str:
    """Return the page of one or more documents; each is a column of the matrix."""
    style = "".join(map(_asset, STYLES))
    script = '(() => {\n"use strict";\n' + "".join(map(_asset, SCRIPTS)) + "})();\n"
    return ENVIRONMENT.get_template("page.html.j2").render(
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
        shown_changes=CHANGES,
        shown_cases=CASES,
        **_view(documents),
    )


def write_html(documents: Sequence[Document], path: str | Path) -> Path:
    """Write the page of these documents. Raises `ReportError`."""
    return write_text(path, page(documents))


def routing_of(made: Document) -> Routing:
    """Return how to identify the nodes behind the target, as observed."""
    seen = made.get("balancer")
    return (
        DIRECT if seen is None else Routing(seen["node_field"] or None, seen["cookie"] or None, balanced=True)
    )


def _view(documents: Sequence[Document]) -> dict[str, Any]:
    """Return the variables of the templates."""
    names, rows = column_names(documents), matrix(documents)
    shown = max(LEAST_SEQUENCES, min(SESSIONS_SHOWN, MOST_SEQUENCES // max(1, len(documents))))
    before = 0
    columns: list[dict[str, Any]] = []
    for place, (made, name) in enumerate(zip(documents, names, strict=True)):
        drawn = diagrams(made, routing_of(made), first=before + 1, most=shown)
        before += len(drawn.drawn)
        columns.append(_column(made, name, place, drawn, embedded.MOST_OCTETS // len(documents)))
    excluded = {entry["id"]: entry for made in documents for entry in made["excluded"]}
    return {
        "columns": columns,
        "title": _title(columns),
        "areas": areas(rows),
        "findings": findings(rows),
        "levels": list(dict.fromkeys(row["about"]["level"] for row in rows)),
        "verdicts": [
            (verdict, number)
            for verdict in COUNTED
            if (number := sum(verdict in _verdicts(row) for row in rows))
        ],
        "excluded": list(excluded.values()),
        "area_title": area_title,
        "embedded": {
            "requirements": embedded.about(rows),
            "signs": SIGNS,
            "columns": [column["name"] for column in columns],
        },
    }


def _column(made: Document, name: str, place: int, drawn: Diagrams, room: int) -> dict[str, Any]:
    found = counted(made)
    data = embedded.target(made, name, drawn, room)
    return {
        "place": place,
        "name": visible(name),
        "run": made,
        "sentence": (result := verdict_sentence(made, name)),
        # The same without the name, which is shown next to it.
        "result": result.removeprefix(visible(name)).strip(),
        "counted": found,
        "bar": bar(found),
        "facts": facts(made),
        "additions": (rows := survey_rows(made)),
        "more_additions": survey_size(made) - len(rows),
        "states": by_state(made["detections"]),
        "state_of": state_of,
        "untested": untested(made),
        "diagrams": drawn,
        "embedded": data,
        "kept": len(data["exchanges"]),
        "judgements": sum(len(entry["judgements"]) for entry in made["requirements"]),
    }


def _title(columns: Sequence[dict[str, Any]]) -> str:
    """Return the heading: the result of a single target, or how many targets conform."""
    if not columns:
        return "No requirement was judged"
    if len(columns) == 1:
        return str(columns[0]["sentence"])
    # With --compare, exit code 0 does not mean that the target conforms.
    conform = sum(conforms(column["run"]) for column in columns)
    fail = sum(column["run"]["exit"]["code"] in (0, 1) for column in columns) - conform
    rest = len(columns) - conform - fail
    parts = [
        f"{conform} {'conforms' if conform == 1 else 'conform'}" if conform else "",
        f"{fail} {'does not' if fail == 1 else 'do not'}"
        if conform and fail
        else "none conforms"
        if fail
        else "",
        f"{rest} not judged" if rest else "",
    ]
    return f"{len(columns)} targets: {', '.join(filter(None, parts))}"


def _verdicts(row: dict[str, Any]) -> set[str]:
    return {entry["verdict"] for entry in row["entries"] if entry is not None}


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return the CSP source expression of an inline element with this content (CSP Level 3 §2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
