"""Several `--target`s in one command: one subprocess each, and one report with a column per target.

A target that hangs, floods or dies does not affect the other runs. The reports of each run are in a subfolder that is
named after its target.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eiospec.plugin import catalogue
from eiospec.plugin.exit_codes import CONFORMS, DOES_NOT, HARNESS, INTERRUPTED, LOST, NOTHING, USAGE
from eiospec.plugin.github import commands, summarize
from eiospec.plugin.options import read_options, targets, writable
from eiospec.plugin.subprocesses import command, run
from eiospec.plugin.terminal import width
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError, write_text
from eiospec.reports.html import write_html
from eiospec.reports.junit import no_report
from eiospec.reports.model import Document, read_json
from eiospec.reports.terminal import overview
from eiospec.target.url import BadTarget, parse_target

# Options for one target only, with a verb for the error message.
FOR_ONE_TARGET = {"--serve": "starts", "--repeat": "repeats", "--compare": "compares", "--replay": "replays"}
# From most to least severe: the command exits with the first that any run has.
BY_SEVERITY = (INTERRUPTED, HARNESS, USAGE, LOST, DOES_NOT, NOTHING, CONFORMS)
MOST_AT_ONCE = 10
NOT_WRITTEN = "not written:"


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the target, and the folder of its reports."""

    url: str
    folder: Path

    @property
    def junit(self) -> Path:
        """Its JUnit file, if one was asked for."""
        return self.folder / "junit.xml"

    def document(self) -> Document | None:
        """Return its report, None if it left none."""
        try:
            return read_json(self.folder / "report.json")
        except ReportError:
            return None


def judge_all(config: pytest.Config) -> int:
    """Judge every target and report on all; return the most severe exit code."""
    options = read_options(config)
    catalogue.matching(options.cases)
    _require_one_target_options_unset(config)
    urls = _distinct(targets(config))
    with ExitStack() as stack:
        folder = options.report
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eiospec-targets-")))
        jobs = [Job(url, writable(folder / name).absolute()) for url, name in _folder_names(urls).items()]
        for job in jobs:
            (job.folder / "report.json").unlink(missing_ok=True)
        documents: dict[str, Document | None] = {}

        def ended(job: Job) -> None:
            documents[job.url] = made = job.document()
            headline = f"{job.url}: it left no report" if made is None else made["headline"]
            print(f"{len(documents)} of {len(urls)}: {visible(headline)}", flush=True)

        codes = _run_all(config, jobs, ended)
        ordered = {url: documents.get(url) for url in urls}
        complete = [made for made in ordered.values() if made is not None]
        problems = summarize(complete)
        print(f"\n{commands(complete)}{overview(ordered, width=width())}", end="")
        for problem in problems:
            print(visible(problem))
        try:
            _write_junit(config, jobs)
        except ReportError as problem:
            print(visible(f"{NOT_WRITTEN} {problem}"))
            codes.add(HARNESS)
        if options.report is not None:
            print("\nReports")
            for line in _written(complete, jobs, options.report):
                print(f"  {visible(line)}")
                if line.startswith(NOT_WRITTEN):
                    codes.add(HARNESS)
    return next((code for code in BY_SEVERITY if code in codes), HARNESS)


def _run_all(config: pytest.Config, jobs: Sequence[Job], ended: Callable[[Job], None]) -> set[int]:
    """Run the jobs, some at a time, and call `ended` for each; return the exit codes."""
    arguments = [str(argument) for argument in config.invocation_params.args]

    def judge(job: Job) -> int:
        ours = ["--one-target", job.url, "--report", str(job.folder)]
        if config.getoption("xmlpath", None):
            ours += ["--junitxml", str(job.junit)]
        if config.pluginmanager.has_plugin("xdist"):
            ours += ["-n", "0", "--dist", "no"]  # each target has a process already
        code = run(command(arguments, *ours), config.invocation_params.dir)
        return code if code >= 0 else HARNESS  # negative: killed by a signal

    codes: set[int] = set()
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        pending = {pool.submit(judge, job): job for job in jobs}

        def collect() -> None:
            for future in as_completed(list(pending)):
                codes.add(future.result())
                ended(pending.pop(future))

        try:
            collect()
        except KeyboardInterrupt:
            # The subprocesses were interrupted as well and stop their targets: wait for them.
            codes.add(INTERRUPTED)
            _cancel(pending)
            collect()
    return codes


def _cancel(pending: dict[Future[int], Job]) -> None:
    """Forget the jobs that have not started."""
    for future in [future for future in pending if future.cancel()]:
        del pending[future]


def _require_one_target_options_unset(config: pytest.Config) -> None:
    """Raise pytest.UsageError for an option that is for one target only."""
    for name, verb in FOR_ONE_TARGET.items():
        if config.getoption(name, None) not in (None, "", "1", False):
            raise pytest.UsageError(f"{name} {verb} one target: give one --target, or leave {name} out")


def _distinct(urls: tuple[str, ...]) -> tuple[str, ...]:
    """Return the URLs without duplicates; raise pytest.UsageError for a bad one."""
    try:
        return tuple(dict.fromkeys(str(parse_target(url)) for url in urls))
    except BadTarget as error:
        raise pytest.UsageError(str(error)) from None


def _folder_names(urls: tuple[str, ...]) -> dict[str, str]:
    """Return a unique folder name for each URL."""
    names: dict[str, str] = {}
    for url in urls:
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", url.partition("://")[2]).strip("-.")[:80] or "target"
        taken = sum(name.partition("~")[0] == plain for name in names.values())
        names[url] = f"{plain}~{taken + 1}" if taken else plain
    return names


def _written(documents: Sequence[Document], jobs: Sequence[Job], folder: Path) -> Iterator[str]:
    """Write the reports that show all targets; yield the paths of all reports, or the error."""
    summaries = [job.folder / "summary.md" for job in jobs]
    try:
        yield str(write_html(documents, folder / "report.html"))
        text = "\n".join(path.read_text("utf-8") for path in summaries if path.exists())
        yield str(write_text(folder / "summary.md", text))
    except ReportError as problem:
        yield f"{NOT_WRITTEN} {problem}"
    yield from (str(folder / job.folder.name / "report.json") for job in jobs)


def _write_junit(config: pytest.Config, jobs: Sequence[Job]) -> None:
    """Write one JUnit file with a test suite per target, if one was asked for."""
    wanted = config.getoption("xmlpath", None)
    if not wanted:
        return
    root = ElementTree.Element("testsuites")
    for job in jobs:
        if not job.junit.exists():
            root.append(no_report(job.url))
            continue
        for suite in ElementTree.parse(job.junit).getroot().iter("testsuite"):
            suite.set("name", f"eiospec {job.url}")
            root.append(suite)
        job.junit.unlink()
    path = Path(config.invocation_params.dir, wanted)
    write_text(path, ElementTree.tostring(root, "unicode", xml_declaration=True))
