"""`eiospec baseline --update FILE`: a run, or a stored report, whose findings a baseline file is brought up to date with.

The run is judged without the file, so that every finding is seen as it is. A run that was cut short, lost its
target or could not judge everything changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from eiospec.plugin.catalogue import entries
from eiospec.plugin.ending import CONFORMS, DOCUMENTS, DOES_NOT, USAGE
from eiospec.plugin.probing import Command
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError, write_text
from eiospec.reports.model import Document, read_json
from eiospec.requirements import Level, Requirement, Source
from eiospec.target.baseline import BadBaseline, Entry, today
from eiospec.target.updating import Update, new_baseline, updated
from eiospec.verdicts import Judgement, Verdict

# Exit codes of runs that judged all they were asked to; the last may be due to the file itself.
JUDGED = (CONFORMS, DOES_NOT, USAGE)


class Mistake(Exception):
    """What stands against an update, in one sentence, and the exit code that says of what kind it is."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code


class Gathering:
    """A plugin of pytest that has the documents of a run gathered here."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Ask for them."""
        config.stash[DOCUMENTS] = self.documents


def main(arguments: list[str]) -> int:
    """Update a baseline; 0 when it is up to date, else what kept it from being so, with the exit codes of a run."""
    command = Command(
        "eiospec baseline",
        usage="eiospec baseline --update FILE (--from REPORT | options of a run)\n",
        description="Bring a file of known deviations up to date: entries that hold stay as they are, stale ones go, "
        "new findings are added. FILE is made when it is missing. Every option of a run is understood (eiospec "
        "--help): --target, --serve, --profile, --level, …",
        allow_abbrev=False,
    )
    command.add_argument("--update", type=Path, metavar="FILE", required=True, help="the baseline")
    command.add_argument(
        "--from", dest="report", type=Path, metavar="REPORT", help="a stored report.json instead of a run"
    )
    given, options = command.parse_known_args(arguments)
    try:
        made = _stored(given.report, options, command) if given.report else _run(options, command)
        if made["exit"]["code"] not in JUDGED:
            raise Mistake(f"{given.update} is as it was: {made['exit']['meaning']}", made["exit"]["code"])
        print("\n".join(["", *told(given.update, update(given.update, made))]))
    except Mistake as mistake:
        print(f"eiospec baseline: {visible(str(mistake))}", file=sys.stderr)
        return mistake.code
    return CONFORMS


def _stored(report: Path, options: Sequence[str], command: Command) -> Document:
    if options:
        command.error(f"--from takes a stored report: leave out {' '.join(options)}")
    try:
        return read_json(report)
    except ReportError as error:
        raise Mistake(str(error)) from None


def _run(options: Sequence[str], command: Command) -> Document:
    if any(option.partition("=")[0] == "--baseline" for option in options):
        command.error("--update reads its FILE itself: leave out --baseline")
    from eiospec.plugin.console import judge

    gathering = Gathering()
    # What this command imported before pytest began is no test.
    code = judge(["-W", "ignore::pytest.PytestAssertRewriteWarning", *options], [gathering])
    if len(gathering.documents) != 1:
        raise Mistake("nothing is updated: a baseline is of one run of one target", code or USAGE)
    return gathering.documents[0]


def update(file: Path, made: Document) -> Update:
    """Hold the file against a document and write what changed; raises Mistake."""
    try:
        # Not read_text: it would turn every line end into one of its own.
        text = file.read_bytes().decode("utf-8") if file.exists() else ""
        found = updated(
            text or new_baseline(made["target"], date.fromisoformat(made["started"][:10])),
            judgements_of(made),
            today(),
            whole=_judged_whole(made),
        )
        if found.text != text:
            # A link to the file stays one.
            write_text(file.resolve(), found.text)
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{file} cannot be read: {error}") from None
    except BadBaseline as error:
        raise Mistake(f"{file}: {error}") from None
    except ReportError as error:
        raise Mistake(str(error)) from None
    return found


def judgements_of(made: Document) -> list[Judgement]:
    """What a document says of each case, as if no baseline had been there."""
    return [
        Judgement(
            Requirement(entry["id"], Level(entry["level"]), entry["sentence"], Source("", "")),
            judged["node"],
            judged["case"],
            _taken_back(judged),
            observed=judged["observed"],
            reason=judged["reason"],
        )
        for entry in made["requirements"]
        for judged in entry["judgements"]
    ]


def _taken_back(judged: Document) -> Verdict:
    """The verdict without a baseline: what is stale observes something if it is a finding still."""
    verdict = Verdict(judged["verdict"])
    if verdict is Verdict.STALE:
        return Verdict.FAIL if judged["observed"] else Verdict.PASS
    return Verdict.FAIL if verdict is Verdict.KNOWN else verdict


def _judged_whole(made: Document) -> Callable[[str], bool]:
    """Whether a document speaks of every case of a requirement; of one that nobody knows it says all there is."""
    judged = {entry["id"] for entry in made["requirements"]}
    unjudged = {entry.requirement.id for entry in entries()} - judged
    return lambda id: bool(made.get("complete")) and id not in unjudged


def told(file: Path, found: Update) -> list[str]:
    """What became of the file, a line an entry."""
    if not (found.added or found.removed):
        lines = [f"{file} is up to date: {len(found.kept)} known"]
    else:
        lines = [
            f"{file}: {len(found.added)} added, {len(found.removed)} removed, {len(found.kept)} as they were"
        ]
    lines += [f"  + {_shown(entry)}" for entry in found.added]
    lines += [f"  - {_shown(entry)}" for entry in found.removed]
    lines += [
        f"  ! {_shown(entry)}: expired after {entry.expires} and excuses nothing until it has another day"
        for entry in found.expired
    ]
    return [visible(line) for line in lines]


def _shown(entry: Entry) -> str:
    return "  ".join(filter(None, (entry.id, entry.case, entry.observed)))
