"""The published shape of a report, `schema/report-1.json`, as types.

`decoded` turns a document (JSON that was already parsed) into these types or names what does not fit. Members that a
type does not list are ignored, because later versions may add some. A test compares these types with the published
schema.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from eiospec.requirements import Level
from eiospec.verdicts import Verdict
from eiospec.wire.exchange import End, Framing, Opcode

# Octets kept of each recorded message: enough for every header block, too little for a flood.
KEPT = 64 * 1024
# Characters of a place and of an error message that are shown: both may quote the document.
PLACE = 80
MESSAGE = 120

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Octets = Annotated[str, Meta(pattern=r"^[\u0000-\u00ff]*$", max_length=KEPT)]
Id = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{1,3}-[0-9]{3}(…[0-9]{3})?\Z")]
Masked = Annotated[str, Meta(pattern=r"^masked:[0-9a-f]{8}\Z")]
MaskedLength = Annotated[int, Meta(ge=0, le=262144)]
OddCharacters = Annotated[str, Meta(pattern=r"^[\u0000-\u00ff]*$", max_length=256)]


class Misfit(ValueError):
    """A document without the published shape; the message says where and what was expected."""


class Tool(Struct):
    name: Literal["eiospec"]
    version: str


class Balancer(Struct):
    diagnosis: str
    node_field: str
    cookie: str
    nodes: list[str]


class RequirementSet(Struct):
    release: str
    size: Count
    changed: list[Id]


class Exit(Struct):
    code: int
    meaning: str


class Counts(Struct):
    requirements: dict[Verdict, Count]
    judgements: dict[Verdict, Count]
    excluded: Count


class Detection(Struct):
    capability: str
    present: bool
    value: str
    evidence: str
    state: str | UnsetType = UNSET
    declare: str | UnsetType = UNSET


class Requested(Struct):
    sent: str
    origin: bool
    set: Count
    of: Count
    exchanges: list[str]


class Cell(Struct):
    kind: str
    word: str
    set: Count
    of: Count
    requests: list[Requested]


class Difference(Struct):
    sentence: str
    exchanges: list[str]


class Addition(Struct):
    what: Literal["cookie", "field"]
    name: str
    role: str
    behaviour: str
    evidence: str
    forms: list[str]
    more_forms: Count
    responses: list[Cell]
    differences: list[Difference]


class Survey(Struct):
    responses: Count
    rows: list[Addition]
    more: Count


class Control(Struct):
    when: str
    ok: bool
    sentence: str
    exchange: str


class Source(Struct):
    title: str
    section: str
    url: str


class Judgement(Struct):
    case: str
    node: str
    verdict: Verdict
    expected: str
    observed: str
    reason: str
    remarks: list[str]
    evidence: list[str]
    reproduce: list[str]
    seconds: Seconds


class Requirement(Struct):
    id: Id
    area: str
    area_title: str
    level: Level
    sentence: str
    source: Source
    version: Annotated[int, Meta(ge=1)]
    needs: list[str]
    verdict: Verdict
    judgements: Annotated[list[Judgement], Meta(min_length=1)]


class Excluded(Struct):
    id: Id
    area: str
    level: Level
    sentence: str
    reason: str


class Header(Struct):
    name: Octets
    value: Octets


class Request(Struct):
    method: Octets
    target: str
    headers: list[Header]
    octets: Octets
    octets_total: Count
    octets_cut: Count


class Response(Struct):
    version: Octets
    status: int
    reason: Octets
    headers: list[Header]
    trailers: list[Header]
    framing: Framing
    complete: bool
    defects: list[str]
    octets: Octets
    octets_total: Count
    octets_cut: Count
    surplus: Octets
    surplus_total: Count
    surplus_cut: Count
    body_total: Count | UnsetType = UNSET


class Frame(Struct):
    opcode: Opcode
    by_target: bool
    at: Seconds
    fin: bool
    rsv: Annotated[int, Meta(ge=0, le=7)]
    masked: bool
    payload: Octets
    payload_total: Count
    payload_cut: Count


class Exchange(Struct):
    id: str
    probe: str
    label: str
    url: str
    connection: int
    websocket: bool
    started: Seconds
    answered: Seconds | None
    ended: Seconds
    end: End
    end_detail: str
    refusal: str
    request: Request
    response: Response | None
    frames: list[Frame]
    after: Octets
    after_total: Count
    after_cut: Count
    outlived: bool | UnsetType = UNSET


class Change(Struct):
    id: Id
    level: Level
    sentence: str
    case: str
    was: Verdict | None
    now: Verdict | None


class Compared(Struct):
    target: str
    started: str
    tool: dict[str, Any]
    headline: str


class Comparison(Struct, rename={"compared": "with"}):
    headline: str
    compared: Compared
    regressions: list[Change]
    fixes: list[Change]
    excused: list[Change]
    new: list[Change]
    gone: list[Change]


class Recording(Struct):
    profile: dict[str, Any]
    baseline: dict[str, Any] | None
    parallel: bool
    masked: dict[Masked, tuple[MaskedLength, OddCharacters]]


class Observation(Struct):
    probe: str
    mount: str
    how: Literal["seen", "blocked", "broken", "not applicable"]
    what: Any


class Rejudged(Struct):
    id: Id
    case: str
    then: str
    now: str


class Replayed(Struct):
    file: str
    version: str
    judged: str
    changed: list[Rejudged]


class Closing(Struct, forbid_unknown_fields=True):
    requirements: Count
    judgements: Count
    exchanges: Count
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Report(Struct):
    """A whole document."""

    format: Literal["eiospec report"]
    version: Literal[1]
    tool: Tool
    target: str
    started: str
    seconds: Seconds
    headline: str
    exit: Exit
    counts: Counts
    options: dict[str, str]
    detections: list[Detection]
    controls: list[Control]
    requirements: list[Requirement]
    excluded: list[Excluded]
    exchanges: list[Exchange]
    closing: Closing
    name: str | UnsetType = UNSET
    balancer: Balancer | UnsetType = UNSET
    requirement_set: RequirementSet | UnsetType = UNSET
    complete: bool | UnsetType = UNSET
    survey: Survey | UnsetType = UNSET
    comparison: Comparison | UnsetType = UNSET
    recording: Recording | UnsetType = UNSET
    observations: list[Observation] | UnsetType = UNSET
    replayed: Replayed | UnsetType = UNSET


def decoded(document: dict[str, Any]) -> Report:
    """Return the document as types; raise Misfit when it does not have the published shape."""
    try:
        return msgspec.convert(document, Report)
    except msgspec.ValidationError as error:
        # "Expected `str`, got `int` - at `$.target`": say the place first, as every other message does.
        what, _, place = str(error).rpartition(" - at ")
        where = place.replace("`", "").replace("$.", "") if what else "the top"
        raise Misfit(f"at {where[:PLACE]}: {(what or str(error))[:MESSAGE]}") from None
