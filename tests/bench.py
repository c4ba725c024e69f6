"""Measure time and memory of a run, and whether its verdicts are stable.

    python tests/bench.py [--runs 3]         wall time and peak memory with their limits; and ten targets in one run,
                                             compared with the one of them that hangs
    python tests/bench.py --stability [50]   this many runs against the reference server, half of them with every core
                                             busy; print each verdict that changed

Wall time includes start-up. On a busy machine, compare the CPU time of the run instead. The exit status is 1 when a
limit is exceeded or a verdict changed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shlex
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hostile.background import in_background
from hostile.hanging import hangs_after_the_handshake
from hostile.latency import latency_proxy
from runs.command import AS_USERS_RUN, Finished, eiospec
from targets import FIXTURES, HOST, free_port, node_server

from eiospec.target.serve import serve

FAST = {"PING_INTERVAL": "300", "PING_TIMEOUT": "200"}  # ms
ROUND_TRIP = 0.05  # s, added

# Bounds a run is held to: seconds of a run that waits for no heartbeat, those beside the longest wait, octets.
MOST_WITHOUT_WAITING = 3.0
MOST_BESIDE_THE_WAIT = 2.0
MOST_OCTETS = 200 * 1024**2
MOST_OF_A_CONTRACT_BESIDE = 3.0
# Of ten targets in one run, beside the one that takes longest: to begin, to end, and to show all.
MOST_BESIDE_THE_SLOWEST = 3.0
# The longest wait that no connection shortens, in seconds. The first ping (HB-001, HB-002) takes the advertised
# pingInterval; that a session without pongs ends after pingTimeout is not judged, so nothing waits for the two
# together. That engine.io closes an upgrade at a path of nobody's (HS-029) only after a second is no excuse: what it
# would say after that decides nothing. Of the whole contract, a session outlives its cookie (PR-022), whose Max-Age
# is a second.
FIRST_PING = 0.3
LIFETIME_OF_A_COOKIE = 1.0
FAR = 2  # times as long at 50 ms


@dataclass(frozen=True)
class Row:
    """One thing to measure: a target, the arguments of the runs against it, the bound in seconds, and a profile."""

    title: str
    target: Callable[[], AbstractContextManager[str]]
    arguments: tuple[str, ...]
    most_seconds: float
    profile: str = ""


@contextmanager
def far(**env: str) -> Iterator[str]:
    """Run socket.io 50 ms away."""
    with node_server(**env) as url:
        parts = urlsplit(url)
        assert parts.port is not None
        with latency_proxy(parts.port, ROUND_TRIP / 2) as port:
            yield f"http://{HOST}:{port}{parts.path}"


@contextmanager
def reference(*options: str) -> Iterator[str]:
    """Run the bundled server in its own process."""
    port = free_port()
    command = [sys.executable, "-m", "eiospec.fixtures.reference", "--port", str(port), *options]
    with serve(shlex.join(command), HOST, port):
        yield f"http://{HOST}:{port}/socket.io/"


NO_WAITING = ("--max-wait", "0")
ROWS = (
    Row("socket.io 4.8.4, --max-wait 0", node_server, NO_WAITING, MOST_WITHOUT_WAITING),
    Row(
        "socket.io 4.8.4, heartbeat 300/200 ms",
        lambda: node_server(**FAST),
        (),
        FIRST_PING + MOST_BESIDE_THE_WAIT,
    ),
    Row("the first, 50 ms away", far, NO_WAITING, FAR * MOST_WITHOUT_WAITING),
    Row("the second, 50 ms away", lambda: far(**FAST), (), FAR * (FIRST_PING + MOST_BESIDE_THE_WAIT)),
    Row("reference server, --max-wait 0", reference, NO_WAITING, MOST_WITHOUT_WAITING),
    Row(
        "reference server, heartbeat 300/200 ms",
        lambda: reference("--ping-interval", "300", "--ping-timeout", "200"),
        (),
        FIRST_PING + MOST_BESIDE_THE_WAIT,
    ),
    Row(
        "reference server, whole contract",
        lambda: reference("--contract"),
        ("--max-wait", "1"),
        LIFETIME_OF_A_COOKIE + MOST_OF_A_CONTRACT_BESIDE,
        (FIXTURES / "reference" / "conformance.toml").read_text("utf-8").replace("killing = true", ""),
    ),
)


def run(url: str, *arguments: str, profile: str = "") -> Finished:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        empty.mkdir()
        if profile:
            declared = Path(folder, "profile.toml")
            declared.write_text(profile, "utf-8")
            arguments = (*arguments, "--profile", str(declared))
        finished = eiospec("--target", url, *arguments, folder=empty, env=AS_USERS_RUN)
        _ = finished.judgements  # read while the folder is there
        return finished


def run_all(url: str, *arguments: str) -> Finished:
    """Run several targets, whose reports are in other folders."""
    with tempfile.TemporaryDirectory() as folder:
        return eiospec("--target", url, *arguments, folder=Path(folder), env=AS_USERS_RUN)


def measure(runs: int) -> bool:
    """Print the table; return whether every limit is kept."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {runs} runs each")
    print(
        f"ten million additions take {yardstick():.2f} s: what these figures are worth on another machine\n"
    )
    print(
        f"{'':40} {'median':>8} {'longest':>8} {'bound':>7}   {'CPU':>7}   {'memory':>7} {'bound':>7}   exit codes"
    )
    kept = True
    for row in ROWS:
        with row.target() as url:
            finished = [run(url, *row.arguments, profile=row.profile) for _ in range(runs)]
        seconds = [each.seconds for each in finished]
        octets = max(each.peak_octets for each in finished)
        holds = statistics.median(seconds) <= row.most_seconds and octets <= MOST_OCTETS
        processor = min(each.cpu_seconds for each in finished)
        codes = ", ".join(str(each.exit_code) for each in finished)
        print(
            f"{row.title:40} {statistics.median(seconds):6.2f} s {max(seconds):6.2f} s {row.most_seconds:5.1f} s"
            f"   {processor:5.2f} s   {octets / 1024**2:4.0f} MB {MOST_OCTETS / 1024**2:4.0f} MB   {codes}"
            f"{'' if holds else '   EXCEEDED'}",
            flush=True,
        )
        kept = kept and holds
    return kept


def measure_together(runs: int) -> bool:
    """Run ten targets, one dead and one that hangs; return whether they take no longer than the slowest."""
    with ExitStack() as stack:
        urls = [stack.enter_context(reference()) for _ in range(8)]
        hanging = stack.enter_context(in_background(hangs_after_the_handshake))
        urls += [f"http://{HOST}:{port}/socket.io/" for port in (hanging, free_port())]
        alone = statistics.median(run(urls[8]).seconds for _ in range(runs))
        others = [word for url in urls[1:] for word in ("--target", url)]
        together = [run_all(urls[0], *others) for _ in range(runs)]
    seconds, most = statistics.median(each.seconds for each in together), alone + MOST_BESIDE_THE_SLOWEST
    codes = ", ".join(str(each.exit_code) for each in together)
    print(
        f"\nten targets, one dead, one that hangs: {seconds:.2f} s; it hangs alone for {alone:.2f} s; bound {most:.1f} s;"
        f" {min(each.cpu_seconds for each in together):.2f} s of CPU; exit codes {codes}"
        f"{'' if seconds <= most else '   EXCEEDED'}"
    )
    return seconds <= most


def yardstick() -> float:
    """Return the CPU seconds of a fixed computation, the best of three."""

    def once() -> float:
        begun, total = time.perf_counter(), 0
        for number in range(10_000_000):
            total += number
        return time.perf_counter() - begun

    return min(once() for _ in range(3))


def spin() -> None:
    while True:
        pass


@contextmanager
def every_core_busy() -> Iterator[None]:
    """Keep every core busy with a process."""
    processes = [multiprocessing.Process(target=spin, daemon=True) for _ in range(os.cpu_count() or 1)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def stability(runs: int, *arguments: str) -> bool:
    """Judge the reference server this many times; return whether the verdicts are always the same."""
    verdicts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))

    def judge(numbers: range, how: str) -> None:
        seconds = []
        for number in numbers:
            finished = run(url, *arguments)
            seconds.append(finished.seconds)
            for node, verdict in {**finished.judgements, "exit code": str(finished.exit_code)}.items():
                verdicts[node][verdict].append(number)
        if seconds:
            print(
                f"{len(seconds)} runs {how}: {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s",
                flush=True,
            )

    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with reference() as url:
        judge(range(1, runs - runs // 2 + 1), "as the machine is")
        with every_core_busy():
            judge(range(runs - runs // 2 + 1, runs + 1), "with every core busy")
    changed = {
        node: found
        for node, found in verdicts.items()
        if len(found) > 1 or sum(len(numbers) for numbers in found.values()) != runs
    }
    for node, found in changed.items():
        shown = "; ".join(
            f"{verdict} in {len(numbers)} runs ({numbers[:5]} …)" for verdict, numbers in found.items()
        )
        print(f"CHANGED  {node}: {shown}")
    print(f"{len(verdicts) - 1} cases, {runs} runs: {len(changed) or 'no'} verdict changed")
    return not changed


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, help="of each row of the table (default: 3)")
    parser.add_argument(
        "--stability", type=int, nargs="?", const=50, metavar="N", help="N runs (default: 50)"
    )
    given = parser.parse_args()
    if given.stability is not None:
        return 0 if stability(given.stability) else 1
    return 0 if (measure(given.runs), measure_together(given.runs)) == (True, True) else 1


if __name__ == "__main__":
    sys.exit(main())
