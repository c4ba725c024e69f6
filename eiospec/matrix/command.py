"""`eiospec matrix [NAME …]`: build what is missing, judge every row, write the results."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import eiospec
from eiospec.matrix.building import missing_programs, up_to_date
from eiospec.matrix.judging import Result, State, built, judge, last_lines
from eiospec.matrix.publishing import publish, write, write_page
from eiospec.matrix.results import in_order, shown
from eiospec.matrix.rows import SERVERS, BadRow, Row, chosen, read_rows
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError

DEFAULT_OUT = "eiospec-report/matrix"
OK, NOT_OK, INTERRUPTED, USAGE = 0, 1, 2, 4
SHOWN = ("pass", "fail", "warn", "blocked", "broken", "known", "stale")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    command = argparse.ArgumentParser(
        "eiospec matrix",
        usage="eiospec matrix [options] [NAME ...] [-- options of eiospec]",
        description="Judge the real servers of the checkout and show the results side by side.",
        epilog="Exit code: 0 every row was judged (with --baseline: and matches its baseline), 1 some row was not, "
        "2 interrupted, 4 usage.",
    )
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="only these rows (default: all; see --list)"
    )
    command.add_argument("--list", action="store_true", help="list the rows and exit")
    command.add_argument("--quick", action="store_true", help="only rows that are built within seconds")
    command.add_argument(
        "--out", type=Path, default=Path(DEFAULT_OUT), metavar="DIR", help=f"default: {DEFAULT_OUT}"
    )
    command.add_argument(
        "--baseline",
        action="store_true",
        help="compare each row with its baseline.toml, including warnings and stale entries",
    )
    command.add_argument(
        "--publish",
        type=Path,
        metavar="DIR",
        help="update the judged rows in DIR/matrix.json, and DIR/matrix.md",
    )
    command.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="judge nothing: make DIR/matrix.html of --out from a data file (matrix.json)",
    )
    command.add_argument("--build-only", action="store_true", help="build what is missing and judge nothing")
    command.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="rows judged at the same time (default: 1)"
    )
    return command


def listed(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a line for each row: its title, and whether it is built."""
    for row in rows:
        missing = ", ".join(missing_programs(row.build))
        ready = "built" if up_to_date(row.build) else "to be built"
        state = f"needs {missing}" if missing else ready
        yield f"{row.name:18} {row.title}, {row.language} ({state}{'' if row.quick else '; takes minutes'})"


def summary_of(result: Result) -> str:
    """Return the line of a finished row, followed by the end of its log when it was not judged."""
    if result.document is not None:
        totals = result.document["counts"]["requirements"]
        line = " · ".join(f"{totals[verdict]} {verdict}" for verdict in SHOWN if totals.get(verdict))
        return f"{result.row.name:18} {line}  ({result.seconds:.1f} s)"
    lines = [f"{result.row.name:18} {result.state}: {result.reason}"]
    if result.log is not None:
        lines += [f"    | {visible(line)}" for line in last_lines(result.log).splitlines()]
        lines.append(f"    full log: {result.log}")
    return "\n".join(lines)


def judged(
    rows: Sequence[Row], out: Path, at_once: int, with_baseline: bool, more: tuple[str, ...] = ()
) -> Iterator[Result]:
    """Yield the result of every row in the given order. All builds run first, one after the other."""
    unbuilt: dict[str, Result] = {}
    for row in rows:
        if not up_to_date(row.build):
            print(f"{row.name:18} building: {' && '.join(row.build.commands)}", flush=True)
        failed = built(row, out)
        if failed is not None:
            unbuilt[row.name] = failed

    def one(row: Row) -> Result:
        if row.name in unbuilt:
            return unbuilt[row.name]
        baseline = ("--baseline", str(row.baseline)) if row.baseline.exists() else ()
        options = (*baseline, "--level", "should") if with_baseline else ()
        return judge(row, out, (*options, *more))

    if at_once == 1:
        for row in rows:
            # On a terminal the line of the result overwrites this one.
            if sys.stdout.isatty():
                print(f"{row.name:18} judging …", end="\r", flush=True)
            yield one(row)
        return
    pool = ThreadPoolExecutor(at_once)
    try:
        yield from pool.map(one, rows)
    finally:
        # On Ctrl-C cancel the rows that have not started; the others stop their servers themselves.
        pool.shutdown(cancel_futures=True)


def split(arguments: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Split arguments at the first `--`: ours, and those for each run of eiospec."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:place]), tuple(arguments[place + 1 :])


def main(arguments: Sequence[str], servers: Path = SERVERS) -> int:
    """Run the command on the rows of a folder. Return the exit code."""
    ours, more = split(arguments)
    given = parser().parse_args(ours)
    if given.page is not None:
        return _page_only(given.page, given.out)
    try:
        rows = chosen(read_rows(servers), given.names)
    except BadRow as error:
        return _mistake(str(error))
    rows = tuple(row for row in rows if row.quick) if given.quick else rows
    if not rows:
        return _mistake(
            "there are no rows: the servers are part of the checkout, not of the package. "
            "Run it in a checkout, after `pip install -e .`"
        )
    if given.at_once < 1:
        return _mistake(f"--at-once {given.at_once} is out of range: at least 1")
    if given.list:
        print("\n".join(listed(rows)))
        return OK
    out, begun, results = given.out.resolve(), time.monotonic(), []
    try:
        if given.build_only:
            return _build_only(rows, out)
        for result in judged(rows, out, given.at_once, given.baseline, more):
            results.append(result)
            print(summary_of(result), flush=True)
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        rows_shown = in_order(shown(result, day, eiospec.__version__) for result in results)
        written = write(rows_shown, out)
        if given.publish is not None:
            written = publish(rows_shown, given.publish)
    except KeyboardInterrupt:
        print("\neiospec matrix: interrupted", file=sys.stderr)
        return INTERRUPTED
    except ReportError as error:
        return _mistake(str(error))
    except OSError as error:
        return _mistake(f"--out {given.out}: cannot write ({error.strerror}); choose another folder")
    print(f"{len(results)} {'row' if len(results) == 1 else 'rows'} in {time.monotonic() - begun:.0f} s")
    print("\n".join(f"  {path}" for path in written))
    good = all(r.state is State.JUDGED and (r.conforms or not given.baseline) for r in results)
    return OK if good else NOT_OK


def _page_only(data: Path, out: Path) -> int:
    try:
        print(write_page(data, out))
    except ReportError as error:
        return _mistake(str(error))
    return OK


def _build_only(rows: Iterable[Row], out: Path) -> int:
    failed = [result for result in (built(row, out) for row in rows) if result is not None]
    for result in failed:
        print(summary_of(result))
    return NOT_OK if failed else OK


def _mistake(sentence: str) -> int:
    print(f"eiospec matrix: {sentence}", file=sys.stderr)
    return USAGE
