"""`eiospec baseline --update FILE`: update a baseline with the findings of a run or of a stored report.

The run is judged without the file, so that every finding is observed as it is. A run that was interrupted, lost its
target or could not judge everything changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from eiospec.cli.run import judge
from eiospec.plugin.catalogue import entries
from eiospec.plugin.exit_codes import CONFORMS, DOES_NOT, USAGE
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError, write_text
from eiospec.reports.model import Document, read_json
from eiospec.requirements import Level, Requirement, Source
from eiospec.target.baseline import BadBaseline, Entry, today
from eiospec.target.updating import Update, new_baseline, updated
from eiospec.verdicts import Judgement, Verdict

# Exit codes of runs that judged everything; a usage error may be due to the file itself.
JUDGED = (CONFORMS, DOES_NOT, USAGE)


class CannotUpdate(Exception):
    """Why the baseline was not updated, in one sentence, and the exit code."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code


class Documents:
    """A pytest plugin that collects the documents of runs."""

    def __init__(self) -> None:
        self.all: list[Document] = []

    def pytest_eiospec_document(self, document: Document) -> None:
        """Collect one."""
        self.all.append(document)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.usage = "eiospec baseline --update FILE (--from REPORT | options of a run)\n"
    parser.description = (
        "Update a file of known deviations: add new findings and remove entries that no longer match. FILE is "
        "created if it is missing. Every option of a run is allowed (eiospec --help): --target, --serve, --profile, "
        "--level, …"
    )
    parser.add_argument("--update", type=Path, metavar="FILE", required=True, help="the baseline")
    parser.add_argument(
        "--from", dest="report", type=Path, metavar="REPORT", help="use a stored report.json instead of a run"
    )


def run(given: argparse.Namespace, more: list[str]) -> int:
    """Update the baseline; return 0 when it is up to date, else the exit code of the run or 4."""
    try:
        made = _stored(given, more) if given.report else _judged(given, more)
        if made["exit"]["code"] not in JUDGED:
            raise CannotUpdate(f"{given.update} unchanged: {made['exit']['meaning']}", made["exit"]["code"])
        print("\n".join(["", *described(given.update, update(given.update, made))]))
    except CannotUpdate as reason:
        print(f"eiospec baseline: {visible(str(reason))}", file=sys.stderr)
        return reason.code
    return CONFORMS


def _stored(given: argparse.Namespace, options: Sequence[str]) -> Document:
    if options:
        given.parser.error(f"--from takes a stored report: leave out {' '.join(options)}")
    try:
        return read_json(given.report)
    except ReportError as error:
        raise CannotUpdate(str(error)) from None


def _judged(given: argparse.Namespace, options: Sequence[str]) -> Document:
    if any(option.partition("=")[0] == "--baseline" for option in options):
        given.parser.error("--update reads its FILE itself: leave out --baseline")
    documents = Documents()
    code = judge(options, [documents])
    if len(documents.all) != 1:
        raise CannotUpdate("not updated: a baseline needs exactly one run against one target", code or USAGE)
    return documents.all[0]


def update(file: Path, made: Document) -> Update:
    """Update the file from a document; raise CannotUpdate."""
    try:
        # Not read_text, which would convert line ends.
        text = file.read_bytes().decode("utf-8") if file.exists() else ""
        found = updated(
            text or new_baseline(made["target"], date.fromisoformat(made["started"][:10])),
            judgements_of(made),
            today(),
            whole=_judged_whole(made),
        )
        if found.text != text:
            # Keep a symbolic link to the file.
            write_text(file.resolve(), found.text)
    except (OSError, UnicodeDecodeError) as error:
        raise CannotUpdate(f"{file} cannot be read: {error}") from None
    except BadBaseline as error:
        raise CannotUpdate(f"{file}: {error}") from None
    except ReportError as error:
        raise CannotUpdate(str(error)) from None
    return found


def judgements_of(made: Document) -> list[Judgement]:
    """Return the judgements of a document as they would be without a baseline."""
    return [
        Judgement(
            Requirement(entry["id"], Level(entry["level"]), entry["sentence"], Source("", "")),
            judged["node"],
            judged["case"],
            _without_baseline(judged),
            observed=judged["observed"],
            reason=judged["reason"],
        )
        for entry in made["requirements"]
        for judged in entry["judgements"]
    ]


def _without_baseline(judged: Document) -> Verdict:
    """Return the verdict without a baseline. A stale entry that observes something is still a finding."""
    verdict = Verdict(judged["verdict"])
    if verdict is Verdict.STALE:
        return Verdict.FAIL if judged["observed"] else Verdict.PASS
    return Verdict.FAIL if verdict is Verdict.KNOWN else verdict


def _judged_whole(made: Document) -> Callable[[str], bool]:
    """Return a function: whether the document judged every case of a requirement. True for unknown ids."""
    judged = {entry["id"] for entry in made["requirements"]}
    unjudged = {entry.requirement.id for entry in entries()} - judged
    return lambda id: bool(made.get("complete")) and id not in unjudged


def described(file: Path, found: Update) -> list[str]:
    """Return what changed, a line per entry."""
    if not (found.added or found.removed):
        number = len(found.kept)
        lines = [f"{file} is up to date: {number} known deviation{'' if number == 1 else 's'}"]
    else:
        lines = [
            f"{file}: {len(found.added)} added, {len(found.removed)} removed, {len(found.kept)} unchanged"
        ]
    lines += [f"  + {_shown(entry)}" for entry in found.added]
    lines += [f"  - {_shown(entry)}" for entry in found.removed]
    lines += [
        f"  ! {_shown(entry)}: expired after {entry.expires}: fix the deviation or extend `expires`"
        for entry in found.expired
    ]
    return [visible(line) for line in lines]


def _shown(entry: Entry) -> str:
    return "  ".join(filter(None, (entry.id, entry.case, entry.observed)))
