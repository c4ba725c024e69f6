"""Run the suites against every fault of the catalogue, and against the server without one.

The proof fails on

* a fault that the requirements it names do not catch;
* a finding that the fault does not declare;
* a fault that does not show on the wire: its octets and waits are those of the control run;
* a requirement that can fail and has no fault;
* any finding of a control run, which is the server with the fault's options and without the fault.

That is the *wide* proof: every check is judged for every fault. The *narrow* proof only looks whether the requirements that
a fault names catch it. It takes a fraction of the time, and is the default when faults are selected.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from eiospec.fixtures.balancer import RoundRobin
from eiospec.fixtures.faults import Fault, catalogue, slug_of
from eiospec.plugin.catalogue import entries
from eiospec.proof.harness import Collected, Seen, collect, observe, server_for
from eiospec.proof.table import Table, as_json, as_markdown
from eiospec.proof.ways import Way, way_of
from eiospec.requirements import ID, INFO, MAY, Level

CAUGHT = frozenset({"fail", "warn"})
QUIET = frozenset({"pass", "info", "not applicable", "blocked"})
CLEAN = frozenset({"pass", "info", "not applicable"})
# Seconds of CPU time one run may take. Waits take none, so only a server that never stops computing takes as long.
RUN_TIMEOUT = 60.0
# Seconds for the cleanup after a run that took too long.
CLEANUP = 5.0
# Fewer faults are proven in one process.
WORTH_A_WORKER = 3
# Exit codes of a usage error and of Ctrl-C.
USAGE, INTERRUPTED = 4, 130
# The options of the run in which the conforming server is judged on everything.
EVERYTHING = way_of(None, ("--with", "hygiene"), contract=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fault, the verdicts of the run against it, and what is wrong with it; proven without `problems`.

    `alarms` are the findings of its control run.
    """

    fault: Fault
    verdicts: Mapping[str, str]
    problems: tuple[str, ...]
    seconds: float
    alarms: tuple[str, ...] = ()

    @property
    def caught(self) -> tuple[str, ...]:
        """The ids that failed or warned."""
        return tuple(id for id, verdict in self.verdicts.items() if verdict in CAUGHT)


def problems_of(fault: Fault, seen: Seen, control: Seen | None) -> tuple[str, ...]:
    """Return what is wrong with a fault's run, in sentences."""
    if seen.loss:
        return (f"nothing was judged: {seen.loss}",)
    found = [
        f"{id} must fail or warn, its verdict is {seen.verdicts.get(id, 'missing')}"
        for id in fault.breaks
        if seen.verdicts.get(id) not in CAUGHT
    ]
    expected = {*fault.breaks, *fault.also_breaks}
    found += [
        f"{id} has the verdict {verdict}, which the fault does not declare"
        for id, verdict in seen.verdicts.items()
        if id not in expected and verdict not in QUIET
    ]
    if control is not None and not seen.compared.differs_from(control.compared):
        found.append("nothing on the wire differs from the control run")
    return tuple(found)


def alarms_of(control: Seen, server: str) -> tuple[str, ...]:
    """Return the findings of a control run, in sentences."""
    if control.loss:
        return (f"nothing was judged on {server}: {control.loss}",)
    return tuple(
        f"{id} has the verdict {verdict} on {server}"
        for id, verdict in control.verdicts.items()
        if verdict not in CLEAN
    )


def must_be_clean(fault: Fault) -> bool:
    """Return False when the mistake is the choice of a balancer that keeps no sessions: no control run is clean then."""
    return fault.policy is None or fault.sound_policy not in (None, RoundRobin)


class TimeLimit(KeyboardInterrupt):
    """A run took too long. asyncio catches other exceptions in a task, and would go on."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimit after so many seconds of CPU time, in whatever is running then; main thread only."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGPROF, stop)
    # Repeated, so that the cleanup after the run is limited, too.
    signal.setitimer(signal.ITIMER_PROF, seconds, CLEANUP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


ControlKey = tuple[Way, str, object, bool]


@dataclass
class Proof:
    """Collections and control runs, each made once and used by all faults that share it."""

    narrow: bool = False
    _collected: dict[Way, Collected] = field(default_factory=dict)
    _controls: dict[ControlKey, tuple[Seen, tuple[str, ...]]] = field(default_factory=dict)

    def collected(self, way: Way) -> Collected:
        """Return the checks of a way."""
        if way not in self._collected:
            self._collected[way] = collect(way)
        return self._collected[way]

    def control(self, fault: Fault) -> tuple[Seen, tuple[str, ...]]:
        """Return the run against the server without the fault, called in the same way, and the findings of that run.

        The findings name the fault that needed the run first, so that each is shown once.
        """
        key = control_key(fault)
        if key not in self._controls:
            server = server_for(fault, faulty=False, contract=fault.contract)
            seen = observe(self.collected(key[0]), server)
            alarms = alarms_of(seen, f"the server without “{fault.name}”") if must_be_clean(fault) else ()
            self._controls[key] = seen, alarms
        return self._controls[key]

    def one(self, fault: Fault) -> Outcome:
        """Prove one fault. What goes wrong with the run itself is a problem of the fault."""
        begun = time.monotonic()
        seen = Seen({}, ())
        problems: tuple[str, ...] = ()
        alarms: tuple[str, ...] = ()
        try:
            control = None
            if not self.narrow:
                with time_limit(2 * RUN_TIMEOUT):
                    control, alarms = self.control(fault)
            with time_limit(RUN_TIMEOUT):
                ids = fault.breaks if self.narrow else None
                server = server_for(fault, faulty=True, contract=fault.contract)
                seen = observe(self.collected(way(fault)), server, ids)
            problems = problems_of(fault, seen, control)
        except TimeLimit:
            problems = (f"the run was not finished after {RUN_TIMEOUT:.0f} s of CPU time",)
        except Exception as error:  # report a fault that cannot be run, and continue with the others
            where = traceback.extract_tb(error.__traceback__)[-1]
            problems = (f"the run failed in {where.name}, line {where.lineno}: {error!r}",)
        return Outcome(fault, seen.verdicts, problems, time.monotonic() - begun, alarms)

    def all(self, faults: Iterable[Fault], workers: int) -> Iterator[Outcome]:
        """Yield an outcome for each fault; those that share a collection or a control run follow each other."""
        ordered = sorted(faults, key=lambda fault: repr(control_key(fault)))
        if workers < 2 or len(ordered) < WORTH_A_WORKER:
            yield from map(self.one, ordered)
            return
        for fault in ordered:
            self.collected(way(fault))  # once, before the workers are forked
        # A worker starts with all that was imported and collected here; no thread runs yet.
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, context, _begin_work, (self,)) as pool:
            try:
                under_way = [(fault, pool.submit(_work, fault.slug)) for fault in ordered]
                for fault, future in under_way:
                    yield _result(fault, future)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def way(fault: Fault) -> Way:
    """Return how the suites are called for a fault."""
    return way_of(fault, fault.arguments, contract=fault.contract)


def control_key(fault: Fault) -> ControlKey:
    """Return what tells the control run of a fault from those of others."""
    return (way(fault), repr(fault.options), fault.sound_policy, fault.contract)


# In a worker: its proof.
_mine: list[Proof] = []

Work = tuple[Mapping[str, str], tuple[str, ...], float, tuple[str, ...]]


def _begin_work(proof: Proof) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # on Ctrl-C a worker ends at once, without a traceback
    _mine.append(proof)


def _work(slug: str) -> Work:
    outcome = _mine[0].one(catalogue()[slug])
    return outcome.verdicts, outcome.problems, outcome.seconds, outcome.alarms


def _result(fault: Fault, future: Future[Work]) -> Outcome:
    try:
        return Outcome(fault, *future.result())
    except BrokenProcessPool:
        return Outcome(fault, {}, ("a worker process died before the run was finished",), 0.0)


def clean_control(proof: Proof) -> tuple[str, ...]:
    """Return the findings on the conforming server with everything declared, in sentences."""
    server = "the conforming server, with everything declared"
    try:
        with time_limit(2 * RUN_TIMEOUT):
            seen = observe(proof.collected(EVERYTHING), server_for(None, faulty=False, contract=True))
    except TimeLimit:
        return (f"the run against {server} was not finished after {2 * RUN_TIMEOUT:.0f} s of CPU time",)
    return alarms_of(seen, server)


def unproven(faults: Iterable[Fault]) -> list[str]:
    """Return the requirements that can fail and that no fault breaks."""
    broken = {id for fault in faults for id in fault.breaks}
    return [
        entry.requirement.id
        for entry in entries()
        if entry.requirement.level not in (INFO, MAY) and entry.requirement.id not in broken
    ]


def selected(words: Iterable[str]) -> list[Fault]:
    """Return the faults whose slug contains one of the words, or that break one of the ids; all without words."""
    wanted = tuple(words)
    return [
        fault
        for fault in catalogue().values()
        if not wanted or any(slug_of(word) in fault.slug or word.upper() in fault.breaks for word in wanted)
    ]


def unmatched(words: Iterable[str]) -> list[str]:
    """Return, in sentences, why a word selects no fault: for an id of a requirement, what to do about it."""
    levels = {entry.requirement.id: entry.requirement.level for entry in entries()}
    return [_why_unmatched(word, levels.get(word.upper())) for word in words if not selected([word])]


def _why_unmatched(word: str, level: Level | None) -> str:
    if level in (INFO, MAY):
        return f"{word.upper()} is {level}: it never fails, and needs no fault"
    if level is not None:
        return f"no fault breaks {word.upper()}: add one to a module of fixtures/faults"
    if ID.fullmatch(word.upper()):
        return f"no check has the id {word.upper()}: see eiospec --list"
    return f"no fault matches {word!r}; nearest: {nearest(word)}"


def nearest(word: str) -> str:
    """Return names of faults that resemble this word."""
    names = {fault.slug: fault.name for fault in catalogue().values()}
    close = difflib.get_close_matches(slug_of(word), names, n=3, cutoff=0.1)
    return "; ".join(f"“{names[slug]}”" for slug in close)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser("eiospec prove", description=__doc__.splitlines()[0])
    command.add_argument(
        "words", nargs="*", metavar="WORD", help="only faults with this in their name, or that break this id"
    )
    scope = command.add_mutually_exclusive_group()
    scope.add_argument(
        "--narrow",
        action="store_true",
        help="only look whether the named requirements catch each fault (default with WORD)",
    )
    scope.add_argument(
        "--wide",
        action="store_true",
        help="judge every check, and report findings that a fault does not declare (default without WORD)",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    command.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as markdown")
    command.add_argument("-q", "--quiet", action="store_true", help="print only problems and progress")
    command.add_argument(
        "--at-once",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="worker processes (default: one per core)",
    )
    return command


def main(arguments: list[str]) -> int:
    """Prove the selected faults and print what is wrong; return 0 when every one is proven."""
    given = parser().parse_args(arguments)
    faults = selected(given.words)
    if mistakes := unmatched(given.words):
        for sentence in mistakes:
            print(f"eiospec prove: {sentence}", file=sys.stderr)
        return USAGE
    narrow = given.narrow or (bool(given.words) and not given.wide)
    begun, outcomes, proof = time.monotonic(), list[Outcome](), Proof(narrow)
    try:
        for outcome in proof.all(faults, given.at_once):
            outcomes.append(outcome)
            if outcome.problems or not given.quiet:
                word = "MISSED" if outcome.problems else "caught"
                print(f"{word}  {outcome.fault.name}: {' '.join(outcome.caught)}", flush=True)
            elif len(outcomes) % 100 == 0:
                seconds = time.monotonic() - begun
                print(f"{len(outcomes)} of {len(faults)} faults in {seconds:.0f} s", flush=True)
            for problem in outcome.problems:
                print(f"        {problem}")
            if outcome.problems and not outcome.fault.contract and outcome.fault.policy is None:
                print(f"        to run this server: python -m eiospec.fixtures.faults {outcome.fault.slug}")
        found = [alarm for outcome in outcomes for alarm in outcome.alarms]
        alarms = list(dict.fromkeys([*found, *(() if given.words or narrow else clean_control(proof))]))
    except KeyboardInterrupt:
        print(f"interrupted after {len(outcomes)} of {len(faults)} faults", file=sys.stderr)
        return INTERRUPTED
    wrong = [outcome for outcome in outcomes if outcome.problems]
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
