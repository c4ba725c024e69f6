"""`eiospec prove`: run the suites against every fault of the catalogue, and against none.

Each run is a process of its own (see `child`); a few run at a time, one more than there are cores, because some
runs wait for what never comes. What is held against the catalogue:

* a fault breaks what it names, and nothing it does not name;
* its octets differ from the control run's;
* every requirement that can fail has a fault;
* the control run, against the server without a fault, is clean.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from eiospec.fixtures.faults import Fault, catalogue, slug_of
from eiospec.plugin.catalogue import entries
from eiospec.proof.child import OF_THE_CROWD, Way, profile_for, run, way_of
from eiospec.proof.table import Table, as_json, as_markdown
from eiospec.proof.wire import differs
from eiospec.requirements import INFO, MAY

CAUGHT = frozenset({"fail", "warn"})
QUIET = frozenset({"pass", "info", "not applicable", "blocked"})
CLEAN = frozenset({"pass", "info", "not applicable"})
# Seconds after which a run against a fault is ended: a fault that hangs costs a few waits, never minutes.
RUN_TIMEOUT = 180
# The exit status of a user's mistake.
USAGE = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suites said of one fault. `problems` is empty when the fault is proven."""

    fault: Fault
    verdicts: dict[str, str]
    problems: tuple[str, ...]
    seconds: float

    @property
    def caught(self) -> tuple[str, ...]:
        """The ids that failed or warned."""
        return tuple(id for id, verdict in self.verdicts.items() if verdict in CAUGHT)


def verdicts_of(report: dict[str, Any]) -> dict[str, str]:
    """The verdict of each requirement, by id."""
    return {entry["id"]: entry["verdict"] for entry in report["requirements"]}


def problems_of(
    fault: Fault, report: dict[str, Any] | None, control: dict[str, Any] | None
) -> tuple[str, ...]:
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
    if control is not None and not differs(report, control):
        found.append("nothing on the wire differs from the control run")
    return tuple(found)


class Proof:
    """The control runs, one for each way the suites are called, and the faults held against them."""

    def __init__(self) -> None:
        self._controls: dict[tuple[object, ...], dict[str, Any] | None] = {}
        self._lock = threading.Lock()

    def control(self, fault: Fault) -> dict[str, Any] | None:
        """The run against the conforming server with the options and arguments of a fault."""
        key = (
            repr(fault.options),
            fault.arguments,
            fault.tls,
            fault.sound_policy,
            bool(OF_THE_CROWD & {*fault.breaks, *fault.besides}),
            fault.declares,
            profile_for(fault.breaks) if fault.contract else "",
        )
        with self._lock:
            if key not in self._controls:
                self._controls[key] = run(
                    "", fault.arguments, contract=fault.contract, within=RUN_TIMEOUT, like=fault.slug
                )
            return self._controls[key]

    def one(self, fault: Fault) -> Outcome:
        """Run the suites against one fault."""
        begun = time.monotonic()
        report = run(fault.slug, fault.arguments, contract=fault.contract, within=RUN_TIMEOUT)
        problems = problems_of(fault, report, self.control(fault))
        return Outcome(fault, verdicts_of(report) if report else {}, problems, time.monotonic() - begun)

    def all(self, faults: Iterable[Fault], at_once: int) -> Iterator[Outcome]:
        """The outcomes, as they come: what is called in the same way is held one after the other."""
        alike: dict[Way, list[Fault]] = {}
        for fault in faults:
            alike.setdefault(way_of(fault, fault.arguments, fault.contract), []).append(fault)
        with ThreadPoolExecutor(at_once) as pool:
            yield from pool.map(self.one, chain.from_iterable(alike.values()))


def clean_control() -> list[str]:
    """What the suites find wrong with the conforming server, everything declared: nothing, if all is well."""
    report = run("", ("--with", "hygiene"), contract=True, within=RUN_TIMEOUT)
    if report is None:
        return ["the control run left no report"]
    return [
        f"the control run says {verdict} of {id}"
        for id, verdict in verdicts_of(report).items()
        if verdict not in CLEAN
    ]


def unproven(faults: Iterable[Fault]) -> list[str]:
    """Requirements that can fail and that no fault breaks."""
    broken = {id for fault in faults for id in fault.breaks}
    return [
        entry.requirement.id
        for entry in entries()
        if entry.requirement.level not in (INFO, MAY) and entry.requirement.id not in broken
    ]


def selected(words: Iterable[str]) -> list[Fault]:
    """The faults whose slug contains one of the words, or that break one of the ids; all without words."""
    wanted = tuple(words)
    return [
        fault
        for fault in catalogue().values()
        if not wanted or any(slug_of(word) in fault.slug or word.upper() in fault.breaks for word in wanted)
    ]


def nearest(words: Iterable[str]) -> str:
    """Names of faults that resemble these words."""
    names = {fault.slug: fault.name for fault in catalogue().values()}
    close = difflib.get_close_matches(slug_of(" ".join(words)), names, n=3, cutoff=0.1)
    return "; ".join(f"“{names[slug]}”" for slug in close)


def main(arguments: list[str]) -> int:
    """Prove the selected faults and say what is wrong; 0 when every one is proven."""
    command = argparse.ArgumentParser("eiospec prove", description=__doc__.splitlines()[0])
    command.add_argument(
        "words", nargs="*", help="only faults with this in their name, or that break this id"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    command.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as markdown")
    command.add_argument("-q", "--quiet", action="store_true", help="say what is wrong, and how far it is")
    command.add_argument("--at-once", type=int, default=1 + (os.cpu_count() or 1), metavar="N")
    given = command.parse_args(arguments)
    faults = selected(given.words)
    if not faults:
        print(
            f"eiospec prove: no fault has {' or '.join(given.words)} in its name; nearest: {nearest(given.words)}",
            file=sys.stderr,
        )
        return USAGE
    begun, outcomes = time.monotonic(), []
    for outcome in Proof().all(faults, given.at_once):
        outcomes.append(outcome)
        if outcome.problems or not given.quiet:
            word = "MISSED" if outcome.problems else "caught"
            print(f"{word}  {outcome.fault.name}: {' '.join(outcome.caught)}", flush=True)
        elif len(outcomes) % 100 == 0:
            print(f"{len(outcomes)} of {len(faults)} faults in {time.monotonic() - begun:.0f} s", flush=True)
        for problem in outcome.problems:
            print(f"        {problem}")
    wrong = [outcome for outcome in outcomes if outcome.problems]
    alarms = [] if given.words else clean_control()
    without = [] if given.words else unproven(faults)
    table = Table.of(outcomes, [entry.requirement for entry in entries()], without, alarms)
    for path, text in ((given.json, as_json(table)), (given.markdown, as_markdown(table))):
        if path is not None:
            path.write_text(text, "utf-8")
    for sentence in (*alarms, *(f"{id} has no fault" for id in without)):
        print(sentence)
    print(f"{len(faults) - len(wrong)} of {len(faults)} faults proven in {time.monotonic() - begun:.0f} s")
    return 1 if wrong or alarms or without else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
