"""Look for false alarms of the suite behind sticky balancers: judge each many times.

    python tests/alarms.py [20] [WORD]     this many runs for each balancer whose name contains the word

It takes minutes, so it is not a test. Run it under load, for example during `tox -e e2e`. The exit status is 1 when a
run had a finding.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from balancers.running import started_balancer, started_nodes
from balancers.test_suite import OF_THE_NODES, STICK, Expected, ids, judged
from reference.peer import Client


def alarms(case: Expected, client: Client, runs: int) -> list[str]:
    """Judge a balancer this many times and return a line for each run with a finding."""
    found = []
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory(prefix="eiospec-alarms-") as folder:
            report = judged(client, Path(folder), "--sticky", case.mode)
        said = ids(report, "fail", "warn", "broken", "blocked", "stale") - OF_THE_NODES
        diagnosis = report["balancer"]["diagnosis"]
        if said or case.words not in diagnosis:
            found.append(f"run {number}: {' '.join(sorted(said)) or 'no finding'}: {diagnosis}")
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=int, nargs="?", default=20)
    parser.add_argument("word", nargs="?", default="")
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="eiospec-nodes-") as place, started_nodes() as nodes:
        for number, case in enumerate(case for case in STICK if given.word in case.name):
            folder = Path(place, str(number))
            folder.mkdir()
            with ExitStack() as stack:
                port = stack.enter_context(started_balancer(case.balancer, nodes, folder))
                begun = time.monotonic()
                found = alarms(case, Client(port, f"/{case.mount}/"), given.runs)
            seconds, load = time.monotonic() - begun, os.getloadavg()[0]
            print(
                f"{given.runs - len(found)} of {given.runs} green  {case.name}  ({seconds:.0f} s, load {load:.1f})",
                flush=True,
            )
            for line in found:
                print(f"    {line}", flush=True)
            wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
