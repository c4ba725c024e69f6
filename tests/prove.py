"""The proof, and beside it twenty runs in a row: the proof keeps every core busy, and no verdict may change.

    python tests/prove.py              the README's table has to be the proof's
    python tests/prove.py --update     write the table into the README

The exit status is 0 when every fault is proven, no verdict changed, and the table stands in the README.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- proof -->\n", "<!-- end of proof -->\n"
REPEATS = 20
EIOSPEC = (sys.executable, "-m", "eiospec")


def stands(table: str) -> bool:
    """True when the README says the same of requirements and faults; collateral that may show need not."""
    text = README.read_text("utf-8")
    shown = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    return without_collateral(shown) == without_collateral(table)


def without_collateral(table: str) -> list[str]:
    """The rows of a markdown table without their last column."""
    return [line.rstrip(" |").rpartition("|")[0] for line in table.splitlines() if line.startswith("|")]


def update(table: str) -> None:
    """Put the table where the README has one."""
    text = README.read_text("utf-8")
    README.write_text(text[: text.index(BEGIN) + len(BEGIN)] + table + text[text.index(END) :], "utf-8")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true", help="write the table into the README")
    given = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as folder:
        markdown = Path(folder) / "proof.md"
        proof = subprocess.Popen([*EIOSPEC, "prove", "--quiet", "--markdown", str(markdown)], cwd=folder)
        repeats = subprocess.run([*EIOSPEC, "--repeat", str(REPEATS), "--no-report"], cwd=folder, check=False)
        if repeats.returncode:
            wrong.append("the runs in a row did not all say the same")
        if proof.poll() is not None:
            wrong.append("the proof ended before the runs in a row: they were not held under load")
        if proof.wait():
            wrong.append("the proof failed")
        table = markdown.read_text("utf-8") if markdown.exists() else ""
    print(table)
    if given.update and table:
        update(table)
    elif not stands(table):
        wrong.append("the README's table is not the proof's: python tests/prove.py --update")
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
