"""`eiospec prove`: run the suites against every fault of the catalogue, and against none.

Each run is a process of its own, so that a fault that kills its server kills nothing else; a few run at a
time. What is held against the catalogue: a fault breaks what it names, and nothing it does not name; its
octets differ from the control's; every requirement that can fail has a fault; the control run is clean.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eiospec.fixtures.servers.faults import Fault, catalogue
from eiospec.fixtures.servers.reference import BackgroundServer

CAUGHT = frozenset({"fail", "warn"})
QUIET = frozenset({"pass", "info", "not applicable", "blocked"})
# Seconds after which a run against a fault is ended: a fault that hangs costs a few waits, never minutes.
RUN_TIMEOUT = 180


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suites said of one fault. `problems` is empty when the fault is proven."""

    fault: Fault
    verdicts: dict[str, str]
    problems: tuple[str, ...]

    @property
    def caught(self) -> tuple[str, ...]:
        """The ids that failed or warned."""
        return tuple(id for id, verdict in self.verdicts.items() if verdict in CAUGHT)


def judge(target: str, folder: Path, arguments: Iterable[str]) -> dict[str, Any] | None:
    """Run the suites against a URL; the report, or None when there is none."""
    command = [sys.executable, "-m", "eiospec", "--target", target, "--report", str(folder), "-q", "-p", "no:cacheprovider"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    subprocess.run(
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=RUN_TIMEOUT,
        check=False,
        cwd=folder,
        env=environment,
    )
    report = folder / "report.json"
    if not report.exists():
        return None
    made: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return made


def verdicts_of(report: dict[str, Any]) -> dict[str, str]:
    """The verdict of each requirement, by id."""
    return {entry["id"]: entry["verdict"] for entry in report["requirements"]}


def problems_of(fault: Fault, report: dict[str, Any] | None) -> tuple[str, ...]:
    """What is wrong with a fault's run, in sentences."""
    if report is None:
        return ("the run left no report",)
    verdicts = verdicts_of(report)
    found = [
        f"{id} must break and says {verdicts.get(id, 'nothing')}"
        for id in fault.breaks
        if verdicts.get(id) not in CAUGHT
    ]
    expected = {*fault.breaks, *fault.besides}
    found += [
        f"{id} says {verdict}, which is not declared"
        for id, verdict in verdicts.items()
        if id not in expected and verdict not in QUIET
    ]
    return tuple(found)


def prove_one(fault: Fault) -> Outcome:
    """Run the suites against one fault."""
    with (
        tempfile.TemporaryDirectory(prefix="eiospec-proof-") as folder,
        BackgroundServer(fault.options, engine=fault.engine) as server,
    ):
        report = judge(server.url, Path(folder), fault.arguments)
    return Outcome(fault, verdicts_of(report) if report else {}, problems_of(fault, report))


def prove(faults: Iterable[Fault], at_once: int) -> Iterator[Outcome]:
    """The outcomes, as they come."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(prove_one, faults)


def selected(words: Iterable[str]) -> list[Fault]:
    """The faults whose slug contains one of the words, or that break one of the ids; all without words."""
    wanted = tuple(words)
    everything = list(catalogue().values())
    if not wanted:
        return everything
    return [
        fault
        for fault in everything
        if any(word.lower() in fault.slug or word.upper() in fault.breaks for word in wanted)
    ]


def main(words: list[str]) -> int:
    """Prove the selected faults and say what is wrong; 0 when every one is proven."""
    wrong = 0
    faults = selected(words)
    for outcome in prove(faults, os.cpu_count() or 1):
        wrong += bool(outcome.problems)
        print(f"{'MISSED' if outcome.problems else 'caught'}  {outcome.fault.name}: {' '.join(outcome.caught)}", flush=True)
        for problem in outcome.problems:
            print(f"        {problem}")
    print(f"{len(faults) - wrong} of {len(faults)} faults proven")
    return 1 if wrong or not faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
