"""Record the verdicts of many targets, and compare two recordings.

    python tests/verdicts.py record DIR [--eiospec COMMAND] [--matrix]
    python tests/verdicts.py compare BEFORE AFTER

`record` judges the bundled server, the reference server with its whole contract, and every hostile peer, and writes
DIR/<target>/report.json; with `--matrix` the rows of the matrix as well. `--eiospec` names another installation, for
example one of an earlier revision. `compare` prints each requirement whose verdict differs; the exit status is 1 when
one does, or when a target of BEFORE is missing in AFTER.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hostile.peers import PEERS, hostile
from targets import FIXTURES, HOST, free_port

from eiospec.target.serve import serve

PROFILE = FIXTURES / "reference" / "conformance.toml"
TIMEOUT = 300.0
Table = dict[str, str]


@contextmanager
def reference() -> Iterator[str]:
    """The reference server with the whole contract, in its own process."""
    port = free_port()
    command = [sys.executable, "-m", "eiospec.fixtures.reference", "--port", str(port), "--contract"]
    with serve(shlex.join(command), HOST, port):
        yield f"http://{HOST}:{port}/socket.io/"


def judge(command: Sequence[str], folder: Path, *arguments: str) -> None:
    """Judge one target; its report and exit code go to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as elsewhere:
        finished = subprocess.run(
            [*command, *arguments, "--report", str(folder.resolve())],
            cwd=elsewhere,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    print(f"{folder.name}: exit code {finished.returncode}", flush=True)


def record(folder: Path, command: Sequence[str], matrix: bool) -> None:
    """Judge every target, one after the other."""
    judge(command, folder / "bundled")
    with reference() as url:
        judge(command, folder / "contract", "--target", url, "--profile", str(PROFILE), "--max-wait", "2")
    for name in sorted(PEERS):
        with hostile(name) as port:
            scheme = "https" if name == "unknown_ca" else "http"
            judge(command, folder / name, "--target", f"{scheme}://{HOST}:{port}")
    if matrix:
        subprocess.run([*command, "matrix", "--out", str(folder)], check=False)


def tables(folder: Path) -> dict[str, Table]:
    """Requirement → verdict of every report below `folder`, by target; the exit code is one entry more."""
    found = {}
    for report in sorted(folder.rglob("report.json")):
        document = json.loads(report.read_text("utf-8"))
        table = {"exit code": str(document["exit"]["code"])}
        for entry in document["requirements"]:
            cases = Counter(judgement["verdict"] for judgement in entry["judgements"])
            counted = ", ".join(f"{number} {verdict}" for verdict, number in sorted(cases.items()))
            table[entry["id"]] = f"{entry['verdict']} ({counted})"
        found[report.parent.name] = table
    return found


def compare(before: Path, after: Path) -> int:
    """Print what differs; return the exit status."""
    old, new = tables(before), tables(after)
    wrong = 0
    for target, table in old.items():
        if target not in new:
            print(f"{target}: not judged after")
            wrong += 1
            continue
        for id in sorted(table.keys() | new[target].keys()):
            was, now = table.get(id, "absent"), new[target].get(id, "absent")
            if was != now:
                print(f"{target}: {id} was {was}, now {now}")
                wrong += 1
    judged = sum(len(table) for table in old.values())
    print(f"{len(old)} targets, {judged} verdicts, {wrong} differ")
    return 1 if wrong or not old else 0


def main() -> int:
    """Read the command line and run one of the two commands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("--eiospec", default=f"{sys.executable} -m eiospec", metavar="COMMAND")
    recording.add_argument("--matrix", action="store_true")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    given = parser.parse_args()
    if given.command == "record":
        record(given.folder, shlex.split(given.eiospec), given.matrix)
        return 0
    return compare(given.before, given.after)


if __name__ == "__main__":
    sys.exit(main())
