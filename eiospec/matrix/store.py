"""The data file of the matrix: the verdicts of every row, and the octets of what is wrong.

`docs/matrix.json` is this file for the rows of the repository; a run writes one next to its reports. What rows share is
stored once: requirements, sources, detections, notes, and commands that reproduce a finding (with `{origin}` for the scheme,
host and port of the target). There is a line for each requirement, finding and exchange, and for the verdicts of each
area and row, so that `git diff` shows what changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from eiospec.matrix.judging import State
from eiospec.reports.files import ReportError

FORMAT, VERSION = "eiospec matrix", 2
# Levels below each member of the file that have one entry a line.
LEVELS = {
    "sources": 1,
    "requirements": 1,
    "excluded": 1,
    "commands": 2,
    "detections": 1,
    "notes": 1,
    "rows": 3,
}

Commands = tuple[str, ...]


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """A requirement. `source` is the title of one of the sources of the file."""

    level: str
    sentence: str
    source: str
    section: str = ""
    version: int = 1
    needs: tuple[str, ...] = ()


class Excluded(msgspec.Struct, frozen=True):
    """A requirement that the suite does not judge."""

    id: str
    area: str
    level: str
    sentence: str
    reason: str


class Detection(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was detected alike in these rows (their names, with spaces between them)."""

    rows: str
    capability: str
    present: bool
    value: str = ""
    evidence: str = ""


class Note(msgspec.Struct, frozen=True):
    """Why these requirements were not applicable to these rows, or what was recorded about them."""

    rows: str
    requirements: str
    text: str


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Cases of a requirement that are wrong in the same way.

    `exchange` is the id of an exchange of the row; `commands` is the place of commands among those of the requirement.
    """

    verdict: str
    cases: tuple[str, ...]
    observed: str = ""
    expected: str = ""
    reason: str = ""
    remarks: tuple[str, ...] = ()
    exchange: str = ""
    commands: int | None = None


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A WebSocket frame. `cut` counts the octets of the payload that were left out."""

    at: float
    payload: str
    opcode: str = "text"
    ours: bool = False
    cut: int = 0
    fin: bool = True
    rsv: int = 0


class Response(msgspec.Struct, frozen=True, omit_defaults=True):
    """The octets of a response, and what its whole was parsed to."""

    octets: str
    framing: str = "Content-Length"
    complete: bool = True
    defects: tuple[str, ...] = ()
    surplus: str = ""


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The exchange of a finding.

    `times` has the seconds when it started and ended, and when it was answered; `cut` counts the octets that were left
    out of the request, the response, its surplus, and what came after it.
    """

    probe: str
    label: str
    connection: int
    times: tuple[float, float, float | None]
    end: str
    request: str
    response: Response | None = None
    url: str = ""
    end_detail: str = ""
    refusal: str = ""
    websocket: bool = False
    outlived: bool = False
    frames: tuple[Frame, ...] = ()
    after: str = ""
    cut: dict[str, int] = {}


class Control(msgspec.Struct, frozen=True):
    """The first or last request of a run, which shows that the target is alive."""

    when: str
    ok: bool
    sentence: str
    exchange: str


class JudgedRun(msgspec.Struct, frozen=True):
    """The run that judged a row."""

    target: str
    started: str
    seconds: float
    exit: int
    headline: str
    options: dict[str, str]
    controls: tuple[Control, ...]


class StoredRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row. `run` is None when it was not judged, for `reason`.

    `verdicts` has an entry for each area: verdicts, and the numbers of the requirements that have them.
    """

    name: str
    title: str
    language: str
    versions: dict[str, str]
    remark: str
    day: str
    eiospec: str
    state: State
    reason: str
    run: JudgedRun | None = None
    verdicts: dict[str, dict[str, str]] = {}
    findings: dict[str, tuple[Finding, ...]] = {}
    exchanges: dict[str, Exchange] = {}


class Matrix(msgspec.Struct, frozen=True):
    """The file. `commands` are by requirement id."""

    sources: dict[str, str]
    requirements: dict[str, About]
    excluded: tuple[Excluded, ...]
    commands: dict[str, tuple[Commands, ...]]
    detections: tuple[Detection, ...]
    notes: tuple[Note, ...]
    rows: tuple[StoredRow, ...]
    format: str = FORMAT
    version: int = VERSION


def read(path: Path) -> Matrix:
    """Read a data file. Raise ReportError when it is missing or something else."""
    try:
        text = path.read_bytes()
        found = msgspec.json.decode(text, type=Matrix)
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
    """Return the text of a data file."""
    members = msgspec.to_builtins(matrix)
    first = {"format": members.pop("format"), "version": members.pop("version")}
    lines = [
        f" {json.dumps(name)}: {_json(value, LEVELS.get(name, 0), ' ')}"
        for name, value in (first | members).items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any, levels: int, indent: str) -> str:
    """Return JSON with one entry a line in this many levels."""
    if levels == 0 or not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    inside = f"{indent} "
    lines = ",\n".join(f"{inside}{entry}" for entry in _entries(value, levels - 1, inside))
    return f"{{\n{lines}\n{indent}}}" if isinstance(value, dict) else f"[\n{lines}\n{indent}]"


def _entries(value: Any, levels: int, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{json.dumps(name, ensure_ascii=False)}: {_json(member, levels, indent)}"
    else:
        for member in value:
            yield _json(member, levels, indent)
