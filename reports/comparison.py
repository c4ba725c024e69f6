"""Compare two runs: regressions, fixes, new and gone cases.

Each case of a requirement is compared with the same case of the other run. Verdicts rank, from best to worst:
pass (or info) · known · warn · fail (or blocked, or stale with a finding).

* *regression*: judged in both runs, worse now. A case that is new in the baseline is *excused* instead; a case that
  is no longer in the baseline is a regression.
* *fix*: judged in both runs, better now.
* *new*: judged now, not before: the check is new, its meaning changed, or the target lacked what it needs.
* *gone*: judged before, not now.

When the level of a requirement changed, both runs are compared at the lower level: a change of the suite is not a
regression of the target. Both documents are as `model` makes them; this module does no I/O.
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
# Exit codes of runs that did not judge enough to be compared.
INCOMPARABLE = (2, 5, 6)
CONFORMS, DOES_NOT = 0, 1
# Singular and plural.
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
    """A case of a requirement with its old and new verdict; None where a run has no such case."""

    id: str
    level: str
    sentence: str
    case: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes by kind, in the order of the documents."""

    regressions: tuple[Change, ...]
    fixes: tuple[Change, ...]
    excused: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]

    def fails(self, *, should: bool) -> bool:
        """True when a case regressed to a verdict that fails the run; with `should`, a warning does too."""
        failing = {*FAILS_THE_RUN, Verdict.WARN} if should else FAILS_THE_RUN
        return any(change.now in failing for change in self.regressions)


# A case of one document: its requirement and its judgement.
_Case = tuple[Document, Document]


def comparable(old: Document) -> Document:
    """Return the document; raise `ReportError` when its run did not judge enough to be compared."""
    if old["exit"]["code"] in INCOMPARABLE:
        raise ReportError(
            f"cannot compare with the run of {old['started']}: {old['exit']['meaning']}. "
            "Use the report of a completed run"
        )
    return old


def compare(old: Document, new: Document) -> Comparison:
    """Compare two documents."""
    now, versions = _cases(new), {entry["id"]: entry["version"] for entry in new["requirements"]}
    # After a change of version the old verdict was about another requirement.
    before = {
        key: (entry, judged)
        for key, (entry, judged) in _cases(old).items()
        if versions.get(entry["id"], entry["version"]) == entry["version"]
    }
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for key, case in now.items():
        kind = _kind(before.get(key), case)
        if kind:
            found[kind].append(_change(case, before.get(key), case))
    selected = _selected(new)
    for key, case in before.items():
        left = key not in now or now[key][1]["verdict"] == Verdict.NOT_APPLICABLE
        if _rank(case[1]) is not None and left and selected(key[0]):
            found["gone"].append(_change(case, case, now.get(key)))
    return Comparison(**{kind: tuple(changes) for kind, changes in found.items()})


def _cases(made: Document) -> dict[tuple[str, str], _Case]:
    """Return the cases of a document; of two with the same name, the graver one."""
    found: dict[tuple[str, str], _Case] = {}
    for entry in made["requirements"]:
        for judged in entry["judgements"]:
            _, other = found.get((entry["id"], judged["case"]), (None, None))
            if other is None or (_rank(other) or 0) < (_rank(judged) or 0):
                found[entry["id"], judged["case"]] = entry, judged
    return found


def _rank(judged: Document) -> int | None:
    """Rank a judgement, None if nothing was judged. A stale one is still a finding if it observed something."""
    if judged["verdict"] == Verdict.STALE and not judged["observed"]:
        return HOLDS
    return RANKS.get(judged["verdict"])


def _kind(before: _Case | None, case: _Case) -> str:
    """Return the kind of change of a case; empty when nothing changed or it was not judged."""
    now, then = _rank(case[1]), before and _rank(before[1])
    if now is None:
        return ""
    if before is None or then is None:
        return "new"
    if before[0]["level"] != case[0]["level"]:
        then, now = (WARNS if rank == FAILS else rank for rank in (then, now))
    if then == now:
        return ""
    if now == KNOWN:
        return "excused"
    return "regressions" if now > then else "fixes"


def _change(case: _Case, was: _Case | None, now: _Case | None) -> Change:
    entry, judged = case
    verdicts = (None if one is None else one[1]["verdict"] for one in (was, now))
    return Change(entry["id"], entry["level"], entry["sentence"], judged["case"], *verdicts)


def _selected(made: Document) -> Callable[[str], bool]:
    """Return whether a run selected a requirement: one left out by --case is not gone."""
    globs = made["options"].get("--case", "").upper().split()
    return lambda id: not globs or any(fnmatchcase(id, glob) for glob in globs)


def compared(made: Document, old: Document, *, should: bool = False, stale: bool = False) -> Document:
    """Return an unsealed document with its comparison and the exit code that follows from it.

    Only a run that judged its target is compared. It fails on regressions, or when its baseline does not match:
    a case is stale, or an entry for several cases is (`stale`).
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
    """Return the counts of requirements in words: "2 regressions, 1 fix, 3 new"."""
    parts = []
    for kind, (one, many) in COUNTED.items():
        number = len({change.id for change in getattr(found, kind)})
        parts += [f"{number} {one if number == 1 else many}"] if number else []
    return ", ".join(parts) or "nothing changed"
