"""Data for the script of the page: the judgements and transcripts of each target, as inert JSON.

One element per target, parsed when one of its cells is opened, so that a page of ten targets opens as fast as a page
of one. Rules:

* *Every exchange once.* Judgements refer to exchanges by id.
* *Bounded.* All transcripts together have at most `MOST_OCTETS`, shared equally between the targets. Exchanges cited
  by findings come first, then the controls, those of the survey, one per cell, and others while there is room. The
  page refers to the JSON report for the rest.
* *Inert.* Texts are escaped here, octets when they are shown. Everything is US-ASCII without "<", ">" or "&", so no
  string can end its element.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

from eiospec.reports.additions import survey_rows
from eiospec.reports.escapes import visible
from eiospec.reports.markup import shortened, web_address
from eiospec.reports.model import Document
from eiospec.reports.outcome import FINDINGS
from eiospec.reports.sequence.selection import Diagrams

# Octets of all transcripts of a page.
MOST_OCTETS = 3 * 1024**2
# Octets per message and per frame, frames per exchange, characters per text.
MESSAGE_SHOWN = 6 * 1024
FRAME_SHOWN = 1024
FRAMES_SHOWN = 100
TEXT_SHOWN = 4000
# Judgements per cell, exchanges per judgement.
CASES_SHOWN = 60
EVIDENCE_SHOWN = 12

WRONG = frozenset({*(verdict.value for verdict in FINDINGS), "known"})
HARMLESS = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def embedded(value: Any) -> Markup:
    """Return a value as JSON for a data element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for character, escape in HARMLESS:
        text = text.replace(character, escape)
    return Markup(text)


def about(rows: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
    """Return the details of requirements that their rows do not show."""
    found: dict[str, Document] = {}
    for row in rows:
        entry = row["about"]
        source = entry["source"]
        where = f"{source['title']}, {source['section']}" if source["section"] else source["title"]
        found[row["id"]] = {
            "source": visible(where),
            "url": web_address(source["url"]),
            "needs": entry["needs"],
            "version": entry["version"],
        }
    return found


def target(made: Document, name: str, drawn: Diagrams, room: int) -> Document:
    """Return the data of a target, with at most `room` octets of transcripts."""
    kept = transcripts(made, room)
    sessions = drawn.by_exchange
    return {
        "name": visible(name),
        "url": visible(made["target"]),
        "baseline": "--baseline" in made["options"],
        "cookie": next(
            (found["value"] for found in made["detections"] if found["capability"] == "session cookie"), ""
        ),
        "cells": {
            entry["id"]: [
                _judgement(judgement, place, entry) for place, judgement in enumerate(_gravest(entry))
            ]
            for entry in made["requirements"]
        },
        "exchanges": kept,
        "survey": [_added(row) for row in survey_rows(made)],
        "sessions": {id: sessions[id] for id in kept if id in sessions},
        "titles": {str(diagram.place): diagram.title for diagram in drawn.drawn},
        "recorded": len(made["exchanges"]),
    }


def transcripts(made: Document, room: int) -> dict[str, Document]:
    """Return the exchanges that fit, by id, the most important first."""
    by_id = {exchange["id"]: exchange for exchange in made["exchanges"]}
    kept: dict[str, Document] = {}
    for id in dict.fromkeys(_by_weight(made)):
        if id in by_id:
            shown = _exchange(by_id[id])
            room -= len(json.dumps(shown))
            if room < 0:
                break
            kept[id] = shown
    return kept


def _by_weight(made: Document) -> Iterator[str]:
    """Yield ids of exchanges by importance: of findings, controls, one per cell, all others that are cited."""
    judgements = [judgement for entry in made["requirements"] for judgement in entry["judgements"]]
    for judgement in judgements:
        if judgement["verdict"] in WRONG:
            yield from judgement["evidence"][:EVIDENCE_SHOWN]
    yield from (control["exchange"] for control in made["controls"])
    yield from _surveyed(made, 1)
    for entry in made["requirements"]:
        yield from next(
            (judgement["evidence"][:1] for judgement in entry["judgements"] if judgement["evidence"]), ()
        )
    for judgement in judgements:
        yield from judgement["evidence"][:EVIDENCE_SHOWN]
    yield from _surveyed(made, None)


def _surveyed(made: Document, each: int | None) -> Iterator[str]:
    """Yield exchanges of the survey: of differences, and of each cell the first or all."""
    for row in survey_rows(made):
        for difference in row["differences"]:
            yield from difference["exchanges"]
        for cell in row["responses"]:
            for requests in cell["requests"]:
                yield from requests["exchanges"][:each]


def _added(row: Document) -> Document:
    """Return a row of the survey as the dialog shows it."""
    return {
        "name": visible(row["name"]),
        "what": row["what"],
        "behaviour": visible(row["behaviour"]),
        "responses": row["responses"],
        "differences": [one | {"sentence": visible(one["sentence"])} for one in row["differences"]],
    }


def _gravest(entry: Document) -> list[Document]:
    """Return at most `CASES_SHOWN` judgements of a cell, those with its verdict first."""
    judgements = sorted(entry["judgements"], key=lambda judgement: _weight(judgement, entry))
    return judgements[:CASES_SHOWN]


def _weight(judgement: Document, entry: Document) -> int:
    if judgement["verdict"] == entry["verdict"]:
        return 0
    return 1 if judgement["verdict"] in WRONG else 2


def _judgement(judgement: Document, place: int, entry: Document) -> Document:
    """Return a judgement without empty members; only findings and the first of a cell have lines to reproduce."""
    lines = judgement["reproduce"] if place == 0 or judgement["verdict"] in WRONG else []
    left_out = len(entry["judgements"]) - CASES_SHOWN if place == CASES_SHOWN - 1 else 0
    made = {
        "case": shortened(judgement["case"], TEXT_SHOWN),
        "verdict": judgement["verdict"],
        "expected": shortened(judgement["expected"], TEXT_SHOWN),
        "observed": shortened(judgement["observed"], TEXT_SHOWN),
        "reason": shortened(judgement["reason"], TEXT_SHOWN),
        "remarks": [shortened(remark, TEXT_SHOWN) for remark in judgement["remarks"]],
        "evidence": judgement["evidence"][:EVIDENCE_SHOWN],
        "more_evidence": max(0, len(judgement["evidence"]) - EVIDENCE_SHOWN),
        "reproduce": [shortened(line, TEXT_SHOWN) for line in lines],
        "left_out": max(0, left_out),
    }
    return {name: value for name, value in made.items() if value}


def _exchange(exchange: Document) -> Document:
    """Return an exchange as the details show it."""
    response = exchange["response"]
    frames = exchange["frames"]
    made = {
        "label": visible(exchange["label"]),
        "probe": visible(exchange["probe"]),
        "url": shortened(exchange["url"], TEXT_SHOWN),
        "connection": exchange["connection"],
        "started": exchange["started"],
        "answered": exchange["answered"],
        "ended": exchange["ended"],
        "end": exchange["end"],
        "end_detail": visible(exchange["end_detail"]),
        "refusal": shortened(exchange["refusal"], TEXT_SHOWN),
        "request": _message(exchange["request"], "octets"),
        "response": _message(response, "octets") if response else None,
        "status": response["status"] if response else None,
        "incomplete": bool(response) and not response["complete"],
        "defects": [shortened(defect, TEXT_SHOWN) for defect in response["defects"]] if response else [],
        "surplus": _message(response, "surplus") if response else None,
        "after": _message(exchange, "after"),
        "frames": [_frame(frame) for frame in frames[:FRAMES_SHOWN]],
        "more_frames": max(0, len(frames) - FRAMES_SHOWN),
    }
    always = ("answered", "started", "ended", "connection")
    return {name: value for name, value in made.items() if value or name in always}


def _message(message: Document, name: str) -> Document | None:
    """Return octets and their number; None if there are none."""
    octets, total = message[name], message[f"{name}_total"]
    if not total:
        return None
    cut = message[f"{name}_cut"] + max(0, len(octets) - MESSAGE_SHOWN)
    return {"octets": octets[:MESSAGE_SHOWN], "total": total} | ({"cut": cut} if cut else {})


def _frame(frame: Document) -> Document:
    made = {
        "at": frame["at"],
        "theirs": frame["by_target"],
        "opcode": frame["opcode"]
        + ("" if frame["fin"] else ", not final")
        + (f", rsv {frame['rsv']}" if frame["rsv"] else ""),
        "payload": frame["payload"][:FRAME_SHOWN],
        "total": frame["payload_total"] if frame["payload_total"] > FRAME_SHOWN else 0,
    }
    return {name: value for name, value in made.items() if value or name == "at"}
