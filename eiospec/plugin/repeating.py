"""`--repeat N`: the same command N times, and every requirement whose verdict changed.

A verdict that comes and goes says something of a race, of the target or of ours, that no single run can. Each
run is a process of its own and starts its own target, if that is ours to start. The reports stay in the folders
run-1, run-2, … of the report, as the evidence for what changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from eiospec.plugin import catalogue
from eiospec.plugin.again import command, ended
from eiospec.plugin.ending import CONFORMS, DOES_NOT, INTERRUPTED, LOST, USAGE
from eiospec.plugin.options import read_options, writable
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json

Case = tuple[str, str]
NOT_JUDGED = "not judged"
TARGET_LOST = "target lost"


@dataclass(frozen=True, slots=True)
class Repetition:
    """How one run ended. `verdicts` are by requirement id and case; `headline` is its report's."""

    exit_code: int
    headline: str
    verdicts: Mapping[Case, str]


def repeat(config: pytest.Config, times: int) -> int:
    """Run the command that many times; 1 when a verdict changed, else the gravest exit code of the runs."""
    options = read_options(config)
    catalogue.matching(options.cases)
    arguments = [str(argument) for argument in config.invocation_params.args]
    made: list[Repetition] = []
    with ExitStack() as stack:
        folder = options.report
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eiospec-repeat-")))
        for number in range(1, times + 1):
            place = writable(folder / f"run-{number}").absolute()
            found = once(arguments, place, config.invocation_params.dir)
            print(f"run {number} of {times}: exit {found.exit_code}: {visible(found.headline)}", flush=True)
            if found.exit_code in (INTERRUPTED, USAGE):
                return found.exit_code
            made.append(found)
    different = changed(made)
    print("\n".join(["", *table(different, times)]))
    if different and options.report is not None:
        print(f"\nWhat each run saw: {visible(str(options.report))}/run-1 to run-{times}")
    return DOES_NOT if different else max((found.exit_code for found in made), default=CONFORMS)


def once(arguments: Sequence[str], report: Path, where: Path) -> Repetition:
    """One run, and what it left."""
    document = report / "report.json"
    document.unlink(missing_ok=True)
    exit_code = ended(command(arguments, "--report", str(report), "--repeat", "1"), where)
    try:
        made = read_json(document)
    except ReportError:
        return Repetition(exit_code, "it left no report", {})
    verdicts = {
        (entry["id"], judgement["case"]): judgement["verdict"]
        for entry in made["requirements"]
        for judgement in entry["judgements"]
    }
    return Repetition(exit_code, made["headline"], verdicts)


def changed(made: Sequence[Repetition]) -> dict[Case, list[str]]:
    """The cases the runs disagree about, with what each run said; one that lost its target contradicts nobody."""
    cases = dict.fromkeys(case for found in made for case in found.verdicts)
    said = {case: [_said(found, case) for found in made] for case in cases}
    return {case: words for case, words in sorted(said.items()) if len({*words} - {TARGET_LOST}) > 1}


def _said(found: Repetition, case: Case) -> str:
    return TARGET_LOST if found.exit_code == LOST else found.verdicts.get(case, NOT_JUDGED)


def table(different: Mapping[Case, Sequence[str]], times: int) -> list[str]:
    """What changed, a line a case and a column a run."""
    if not different:
        return [f"No verdict changed in {times} runs."]
    plural = "verdict" if len(different) == 1 else "verdicts"
    runs = [f"run {number}" for number in range(1, times + 1)]
    rows = [("", "", *runs), *((id, visible(case), *said) for (id, case), said in different.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [
        f"{len(different)} {plural} changed in {times} runs:",
        "",
        *(f"  {line}".rstrip() for line in lines),
    ]
