"""Pack reports of rows into the data file of the matrix, and unpack them for the tables and the page.

A finding keeps all that a reader needs: expected, observed, the commands that reproduce it, and the octets of one
exchange. Everything else becomes a verdict. The exchange of the first control stays, too: the page reads the open packet
and the Server field from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import msgspec

from eiospec.matrix.results import FOUND, Shown, in_order
from eiospec.matrix.store import (
    About,
    Commands,
    Control,
    Detection,
    Exchange,
    Excluded,
    Finding,
    Frame,
    JudgedRun,
    Matrix,
    Note,
    Response,
    StoredRow,
)
from eiospec.reports.model import FORMAT, VERSION, Document, sealed
from eiospec.reports.outcome import area_title, exit_meaning, tally
from eiospec.verdicts import Verdict

# Octets kept of each message (its header section and the first of its body), frames kept of each exchange, and
# characters kept of each text.
OCTETS, FRAMES, TEXT = 1000, 3, 240
ORIGIN = "{origin}"


class Packer:
    """Collects rows, and what they share."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self.requirements: dict[str, About] = {}
        self.excluded: tuple[Excluded, ...] = ()
        self.commands: dict[str, dict[Commands, int]] = {}
        self.detections: dict[tuple[str, bool, str, str], list[str]] = {}
        self.notes: dict[tuple[str, str], list[str]] = {}
        self.rows: list[StoredRow] = []

    def add(self, row: Shown) -> None:
        """Pack a row."""
        about = (row.name, row.title, row.language, dict(row.versions), row.remark, row.day, row.tool)
        members = {} if row.document is None else self._members(row.name, row.document)
        self.rows.append(StoredRow(*about, row.state, row.reason, **members))

    def matrix(self) -> Matrix:
        """Return everything that was packed."""
        return Matrix(
            dict(sorted(self.sources.items())),
            dict(sorted(self.requirements.items())),
            self.excluded,
            {id: tuple(found) for id, found in sorted(self.commands.items())},
            tuple(Detection(" ".join(rows), *seen) for seen, rows in self.detections.items()),
            tuple(Note(" ".join(rows), *note) for note, rows in self.notes.items()),
            tuple(self.rows),
        )

    def _members(self, name: str, made: Document) -> dict[str, Any]:
        self.excluded = msgspec.convert(made["excluded"], tuple[Excluded, ...])
        for found in made["detections"]:
            seen = (found["capability"], found["present"], found["value"], found["evidence"])
            self.detections.setdefault(seen, []).append(name)
        findings: dict[str, tuple[Finding, ...]] = {}
        notes: dict[str, list[str]] = {}
        for entry in made["requirements"]:
            id, verdict = entry["id"], entry["verdict"]
            self._share(entry)
            if verdict in FOUND:
                findings[id] = tuple(self._findings(entry, made))
                continue
            first = next((one for one in entry["judgements"] if one["verdict"] == verdict), None)
            if first is not None and (note := _note(first)):
                notes.setdefault(note, []).append(id)
        for text, ids in notes.items():
            self.notes.setdefault((" ".join(ids), text), []).append(name)
        cited = {found.exchange for alike in findings.values() for found in alike}
        cited |= {control["exchange"] for control in made["controls"][:1]}
        return {
            "run": _run(made),
            "verdicts": _by_area(made),
            "findings": findings,
            "exchanges": {
                exchange["id"]: _exchange(exchange, _origin(made["target"]))
                for exchange in made["exchanges"]
                if exchange["id"] in cited
            },
        }

    def _share(self, entry: Document) -> None:
        source = entry["source"]
        self.sources[source["title"]] = source["url"]
        self.requirements[entry["id"]] = About(
            entry["level"],
            entry["sentence"],
            source["title"],
            source["section"],
            entry["version"],
            tuple(entry["needs"]),
        )

    def _findings(self, entry: Document, made: Document) -> Iterator[Finding]:
        """Yield the findings of a requirement, equal ones together.

        The first has an exchange and commands, unless it is blocked: then another finding is the cause.
        """
        alike: dict[tuple[str, ...], list[Document]] = {}
        for one in entry["judgements"]:
            if one["verdict"] in FOUND:
                texts = (one["observed"], one["expected"], one["reason"], *one["remarks"][:1])
                alike.setdefault((one["verdict"], *(text[:TEXT] for text in texts)), []).append(one)
        for place, ((verdict, observed, expected, reason, *remarks), found) in enumerate(alike.items()):
            shown = place == 0 and verdict != Verdict.BLOCKED
            yield Finding(
                verdict,
                tuple(one["case"] for one in found),
                observed,
                expected,
                reason,
                tuple(remarks),
                next(iter(found[0]["evidence"]), "") if shown else "",
                self._place(entry["id"], found[0]["reproduce"], made) if shown else None,
            )

    def _place(self, id: str, lines: list[str], made: Document) -> int | None:
        """Return the place of these commands among those of the requirement."""
        if not lines:
            return None
        again, origin = _pytest(id, made["target"], made["options"]), _origin(made["target"])
        commands = tuple(line.replace(origin, ORIGIN) for line in lines if line != again)
        known = self.commands.setdefault(id, {})
        return known.setdefault(commands, len(known))


def pack(rows: Iterable[Shown]) -> Matrix:
    """Return the data of these rows."""
    packer = Packer()
    for row in in_order(rows):
        packer.add(row)
    return packer.matrix()


def _note(judgement: Document) -> str:
    """Return the reason of a verdict that is no finding, or the first remark."""
    text: str = judgement["reason"] or next(iter(judgement["remarks"]), "") or judgement["observed"]
    return text[:TEXT]


def _run(made: Document) -> JudgedRun:
    return JudgedRun(
        made["target"],
        made["started"],
        made["seconds"],
        made["exit"]["code"],
        made["headline"],
        made["options"],
        msgspec.convert(made["controls"], tuple[Control, ...]),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _pytest(id: str, target: str, options: Mapping[str, str]) -> str:
    """Return the command that judges a requirement again, as most reports have it."""
    profile = f" --profile {options['--profile']}" if "--profile" in options else ""
    return f"pytest --target {target}{profile} --case {id}"


def _by_area(made: Document) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in sorted(made["requirements"], key=lambda entry: str(entry["id"])):
        area, _, number = entry["id"].partition("-")
        verdicts = found.setdefault(area, {})
        verdicts[entry["verdict"]] = f"{verdicts.get(entry['verdict'], '')} {number}".lstrip()
    areas = dict.fromkeys(entry["id"].partition("-")[0] for entry in made["requirements"])
    return {area: found[area] for area in areas}


def _exchange(exchange: Document, origin: str) -> Exchange:
    response, request = exchange["response"], exchange["request"]
    left_out = {
        "request": _left_out(request, "octets"),
        "response": _left_out(response, "octets") if response else 0,
        "surplus": _left_out(response, "surplus") if response else 0,
        "after": _left_out(exchange, "after"),
    }
    return Exchange(
        exchange["probe"],
        exchange["label"],
        exchange["connection"],
        (exchange["started"], exchange["ended"], exchange["answered"]),
        exchange["end"],
        request["octets"][:OCTETS],
        _response(response) if response else None,
        "" if exchange["url"] == origin + request["target"] else exchange["url"],
        exchange["end_detail"],
        exchange["refusal"],
        exchange["websocket"],
        exchange.get("outlived", False),
        tuple(_frame(frame) for frame in exchange["frames"][:FRAMES]),
        exchange["after"][:OCTETS],
        {name: number for name, number in left_out.items() if number},
    )


def _response(response: Document) -> Response:
    return Response(
        response["octets"][:OCTETS],
        response["framing"],
        response["complete"],
        tuple(response["defects"]),
        response["surplus"][:OCTETS],
    )


def _frame(frame: Document) -> Frame:
    return Frame(
        frame["at"],
        frame["payload"][:OCTETS],
        frame["opcode"],
        not frame["by_target"],
        _left_out(frame, "payload"),
        frame["fin"],
        frame["rsv"],
    )


def _left_out(message: Document, name: str) -> int:
    number: int = message[f"{name}_cut"] + max(0, len(message[name]) - OCTETS)
    return number


# Unpacking


def unpack(matrix: Matrix) -> list[Shown]:
    """Return the rows of a data file. Their reports lack what was not kept."""
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
                _exchange_of(id, exchange, _origin(run.target)) for id, exchange in row.exchanges.items()
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
            commands = [_pytest(id, run.target, run.options)]
            commands += [line.replace(ORIGIN, _origin(run.target)) for line in known[finding.commands]]
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
