"""Two runs held against each other: what regressed, what was fixed, what is new, what is gone.

A case of a requirement is compared with itself. Only verdicts that were judged can be compared, from best to worst:
pass (or recorded) · known · warn · fail (or blocked, or stale with a finding).

* *regression*: judged in both runs, and worse now. What the baseline now knows is none, it is *excused*; what the
  baseline knew and no longer knows is one.
* *fix*: judged in both runs, and better now.
* *new*: judged now and not before, because the check, its meaning, or what it needs of the target was not there.
* *gone*: judged before and not now.

A requirement whose level changed is compared as if it had had the lower one all along: the suite's change is not
the target's. Both documents are as `model` writes them; nothing here reads a file or prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from eiospec.reports.files import ReportError
from eiospec.reports.model import Document
from eiospec.verdicts import FAILS_THE_RUN, Verdict

HOLDS, KNOWN, WARNS, FAILS = range(4)
RANKS = {
    "pass": HOLDS,
    "info": HOLDS,
    "known": KNOWN,
    "warn": WARNS,
    "fail": FAILS,
    "blocked": FAILS,
    "stale": FAILS,
}
# Exit codes of runs that say too little of their target to be compared with.
INCOMPARABLE = (2, 5, 6)
CONFORMS, DOES_NOT = 0, 1
# What is counted of one requirement and of several.
COUNTED = {
    "regressions": ("regression", "regressions"),
    "fixes": ("fix", "fixes"),
    "excused": ("newly in the baseline", "newly in the baseline"),
    "new": ("new", "new"),
    "gone": ("gone", "gone"),
}
KINDS = tuple(COUNTED)


@dataclass(frozen=True, slots=True)
class Change:
    """One case of one requirement, its verdicts then and now; None for a run that has no such case."""

    id: str
    level: str
    sentence: str
    case: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, by kind, in the order of the documents."""

    regressions: tuple[Change, ...]
    fixes: tuple[Change, ...]
    excused: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]

    def fails(self, *, should: bool) -> bool:
        """True when a case regressed to what fails a run; with `should`, to a warning is enough."""
        failing = {*FAILS_THE_RUN, Verdict.WARN} if should else FAILS_THE_RUN
        return any(change.now in failing for change in self.regressions)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A case as one document has it. `rank` is None for what was not judged."""

    id: str
    version: int
    level: str
    sentence: str
    case: str
    verdict: str
    rank: int | None


def comparable(old: Document) -> Document:
    """The document itself; raises `ReportError` when its run says too little to compare with."""
    if old["exit"]["code"] in INCOMPARABLE:
        raise ReportError(
            f"cannot compare with the run of {old['started']}: {old['exit']['meaning']}. "
            "Use the report of a completed run"
        )
    return old


def compare(old: Document, new: Document) -> Comparison:
    """What changed from one document to the other."""
    now, versions = _cases(new), {entry["id"]: entry["version"] for entry in new["requirements"]}
    # A requirement that meant something else was another one.
    before = {
        key: case for key, case in _cases(old).items() if versions.get(case.id, case.version) == case.version
    }
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for key, case in now.items():
        kind = _kind(before.get(key), case)
        if kind:
            found[kind].append(_change(case, before.get(key), case))
    asked = _asked(new)
    for key, case in before.items():
        left = key not in now or now[key].verdict == Verdict.NOT_APPLICABLE
        if case.rank is not None and left and asked(case.id):
            found["gone"].append(_change(case, case, now.get(key)))
    return Comparison(**{kind: tuple(changes) for kind, changes in found.items()})


def _cases(made: Document) -> dict[tuple[str, str], _Judged]:
    """The cases of a document; of two with one name the graver."""
    found: dict[tuple[str, str], _Judged] = {}
    for entry in made["requirements"]:
        for judged in entry["judgements"]:
            case = _Judged(
                entry["id"],
                entry["version"],
                entry["level"],
                entry["sentence"],
                judged["case"],
                judged["verdict"],
                _rank(judged),
            )
            other = found.get((case.id, case.case))
            if other is None or (other.rank or 0) < (case.rank or 0):
                found[case.id, case.case] = case
    return found


def _rank(judged: Document) -> int | None:
    """Where a verdict stands between good and bad. What is stale observes something if it is a finding still."""
    if judged["verdict"] == Verdict.STALE and not judged["observed"]:
        return HOLDS
    return RANKS.get(judged["verdict"])


def _kind(before: _Judged | None, case: _Judged) -> str:
    """What has become of a case; empty when nothing has, or nothing can be said."""
    if case.rank is None:
        return ""
    if before is None or before.rank is None:
        return "new"
    then, now = before.rank, case.rank
    if before.level != case.level:
        then, now = (WARNS if rank == FAILS else rank for rank in (then, now))
    if then == now:
        return ""
    if now == KNOWN:
        return "excused"
    return "regressions" if now > then else "fixes"


def _change(case: _Judged, was: _Judged | None, now: _Judged | None) -> Change:
    then, today = (None if one is None else one.verdict for one in (was, now))
    return Change(case.id, case.level, case.sentence, case.case, then, today)


def _asked(made: Document) -> Callable[[str], bool]:
    """Whether a run was asked to judge a requirement: what --case leaves out is not gone."""
    globs = made["options"].get("--case", "").upper().split()
    return lambda id: not globs or any(fnmatchcase(id, glob) for glob in globs)


def compared(made: Document, old: Document, *, should: bool = False, stale: bool = False) -> Document:
    """A document, not yet sealed, with its comparison and the exit code that this comes to.

    Only a run that judged its target is compared. It then fails by what regressed, or because its baseline does
    not fit: a case is stale, or an entry about several cases is (`stale`).
    """
    code = made["exit"]["code"]
    if code in INCOMPARABLE:
        return made
    found = compare(old, made)
    made = made | {"comparison": _document(found, old, made)}
    if code not in (CONFORMS, DOES_NOT):
        return made
    stale = stale or any(
        judged["verdict"] == Verdict.STALE for entry in made["requirements"] for judged in entry["judgements"]
    )
    if found.fails(should=should):
        code, meaning = DOES_NOT, "the target regressed"
    elif stale:
        code, meaning = DOES_NOT, "the target does not match its baseline"
    else:
        what = "only warnings" if found.regressions else "nothing"
        code, meaning = CONFORMS, f"{what} regressed"
    return made | {"exit": {"code": code, "meaning": meaning}}


def _document(found: Comparison, old: Document, new: Document) -> Document:
    against = "" if old["target"] == new["target"] else f" against {old['target']}"
    return {
        "headline": f"Compared with the run of {old['started'][:16].replace('T', ' ')}{against}: {in_short(found)}",
        "with": {name: old[name] for name in ("target", "started", "tool", "headline")},
        **{kind: [asdict(change) for change in getattr(found, kind)] for kind in KINDS},
    }


def in_short(found: Comparison) -> str:
    """The counts in words: "2 regressions, 1 fix; 3 new". Requirements are counted, not their cases."""
    said = []
    for kind, (one, many) in COUNTED.items():
        number = len({change.id for change in getattr(found, kind)})
        said += [f"{number} {one if number == 1 else many}"] if number else []
    return ", ".join(said) or "nothing changed"
