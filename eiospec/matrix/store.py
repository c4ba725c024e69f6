"""The data file of the matrix: the report of every row, as far as a reader needs it.

`docs/matrix.json` is this file for the rows of the repository; a run writes one next to its reports. `pack` cuts each
report down: a finding keeps its texts, the first one of a requirement also the commands that reproduce it and one
exchange; everything else becomes a verdict. The exchange of the first control stays, because the page reads the open
packet and the Server field from it. `unpack` returns documents with the published shape.

Members that have their usual value, or follow from the octets, are left out. A value that occurs more than once is
stored once, in `shared`: `"=key"` stands for it, and a text that begins with "=" gets another one. The key is a digest
of the value, so that publishing a row changes no other line.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from eiospec.matrix.results import FOUND, Shown, in_order
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, sealed
from eiospec.reports.shape import decoded
from eiospec.verdicts import Verdict

FORMAT, VERSION = "eiospec matrix", 3
# Octets kept of each message (its header section and the first of its body), frames kept of each exchange, and
# characters kept of each text.
OCTETS, FRAMES, TEXT = 1000, 3, 240
# Stands for host and port of the row's target; no octet and no URL has this character.
HOST = "⌂"
# JSON that is shorter is not worth sharing.
SHORT = 14
ABOUT = ("id", "area", "area_title", "level", "sentence", "source", "version", "needs")
DROPPED = ("closing", "recording", "observations", "replayed", "comparison", "balancer", "name", "survey")
JUDGEMENT: Document = {
    **dict.fromkeys(("case", "node", "expected", "observed", "reason"), ""),
    "remarks": [],
    "evidence": [],
    "reproduce": [],
    "seconds": 0.0,
}


class Matrix(msgspec.Struct, frozen=True):
    """The file. A shared value may refer to earlier ones."""

    format: str
    version: int
    shared: dict[str, Any]
    rows: list[Any]


def pack(rows: Iterable[Shown]) -> Matrix:
    """Return the data of these rows."""
    rows = in_order(rows)
    # By day, so that every row gets the latest version of a requirement.
    about = {
        entry["id"]: {name: entry[name] for name in ABOUT}
        for row in sorted(rows, key=lambda row: row.day)
        for entry in row.requirements
    }
    sharing = Sharing()
    packed = [
        msgspec.to_builtins(row) | {"document": row.document and _packed(row.document, about)} for row in rows
    ]
    for row in packed:
        sharing.count(row)
    return Matrix(FORMAT, VERSION, sharing.shared, [sharing.short(row) for row in packed])


def unpack(matrix: Matrix) -> list[Shown]:
    """Return the rows of a data file; raise ReportError."""
    shared: dict[str, Any] = {}
    try:
        for key, value in matrix.shared.items():
            shared[key] = _long(value, shared)
        return [msgspec.convert(_unpacked(_long(row, shared)), Shown) for row in matrix.rows]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ReportError(f"the data file of the matrix was edited: {error!r}") from None


def read(path: Path) -> Matrix:
    """Read a data file. Raise ReportError when it is missing or something else."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Matrix)
    except OSError as error:
        raise ReportError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ReportError(f"{path} is not a data file of the matrix: {error}") from None
    if (found.format, found.version) != (FORMAT, VERSION):
        raise ReportError(
            f"{path} is {found.format!r}, version {found.version}; this eiospec reads {FORMAT!r}, version {VERSION}"
        )
    return found


def written(matrix: Matrix) -> str:
    """Return the text of a data file: a line for each shared value, requirement and exchange."""
    shared = _joined(f"{_json(key)}:{_json(value)}" for key, value in matrix.shared.items())
    rows = _joined(map(_lines, matrix.rows))
    head = f'{{"format": {_json(matrix.format)}, "version": {matrix.version},'
    return f'{head}\n"shared": {{\n{shared}\n}},\n"rows": [\n{rows}\n]}}\n'


def _lines(value: Any, depth: int = 3) -> str:
    """Return JSON with one entry a line in this many levels."""
    if not depth or not isinstance(value, dict | list):
        return _json(value)
    if isinstance(value, list):
        return f"[{_joined(_lines(each, depth - 1) for each in value)}]"
    return f"{{{_joined(f'{_json(name)}:{_lines(each, depth - 1)}' for name, each in value.items())}}}"


def _joined(entries: Iterable[str]) -> str:
    return ",\n".join(entries)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Sharing:
    """Replaces values that occur more than once by their keys."""

    def __init__(self) -> None:
        self.shared: dict[str, Any] = {}
        self._seen: Counter[str] = Counter()
        self._keys: dict[str, str] = {}

    def count(self, value: Any) -> None:
        """Count a value, and what it contains."""
        if isinstance(value, dict | list | str) and len(text := _json(value)) > SHORT:
            self._seen[text] += 1
            if self._seen[text] > 1:
                return
        if isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                self.count(each)

    def short(self, value: Any) -> Any:
        """Return the value with keys in place of what is shared."""
        text = _json(value)
        made: Any
        if isinstance(value, dict):
            made = {name: self.short(each) for name, each in value.items()}
        elif isinstance(value, list):
            made = list(map(self.short, value))
        else:
            made = f"={value}" if isinstance(value, str) and value.startswith("=") else value
        if self._seen[text] < 2:
            return made
        digest = base64.urlsafe_b64encode(
            hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        ).decode()
        key = next(
            digest[:length]
            for length in range(4, len(digest))
            if self._keys.setdefault(digest[:length], text) == text
        )
        self.shared[key] = made
        return f"={key}"


def _long(value: Any, shared: dict[str, Any]) -> Any:
    """Return the value with what its keys stand for."""
    if isinstance(value, dict):
        return {name: _long(each, shared) for name, each in value.items()}
    if isinstance(value, list):
        return [_long(each, shared) for each in value]
    if isinstance(value, str) and value.startswith("="):
        return value[1:] if value.startswith("==") else shared[value[1:]]
    return value


def _packed(made: Document, about: dict[str, Document]) -> Document:
    """Return the part of a report that the data file keeps."""
    requirements = [
        {"about": about[entry["id"]], "verdict": entry["verdict"], "judgements": list(_judgements(entry))}
        for entry in made["requirements"]
    ]
    cited = {
        id for entry in requirements for one in entry["judgements"] for id in one.get("evidence", ())
    } | {control["exchange"] for control in made["controls"][:1]}
    kept = {name: value for name, value in made.items() if name not in DROPPED} | {
        "requirements": requirements,
        "exchanges": [
            _change(_cut_down(found), _lean) for found in made["exchanges"] if found["id"] in cited
        ],
    }
    return _replaced(kept, urlsplit(made["target"]).netloc, HOST) | {"target": made["target"]}


def _replaced(made: Document, text: str, by: str) -> Document:
    found: Document = json.loads(_json(made).replace(text, by))
    return found


def _judgements(entry: Document) -> Iterator[Document]:
    """Yield the findings of a requirement, or its verdict and why.

    The first finding has an exchange and commands, unless it is blocked: then another finding is the cause.
    """
    verdict, judgements = entry["verdict"], entry["judgements"]
    if verdict not in FOUND:
        first = next((one for one in judgements if one["verdict"] == verdict), JUDGEMENT)
        note = (first["reason"] or next(iter(first["remarks"]), "") or first["observed"])[:TEXT]
        named = {"reason": note} if verdict == Verdict.NOT_APPLICABLE else {"remarks": [note] if note else []}
        yield _lean(named, JUDGEMENT)
        return
    for place, one in enumerate(found for found in judgements if found["verdict"] in FOUND):
        texts = {name: one[name][:TEXT] for name in ("expected", "observed", "reason")}
        shown = place == 0 and one["verdict"] != Verdict.BLOCKED
        proof = {"evidence": one["evidence"][:1], "reproduce": one["reproduce"]} if shown else {}
        remarks = [remark[:TEXT] for remark in one["remarks"][:1]]
        alike = {} if one["verdict"] == verdict else {"verdict": one["verdict"]}
        yield _lean({"case": one["case"], **alike, **texts, "remarks": remarks, **proof}, JUDGEMENT)


def _unpacked(row: Document) -> Document:
    """Return a row with a report of the published shape."""
    made = row["document"]
    if made is None:
        return row
    made = _replaced(made, HOST, urlsplit(made["target"]).netloc)
    requirements = [
        {
            **entry["about"],
            "verdict": entry["verdict"],
            "judgements": [JUDGEMENT | {"verdict": entry["verdict"]} | one for one in entry["judgements"]],
        }
        for entry in made["requirements"]
    ]
    exchanges = [_change(found, _whole) for found in made["exchanges"]]
    document = sealed(made | {"requirements": requirements, "exchanges": exchanges})
    decoded(document)
    return row | {"document": document}


def _lean(found: Document, usual: Document) -> Document:
    """Return the members that are not as usual."""
    return {name: value for name, value in found.items() if name not in usual or usual[name] != value}


def _whole(found: Document, usual: Document) -> Document:
    return usual | found


def _change(exchange: Document, change: Callable[[Document, Document], Document]) -> Document:
    """Return the exchange with `_lean` or `_whole` applied to all its messages."""
    request, response = exchange["request"], exchange.get("response")
    parts = {
        "request": change(request, _request(request)),
        "response": response and change(response, _response(response)),
        "frames": [change(frame, _frame(frame)) for frame in exchange.get("frames", ())],
    }
    return change(exchange | parts, _exchange(exchange))


def _cut_down(exchange: Document) -> Document:
    response = exchange["response"]
    return {
        **_cut(exchange, "after"),
        "request": _cut(exchange["request"], "octets"),
        "response": response and _cut(_cut(response, "octets"), "surplus"),
        "frames": [_cut(frame, "payload") for frame in exchange["frames"][:FRAMES]],
    }


def _cut(message: Document, name: str) -> Document:
    """Return a message with the first octets of a member."""
    octets, total = message[name][:OCTETS], len(message[name]) + message[f"{name}_cut"]
    return message | {name: octets, f"{name}_total": total, f"{name}_cut": total - len(octets)}


def _exchange(found: Document) -> Document:
    usual = {"websocket": False, "end_detail": "", "refusal": "", "response": None, "frames": []}
    request = _request(found["request"])
    host = next((field["value"] for field in request["headers"] if field["name"] == "Host"), "")
    return usual | {"url": f"http://{host}{request['target']}"} | _octets(found, "after")


def _request(found: Document) -> Document:
    octets = found.get("octets", "")
    method, _, rest = octets.partition(" ")
    target = rest.partition(" ")[0]
    return {"method": method, "target": target, "headers": _headers(octets)} | _octets(found, "octets")


def _response(found: Document) -> Document:
    head, _, body = found.get("octets", "").partition("\r\n\r\n")
    version, status, reason = [*head.partition("\n")[0].rstrip("\r").split(" ", 2), "", ""][:3]
    return {
        "version": version,
        "status": int(status) if status.isascii() and status.isdigit() else 0,
        "reason": reason,
        "headers": _headers(head),
        "trailers": [],
        "defects": [],
        "complete": True,
        "framing": "Content-Length",
        **_octets(found, "octets"),
        **_octets(found, "surplus"),
        "body_total": len(body) + found.get("octets_cut", 0),
    }


def _frame(found: Document) -> Document:
    ours = found.get("masked", False)
    return {"opcode": "text", "by_target": not ours, "fin": True, "rsv": 0, "masked": False} | _octets(
        found, "payload"
    )


def _octets(found: Document, name: str) -> Document:
    cut = found.get(f"{name}_cut", 0)
    return {name: "", f"{name}_total": len(found.get(name, "")) + cut, f"{name}_cut": 0}


def _headers(octets: str) -> list[Document]:
    """Return the header fields of a message as far as they were kept."""
    lines = takewhile(bool, (line.rstrip("\r") for line in octets.split("\n")[1:]))
    return [
        {"name": name, "value": value.strip(" \t")}
        for name, _, value in (line.partition(":") for line in lines)
    ]
