"""Pack the reports of rows into the data file of the matrix.

A finding keeps all that a reader needs: expected, observed, the commands that reproduce it, and the octets of one
exchange. Everything else becomes a verdict. The exchange of the first control stays, too: the page reads the open packet
and the Server field from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from eiospec.reports.model import Document
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

    def share(self, row: Shown) -> None:
        """Collect the requirements of a row, and their sources."""
        if row.document is not None:
            self.excluded = msgspec.convert(row.document["excluded"], tuple[Excluded, ...])
        for entry in row.requirements:
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
        for found in made["detections"]:
            seen = (found["capability"], found["present"], found["value"], found["evidence"])
            self.detections.setdefault(seen, []).append(name)
        findings: dict[str, tuple[Finding, ...]] = {}
        notes: dict[str, list[str]] = {}
        for entry in made["requirements"]:
            id, verdict = entry["id"], entry["verdict"]
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
                exchange["id"]: _exchange(exchange, origin_of(made["target"]))
                for exchange in made["exchanges"]
                if exchange["id"] in cited
            },
        }

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
        again, origin = pytest_command(id, made["target"], made["options"]), origin_of(made["target"])
        commands = tuple(line.replace(origin, ORIGIN) for line in lines if line != again)
        known = self.commands.setdefault(id, {})
        return known.setdefault(commands, len(known))


def pack(rows: Iterable[Shown]) -> Matrix:
    """Return the data of these rows."""
    packer, rows = Packer(), in_order(rows)
    # By day, so that the later version of a requirement stays.
    for row in sorted(rows, key=lambda row: row.day):
        packer.share(row)
    for row in rows:
        packer.add(row)
    return packer.matrix()


def _note(judgement: Document) -> str:
    """Return the reason of a verdict other than a finding, or the first remark."""
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


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def pytest_command(id: str, target: str, options: Mapping[str, str]) -> str:
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
