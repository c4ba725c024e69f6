"""The report of a run as one JSON document, from which every other report is made.

The comparison of two runs reads it, too. Its shape is published in `schema/report-1.json` and written as types in
`shape`. Rules:

* *Versioned.* `format` and `version` come first. Within a version members may be added; none changes its meaning.
* *Octets are latin-1 strings*: character n is octet n, in both directions, as recorded. Of each message at most `KEPT`
  octets are kept; `octets_total` is how many there were.
* *Masked* by default (see `masking`), before anything is cut.
* *Sealed.* The last member, `closing`, counts the others and has the SHA-256 of the canonical rest (keys sorted, no
  white space, US-ASCII). A file that was cut off, edited or merged is not a report, and `read_json` says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct

from eiospec.reports import shape
from eiospec.reports.additions import additions_member
from eiospec.reports.files import ReportError, write_pieces
from eiospec.reports.masking import NOTHING, Mask, mask_of
from eiospec.reports.outcome import Outcome, area_title, counts, exit_meaning, headline, outcomes, tally
from eiospec.reports.recording import recording_members
from eiospec.reports.shape import KEPT, Misfit, Report, decoded
from eiospec.verdicts import FAILS_THE_RUN, Replayed, Run
from eiospec.wire.exchange import Exchange, Headers, Response

Document = dict[str, Any]

FORMAT = "eiospec report"
VERSION = 1
# The published shape, for readers in other languages; `shape` has the same as types.
SCHEMA = Path(__file__).parent / "schema" / f"report-{VERSION}.json"
# Octets of a file that is read: more than the largest run writes.
MOST_OCTETS = 256 * 1024 * 1024

_LINE = json.JSONEncoder(allow_nan=False).encode
_CANON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def document(run: Run, *, mask: bool = True) -> Document:
    """Return the run as JSON-ready values. With `mask=False` the secrets of the requests are not masked."""
    return sealed(unsealed(run, mask=mask))


def sealed(made: Document) -> Document:
    """Return a document with its closing record."""
    return made | {"closing": closing(made)}


def unsealed(run: Run, *, mask: bool = True) -> Document:
    """Return the document of a run without its closing record."""
    return _Writer(mask_of(run) if mask else NOTHING).run(run)


def save(made: Document, path: str | Path) -> Path:
    """Write a document; raise `ReportError` when the file cannot be written."""
    return write_pieces(path, _text(made))


def _text(made: Document) -> Iterator[str]:
    """Yield the JSON text in pieces, a line for each requirement and exchange, so that two runs can be diffed."""
    for place, (name, value) in enumerate(made.items()):
        yield f"{',' if place else '{'}\n {json.dumps(name)}: "
        if isinstance(value, list) and value:
            for number, each in enumerate(value):
                yield f"{',' if number else '['}\n  {_LINE(each)}"
            yield "\n ]"
        else:
            yield _LINE(value)
    yield "\n}\n"


def read_json(path: str | Path) -> Document:
    """Return a stored document; raise `ReportError` when it is missing, cut off, altered or something else."""
    return read_report(path)[0]


def read_report(path: str | Path) -> tuple[Document, Report]:
    """Return a stored document, as JSON and as types; of a folder, its report.json. Raises `ReportError`."""
    path = Path(path)
    path = path / "report.json" if path.is_dir() else path
    try:
        found = _parsed(path)
        _check_seal(path, found)
        return found, decoded(found)
    except Misfit as error:
        raise ReportError(f"{path} is not a report of version {VERSION}: {error}") from None
    except RecursionError:
        raise ReportError(f"{path} is not a report: it is nested too deeply") from None


def _parsed(path: Path) -> Any:
    """Return the JSON of a file of at most `MOST_OCTETS` octets; raise `ReportError`."""
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
        if len(octets) > MOST_OCTETS:
            raise ReportError(f"{path} is not a report: it has more than {MOST_OCTETS} octets")
        return json.loads(octets.decode("utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise ReportError(f"cannot read the report {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path} is not a report: it is not UTF-8 text") from error
    except ValueError as error:
        raise ReportError(
            f"{path} is not a complete report: {error}. It was cut off or edited; run again"
        ) from error


def _check_seal(path: Path, found: Any) -> None:
    """Raise `ReportError` unless this is a document of our version with a closing record that matches."""
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ReportError(f'{path} is not a report: its "format" is not "{FORMAT}"')
    if found.get("version") != VERSION:
        raise ReportError(
            f"{path} is a report of version {found.get('version')!r}; this eiospec reads version {VERSION}"
        )
    seal = found.get("closing")
    if seal is None:
        raise ReportError(
            f"{path} is not a complete report: its closing record is missing. It was cut off; run again"
        )
    if seal != closing({key: value for key, value in found.items() if key != "closing"}):
        raise ReportError(
            f"{path} was changed after it was written: its closing record does not match. Run again"
        )


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON")


def named(made: Document, name: str) -> Document:
    """Return the document with a display name for its column on the page, sealed again."""
    return sealed({key: value for key, value in made.items() if key != "closing"} | {"name": name})


def closing(rest: Document) -> Document:
    """Return the closing record for a document without one. `rest` may be any JSON object."""
    requirements = _listed(rest.get("requirements"))
    digest = hashlib.sha256()
    for piece in _canonical(rest):
        digest.update(piece.encode("ascii"))
    return {
        "requirements": len(requirements),
        "judgements": sum(
            len(_listed(entry.get("judgements"))) for entry in requirements if isinstance(entry, dict)
        ),
        "exchanges": len(_listed(rest.get("exchanges"))),
        "sha256": digest.hexdigest(),
    }


def _canonical(rest: Document) -> Iterator[str]:
    """Yield the canonical text of a document in pieces, because a flood makes it long."""
    for place, name in enumerate(sorted(rest)):
        yield f"{',' if place else '{'}{_CANON(name)}:"
        if isinstance(rest[name], list):
            for number, each in enumerate(rest[name]):
                yield f"{',' if number else '['}{_CANON(each)}"
            yield "]" if rest[name] else "[]"
        else:
            yield _CANON(rest[name])
    yield "}" if rest else "{}"


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def with_verdict(made: Document, *verdicts: str) -> list[Document]:
    """Return the requirements with one of these verdicts, in the order of the verdicts."""
    return [entry for verdict in verdicts for entry in made["requirements"] if entry["verdict"] == verdict]


def conforms(made: Document) -> bool:
    """True when the run conforms, and not only because nothing regressed since an older run."""
    found = made["counts"]["requirements"]
    return made["exit"]["code"] == 0 and not any(found[verdict] for verdict in FAILS_THE_RUN)


# Members that are the suite's own words, and those that are cut as well as masked.
OUR_OWN = frozenset(
    {"capability", "node_field", "cookie", "release", "changed", "when", "exchange", "id", "probe", "method"}
    | {"then", "now"}
)
OCTETS = frozenset(("octets", "surplus", "payload", "after", "outlived"))


class _Writer:
    """Turns values into JSON and masks every string."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self.text, self.message, self.field = mask.text, mask.message, mask.field

    def like(self, kind: type[Struct], value: object) -> Document:
        """Return the attributes of a value that the type names, as JSON."""
        return {
            name: self.plain(name, getattr(value, name))
            for name in kind.__struct_fields__
            if hasattr(value, name) and name not in OCTETS
        }

    def plain(self, name: str, value: Any) -> Any:
        """Return an attribute as JSON; what has no simple form stays as it is."""
        match value:
            case Enum():
                return value.value
            case str():
                return value if name in OUR_OWN else self.text(value)
            case bytes():
                return self.plain(name, value.decode("latin-1"))
            case float():
                return _seconds(value)
            case tuple():
                return [self.plain(name, each) for each in value]
            case _:
                return value

    def run(self, run: Run) -> Document:
        judged, asked = (judgement.verdict for judgement in run.judgements), run.requirement_set
        return {
            "format": FORMAT,
            "version": VERSION,
            "tool": {"name": "eiospec", "version": run.tool_version},
            "target": self.text(run.target),
            **({"balancer": self.like(shape.Balancer, run.balancer)} if run.balancer else {}),
            **({"requirement_set": self.like(shape.RequirementSet, asked)} if asked else {}),
            "started": run.started,
            "seconds": _seconds(run.seconds),
            "complete": run.complete,
            "headline": self.text(headline(run)),
            "exit": {"code": run.exit_code, "meaning": exit_meaning(run.exit_code)},
            "counts": {
                "requirements": {verdict.value: number for verdict, number in counts(run).items()},
                "judgements": {verdict.value: number for verdict, number in tally(judged).items()},
                "excluded": len(run.excluded),
            },
            "options": {name: self.text(value) for name, value in run.options.items()},
            "detections": [self.like(shape.Detection, detection) for detection in run.detections],
            **({"survey": additions_member(run.additions, self.mask)} if run.additions else {}),
            "controls": [self.like(shape.Control, control) for control in run.controls],
            "requirements": [self.outcome(outcome) for outcome in outcomes(run)],
            "excluded": [UNMASKED.like(shape.Excluded, excluded) for excluded in run.excluded],
            **self.evidence(run),
        }

    def evidence(self, run: Run) -> Document:
        """Return exchanges and observations; a replay keeps those of the stored document."""
        if run.replayed is not None:
            return {
                "replayed": self.replayed(run.replayed),
                **{name: run.replayed.document[name] for name in ("exchanges", "recording", "observations")},
            }
        return {
            "exchanges": [self.exchange(exchange) for exchange in run.exchanges],
            **(recording_members(run.recording, run.exchanges, self.mask) if run.recording else {}),
        }

    def replayed(self, replayed: Replayed) -> Document:
        return {
            "file": self.text(replayed.file),
            "version": replayed.document["tool"]["version"],
            "judged": replayed.judged,
            "changed": [self.like(shape.Rejudged, change) for change in replayed.changed],
        }

    def outcome(self, outcome: Outcome) -> Document:
        requirement = outcome.requirement
        return {
            **UNMASKED.like(shape.Requirement, requirement),
            "area_title": area_title(requirement.area),
            "source": UNMASKED.like(shape.Source, requirement.source),
            "verdict": outcome.verdict.value,
            "judgements": [
                self.like(shape.Judgement, judgement) | {"evidence": list(judgement.evidence)}
                for judgement in outcome.judgements
            ],
        }

    def exchange(self, exchange: Exchange) -> Document:
        request, response = exchange.request, exchange.response
        return {
            **self.like(shape.Exchange, exchange),
            "websocket": exchange.is_websocket,
            "request": {
                **self.like(shape.Request, request),
                "headers": self.headers(request.headers),
                **_kept("octets", request.octets, self.message),
            },
            "response": None if response is None else self.response(response),
            "frames": [
                self.like(shape.Frame, frame) | _kept("payload", frame.payload, self.text)
                for frame in exchange.frames
            ],
            **_kept("after", exchange.after, self.message),
        } | ({"outlived": True} if exchange.outlived else {})

    def response(self, response: Response) -> Document:
        return {
            **self.like(shape.Response, response),
            "version": response.version.decode("latin-1")[:KEPT],
            "reason": self.text(response.reason.decode("latin-1"))[:KEPT],
            "headers": self.headers(response.headers),
            "trailers": self.headers(response.trailers),
            **_kept("octets", response.octets, self.message),
            **_kept("surplus", response.surplus, self.message),
            "body_total": response.body_length,
        }

    def headers(self, headers: Headers) -> list[Document]:
        made: list[Document] = []
        for line in headers:
            name, value = line.name.decode("latin-1"), line.value.decode("latin-1")
            made.append({"name": self.text(name)[:KEPT], "value": self.field(name, value)[:KEPT]})
        return made


UNMASKED = _Writer(NOTHING)


def _kept(name: str, octets: bytes, masked: Callable[[str], str]) -> Document:
    """Return octets as a latin-1 string, masked before it is cut: a secret across the cut must stay masked."""
    text = masked(octets.decode("latin-1"))
    return {name: text[:KEPT], f"{name}_total": len(octets), f"{name}_cut": max(0, len(text) - KEPT)}


def _seconds(value: float) -> float:
    """Return a time in microsecond resolution, which is that of the clocks."""
    return round(value, 6)
