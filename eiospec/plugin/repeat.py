"""`--repeat N`: run the same command N times and report every verdict that changed.

A verdict that changes hints at a race in the target or in the suite. Each run is a subprocess and starts its own
target. The reports stay in the subfolders run-1, run-2, … as evidence.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from eiospec.plugin import catalogue
from eiospec.plugin.exit_codes import CONFORMS, DOES_NOT, INTERRUPTED, LOST, USAGE
from eiospec.plugin.options import read_options, writable
from eiospec.plugin.subprocesses import command, run
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.reports.model import read_json

Case = tuple[str, str]
NOT_JUDGED = "not judged"
TARGET_LOST = "target lost"


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run that has ended. `verdicts` are by requirement id and case; `headline` is that of its report."""

    exit_code: int
    headline: str
    verdicts: Mapping[Case, str]


def repeat(config: pytest.Config, times: int) -> int:
    """Run the command that many times; return 1 when a verdict changed, else the highest exit code of the runs."""
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
        print(f"\nReports: {visible(str(options.report))}/run-1 to run-{times}")
    return DOES_NOT if different else max((found.exit_code for found in made), default=CONFORMS)


def once(arguments: Sequence[str], report: Path, where: Path) -> Repetition:
    """Run once and read the report."""
    document = report / "report.json"
    document.unlink(missing_ok=True)
    exit_code = run(command(arguments, "--report", str(report), "--repeat", "1"), where)
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
    """Return the cases whose verdict differs between runs, with all verdicts. A lost target counts as no difference."""
    cases = dict.fromkeys(case for found in made for case in found.verdicts)
    verdicts = {case: [_verdict(found, case) for found in made] for case in cases}
    return {case: found for case, found in sorted(verdicts.items()) if len({*found} - {TARGET_LOST}) > 1}


def _verdict(found: Repetition, case: Case) -> str:
    return TARGET_LOST if found.exit_code == LOST else found.verdicts.get(case, NOT_JUDGED)


def table(different: Mapping[Case, Sequence[str]], times: int) -> list[str]:
    """Return the changes as lines of text: a row per case and a column per run."""
    if not different:
        return [f"No verdict changed in {times} runs."]
    plural = "verdict" if len(different) == 1 else "verdicts"
    runs = [f"run {number}" for number in range(1, times + 1)]
    rows = [("", "", *runs), *((id, visible(case), *verdicts) for (id, case), verdicts in different.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [
        f"{len(different)} {plural} changed in {times} runs:",
        "",
        *(f"  {line}".rstrip() for line in lines),
    ]
