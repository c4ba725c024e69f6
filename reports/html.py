"""The report a person opens: one HTML file of one to many runs that needs nothing else.

`templates/page.html.j2` says what stands where, the `.css` files how it looks, the `.js` files what moves; this
module puts them together. Rules:

* *Self-contained and inert.* No request leaves the page: the content security policy allows the one style
  sheet and the one script by their hashes and nothing else. Jinja escapes everything; the script makes elements
  and text, never markup.
* *Whole without the script.* Verdicts, facts, findings, the matrix and the sequences are markup. What opens on
  demand, the cases and their transcripts, is data beside it (`embedded`).
* *Nothing by colour alone.* A verdict is a word and a sign.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eiospec.reports import embedded
from eiospec.reports.changes import paragraphs
from eiospec.reports.columns import areas, column_names, matrix
from eiospec.reports.escapes import visible
from eiospec.reports.facts import counted, facts, untested, verdict_sentence
from eiospec.reports.files import write_text
from eiospec.reports.findings import findings
from eiospec.reports.journeys import SESSIONS_SHOWN, Journeys, journeys
from eiospec.reports.markup import COUNTED, SIGNS, bar, duration, sentence, shortened, slug, web_address
from eiospec.reports.model import Document
from eiospec.reports.outcome import area_title
from eiospec.reports.sequence import DIRECT, Routing

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page.css", "matrix.css", "details.css", "sequence.css", "print.css")
SCRIPTS = ("elements.js", "octets.js", "exchange.js", "details.js", "matrix.js", "page.js")

# Sequences that are drawn of all targets together, and of each at least.
MOST_SEQUENCES = 20
LEAST_SEQUENCES = 2
# Characters of one text of a finding, and of the line that stands for it.
TOLD = 1200
LINE = 160
# Requirements that changed in one way since an older run, and cases of each.
CHANGES = 50
CASES = 8


def page(documents: Sequence[Document]) -> str:
    """The page of documents, most often one or a few: a column of the matrix each."""
    style = "".join(map(_asset, STYLES))
    script = '(() => {\n"use strict";\n' + "".join(map(_asset, SCRIPTS)) + "})();\n"
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
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
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "visible": visible,
        "visible_lines": lambda text: shortened(text, TOLD),
        "line": lambda text: visible(text if len(text) <= LINE else text[: LINE - 1] + "…"),
        "sentence": sentence,
        "duration": duration,
        "web": web_address,
        "slug": slug,
        "json": embedded.embedded,
    }
    templates.filters |= filters
    return templates


def write_html(documents: Sequence[Document], path: str | Path) -> Path:
    """Write the page of these documents. Raises `ReportError` when the place cannot be written."""
    return write_text(path, page(documents))


def routing_of(made: Document) -> Routing:
    """How the nodes behind the target are told apart, by what was seen of its balancer."""
    seen = made.get("balancer")
    return (
        DIRECT if seen is None else Routing(seen["node_field"] or None, seen["cookie"] or None, balanced=True)
    )


def _view(documents: Sequence[Document]) -> dict[str, Any]:
    """What the templates show, picked and ordered."""
    names, rows = column_names(documents), matrix(documents)
    shown = max(LEAST_SEQUENCES, min(SESSIONS_SHOWN, MOST_SEQUENCES // max(1, len(documents))))
    before = 0
    columns: list[dict[str, Any]] = []
    for place, (made, name) in enumerate(zip(documents, names, strict=True)):
        drawn = journeys(made, routing_of(made), first=before + 1, most=shown)
        before += len(drawn.drawn)
        columns.append(_column(made, name, place, drawn, embedded.MOST_OCTETS // len(documents)))
    told = findings(rows)
    excluded = {entry["id"]: entry for made in documents for entry in made["excluded"]}
    return {
        "columns": columns,
        "title": _title(columns),
        "areas": areas(rows),
        "findings": told,
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


def _column(made: Document, name: str, place: int, drawn: Journeys, room: int) -> dict[str, Any]:
    found = counted(made)
    held = embedded.target(made, name, drawn, room)
    return {
        "place": place,
        "name": visible(name),
        "run": made,
        "sentence": (told := verdict_sentence(made, name)),
        # Beside the name it is not said again.
        "said": told.removeprefix(visible(name)).strip(),
        "counted": found,
        "bar": bar(found),
        "facts": facts(made),
        "untested": untested(made),
        "changes": paragraphs(made["comparison"]) if "comparison" in made else [],
        "journeys": drawn,
        "embedded": held,
        "kept": len(held["exchanges"]),
        "judgements": sum(len(entry["judgements"]) for entry in made["requirements"]),
    }


def _title(columns: Sequence[dict[str, Any]]) -> str:
    """The sentence on top: of one target its own, of many how many conform."""
    if not columns:
        return "Nothing was judged"
    if len(columns) == 1:
        return str(columns[0]["sentence"])
    # A run that is only no worse than before does not conform.
    codes = [column["run"]["exit"]["code"] for column in columns]
    conform, fail = codes.count(0), codes.count(1)
    rest = len(codes) - conform - fail
    said = [
        f"{conform} {'conforms' if conform == 1 else 'conform'}" if conform else "",
        f"{fail} {'does not' if fail == 1 else 'do not'}"
        if conform and fail
        else "none conforms"
        if fail
        else "",
        f"{rest} not judged" if rest else "",
    ]
    return f"{len(columns)} targets: {', '.join(filter(None, said))}"


def _verdicts(row: dict[str, Any]) -> set[str]:
    return {entry["verdict"] for entry in row["entries"] if entry is not None}


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    """A source expression of CSP Level 3 §2.3.1 for an inline element with this content."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
