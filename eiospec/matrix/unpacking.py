"""Unpack the rows of a data file, for the tables and the page.

Their reports have the published shape and lack what was not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from eiospec.matrix.packing import ORIGIN, origin_of, pytest_command
from eiospec.matrix.results import Shown
from eiospec.matrix.store import Commands, Exchange, Finding, Frame, JudgedRun, Matrix, Response, StoredRow
from eiospec.reports.model import FORMAT, VERSION, Document, sealed
from eiospec.reports.outcome import area_title, exit_meaning, tally
from eiospec.verdicts import Verdict


def unpack(matrix: Matrix) -> list[Shown]:
    """Return the rows of a data file."""
    return [
        Shown(
            row.name,
            row.title,
            row.language,
            row.versions,
            row.remark,
            row.day,
            row.eiospec,
            row.state,
            row.reason,
            None if row.run is None else _document(row, row.run, matrix),
        )
        for row in matrix.rows
    ]


def _document(row: StoredRow, run: JudgedRun, matrix: Matrix) -> Document:
    requirements = list(_requirements(row, run, matrix))
    judgements = [one for entry in requirements for one in entry["judgements"]]
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "tool": {"name": "eiospec", "version": row.eiospec},
            "target": run.target,
            "started": run.started,
            "seconds": run.seconds,
            "complete": True,
            "headline": run.headline,
            "exit": {"code": run.exit, "meaning": exit_meaning(run.exit)},
            "counts": {
                "requirements": _counts(requirements),
                "judgements": _counts(judgements),
                "excluded": len(matrix.excluded),
            },
            "options": dict(run.options),
            "detections": [
                {name: getattr(found, name) for name in ("capability", "present", "value", "evidence")}
                for found in matrix.detections
                if row.name in found.rows.split()
            ],
            "controls": [msgspec.to_builtins(control) for control in run.controls],
            "requirements": requirements,
            "excluded": [msgspec.to_builtins(one) for one in matrix.excluded],
            "exchanges": [
                _exchange_of(id, exchange, origin_of(run.target)) for id, exchange in row.exchanges.items()
            ],
        }
    )


def _counts(judged: Iterable[Document]) -> dict[str, int]:
    return {
        verdict.value: number for verdict, number in tally(Verdict(one["verdict"]) for one in judged).items()
    }


def _requirements(row: StoredRow, run: JudgedRun, matrix: Matrix) -> Iterator[Document]:
    notes = {
        id: note.text
        for note in matrix.notes
        if row.name in note.rows.split()
        for id in note.requirements.split()
    }
    for area, verdicts in row.verdicts.items():
        found = sorted(
            (f"{area}-{number}", verdict) for verdict, text in verdicts.items() for number in text.split()
        )
        for id, verdict in found:
            about = matrix.requirements[id]
            yield {
                "id": id,
                "area": area,
                "area_title": area_title(area),
                "level": about.level,
                "sentence": about.sentence,
                "source": {
                    "title": about.source,
                    "section": about.section,
                    "url": matrix.sources[about.source],
                },
                "version": about.version,
                "needs": list(about.needs),
                "verdict": verdict,
                "judgements": [
                    judgement
                    for finding in row.findings.get(id, ())
                    for judgement in _judgements(id, finding, run, matrix.commands.get(id, ()))
                ]
                or [_without_finding(verdict, notes.get(id, ""))],
            }


def _without_finding(verdict: str, note: str) -> Document:
    if verdict == Verdict.NOT_APPLICABLE:
        return _judgement(verdict, "", reason=note)
    return _judgement(verdict, "", remarks=note)


def _judgements(id: str, finding: Finding, run: JudgedRun, known: tuple[Commands, ...]) -> Iterator[Document]:
    for place, case in enumerate(finding.cases):
        commands: list[str] = []
        if finding.commands is not None and place == 0:
            commands = [pytest_command(id, run.target, run.options)]
            commands += [line.replace(ORIGIN, origin_of(run.target)) for line in known[finding.commands]]
        yield _judgement(
            finding.verdict,
            case,
            finding.expected,
            finding.observed,
            finding.reason,
            next(iter(finding.remarks), ""),
            finding.exchange if place == 0 else "",
            commands,
        )


def _judgement(
    verdict: str,
    case: str,
    expected: str = "",
    observed: str = "",
    reason: str = "",
    remarks: str = "",
    exchange: str = "",
    commands: Iterable[str] = (),
) -> Document:
    return {
        "case": case,
        "node": "",
        "verdict": verdict,
        "expected": expected,
        "observed": observed,
        "reason": reason,
        "remarks": [remarks] if remarks else [],
        "evidence": [exchange] if exchange else [],
        "reproduce": list(commands),
        "seconds": 0.0,
    }


def _exchange_of(id: str, exchange: Exchange, origin: str) -> Document:
    method, _, rest = exchange.request.partition(" ")
    target = rest.partition(" ")[0]
    started, ended, answered = exchange.times
    return {
        "id": id,
        "probe": exchange.probe,
        "label": exchange.label,
        "url": exchange.url or origin + target,
        "connection": exchange.connection,
        "websocket": exchange.websocket,
        "started": started,
        "answered": answered,
        "ended": ended,
        "end": exchange.end,
        **({"outlived": True} if exchange.outlived else {}),
        "end_detail": exchange.end_detail,
        "refusal": exchange.refusal,
        "request": {
            "method": method,
            "target": target,
            "headers": _headers(exchange.request),
            **_octets("octets", exchange.request, exchange.cut.get("request", 0)),
        },
        "response": exchange.response and _response_of(exchange.response, exchange.cut),
        "frames": [_frame_of(frame) for frame in exchange.frames],
        **_octets("after", exchange.after, exchange.cut.get("after", 0)),
    }


def _response_of(response: Response, cut: Mapping[str, int]) -> Document:
    version, status, reason = [*response.octets.partition("\n")[0].rstrip("\r").split(" ", 2), "", ""][:3]
    head, _, body = response.octets.partition("\r\n\r\n")
    return {
        "version": version,
        "status": int(status) if status.isascii() and status.isdigit() else 0,
        "reason": reason,
        "headers": _headers(head),
        "trailers": [],
        "framing": response.framing,
        "complete": response.complete,
        "defects": list(response.defects),
        **_octets("octets", response.octets, cut.get("response", 0)),
        **_octets("surplus", response.surplus, cut.get("surplus", 0)),
        "body_total": len(body) + cut.get("response", 0),
    }


def _frame_of(frame: Frame) -> Document:
    return {
        "opcode": frame.opcode,
        "by_target": not frame.ours,
        "at": frame.at,
        "fin": frame.fin,
        "rsv": frame.rsv,
        "masked": frame.ours,
        **_octets("payload", frame.payload, frame.cut),
    }


def _octets(name: str, octets: str, cut: int) -> Document:
    return {name: octets, f"{name}_total": len(octets) + cut, f"{name}_cut": cut}


def _headers(octets: str) -> list[Document]:
    """Return the header fields of a message as far as they were kept."""
    lines = [line.rstrip("\r") for line in octets.split("\n")[1:]]
    fields = next((list(group) for whole, group in groupby(lines, bool) if whole), [])
    return [
        {"name": name, "value": value.strip(" \t")}
        for name, _, value in (line.partition(":") for line in fields)
    ]
