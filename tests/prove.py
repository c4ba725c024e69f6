"""Run the proof, and at the same time the suites several times in a row: no verdict may change while every core is busy.

    python tests/prove.py                 fail when the README does not have the proof's table
    python tests/prove.py --update        write the table into the README
    python tests/prove.py --repeats 20    run the suites twenty times in a row (default: 5)

The exit status is 0 when every fault is proven, no verdict changed, and the README has the table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- proof -->\n", "<!-- end of proof -->\n"
REPEATS = 5
EIOSPEC = (sys.executable, "-m", "eiospec")


def is_in_readme(table: str) -> bool:
    """Return whether the README has the table's requirements and faults; collateral may differ from run to run."""
    text = README.read_text("utf-8")
    shown = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    return without_collateral(shown) == without_collateral(table)


def without_collateral(table: str) -> list[str]:
    """Return the rows of a markdown table without their last column."""
    return [line.rstrip(" |").rpartition("|")[0] for line in table.splitlines() if line.startswith("|")]


def update(table: str) -> None:
    """Replace the README's table."""
    text = README.read_text("utf-8")
    README.write_text(text[: text.index(BEGIN) + len(BEGIN)] + table + text[text.index(END) :], "utf-8")


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true", help="write the table into the README")
    parser.add_argument(
        "--repeats", type=int, default=REPEATS, metavar="N", help="runs in a row (default: 5)"
    )
    given = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as folder:
        markdown = Path(folder) / "proof.md"
        proof = subprocess.Popen([*EIOSPEC, "prove", "--quiet", "--markdown", str(markdown)], cwd=folder)
        repeats = subprocess.run(
            [*EIOSPEC, "--repeat", str(given.repeats), "--no-report"], cwd=folder, check=False
        )
        if repeats.returncode:
            wrong.append("a verdict changed between the runs in a row")
        if proof.poll() is not None:
            wrong.append("the proof ended before the runs in a row: run fewer with --repeats")
        if proof.wait():
            wrong.append("the proof failed")
        table = markdown.read_text("utf-8") if markdown.exists() else ""
    print(table)
    if given.update and table:
        update(table)
    elif not is_in_readme(table):
        wrong.append("the README does not have this table: run python tests/prove.py --update")
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
