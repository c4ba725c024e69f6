"""Several `--target`s in one run: a run each, at the same time, and one page with a column a target.

Each run is a process of its own with the options of the command, so that a target that hangs, floods or dies
costs the others nothing but the time of the slowest. The reports of each lie in a folder of the report that is
named after the target.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eiospec.fixtures.target.url import BadTarget, parse_target
from eiospec.plugin import catalogue
from eiospec.plugin.again import command, ended
from eiospec.plugin.ending import CONFORMS, DOES_NOT, HARNESS, INTERRUPTED, LOST, NOTHING, USAGE
from eiospec.plugin.github import commands, summarize
from eiospec.plugin.options import read_options, targets, writable
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError, write_text
from eiospec.reports.html import write_html
from eiospec.reports.junit import no_report
from eiospec.reports.model import Document, read_json
from eiospec.reports.overview import overview

# Runs at a time; more would only be in each other's way.
AT_ONCE = 10
# What is said of one target only.
OF_ONE = {"--serve": "starts", "--repeat": "repeats", "--compare": "compares", "--replay": "replays"}
# Of several exit codes the first of these is the whole run's.
GRAVEST = (INTERRUPTED, HARNESS, USAGE, LOST, DOES_NOT, NOTHING, CONFORMS)


def judge_all(config: pytest.Config) -> int:
    """Judge every target and show them beside each other; returns the gravest exit code."""
    options = read_options(config)
    catalogue.matching(options.cases)
    _about_one(config)
    urls = _distinct(targets(config))
    arguments = [str(argument) for argument in config.invocation_params.args]
    where = config.invocation_params.dir
    with ExitStack() as stack:
        folder = options.report
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eiospec-targets-")))
        places = {url: writable(folder / name).absolute() for url, name in _named(urls).items()}
        codes: dict[str, int] = {}
        documents: dict[str, Document | None] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            runs = {}
            for url, place in places.items():
                (place / "report.json").unlink(missing_ok=True)
                runs[pool.submit(ended, command(arguments, *_ours(config, url, place)), where)] = url
            for number, run in enumerate(as_completed(runs), 1):
                url = runs[run]
                codes[url], documents[url] = run.result(), _document(places[url])
                print(f"{number} of {len(urls)}: {_headline(url, documents[url])}", flush=True)
        ordered = {url: documents[url] for url in urls}
        width = min(shutil.get_terminal_size((100, 24)).columns, 110)
        whole = [made for made in ordered.values() if made is not None]
        problems = summarize(whole)
        print(f"\n{commands(whole)}{overview(ordered, width=width)}", end="")
        for problem in problems:
            print(visible(problem))
        _junit(config, places)
        if options.report is not None:
            print("\nReports")
            for line in _written(ordered, places, options.report):
                print(f"  {visible(line)}")
    return next((code for code in GRAVEST if code in codes.values()), HARNESS)


def _about_one(config: pytest.Config) -> None:
    """Raise pytest.UsageError for an option that makes sense for one target only."""
    for name, does in OF_ONE.items():
        if config.getoption(name, None) not in (None, "", "1", False):
            raise pytest.UsageError(f"{name} {does} one target: give one --target, or leave {name} out")


def _distinct(urls: tuple[str, ...]) -> tuple[str, ...]:
    """The URLs, each once and readable; raises pytest.UsageError."""
    try:
        return tuple(dict.fromkeys(str(parse_target(url)) for url in urls))
    except BadTarget as error:
        raise pytest.UsageError(str(error)) from None


def _named(urls: tuple[str, ...]) -> dict[str, str]:
    """A folder name for each URL, no two alike."""
    names: dict[str, str] = {}
    for url in urls:
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", url.partition("://")[2]).strip("-.")[:80] or "target"
        taken = sum(name.partition("~")[0] == plain for name in names.values())
        names[url] = f"{plain}~{taken + 1}" if taken else plain
    return names


def _ours(config: pytest.Config, url: str, place: Path) -> Iterator[str]:
    """The options of one run."""
    yield from ("--one-target", url, "--report", str(place))
    if config.getoption("xmlpath", None):
        yield from ("--junitxml", str(place / "junit.xml"))


def _document(place: Path) -> Document | None:
    try:
        return read_json(place / "report.json")
    except ReportError:
        return None


def _headline(url: str, made: Document | None) -> str:
    return visible(f"{url}: it left no report" if made is None else made["headline"])


def _written(
    documents: Mapping[str, Document | None], places: Mapping[str, Path], folder: Path
) -> Iterator[str]:
    """Write what shows all targets; yields the paths, or why there is none."""
    whole = [made for made in documents.values() if made is not None]
    summaries = [place / "summary.md" for place in places.values()]
    try:
        yield str(write_html(whole, folder / "report.html"))
        text = "\n".join(path.read_text("utf-8") for path in summaries if path.exists())
        yield str(write_text(folder / "summary.md", text))
    except ReportError as problem:
        yield f"not written: {problem}"
    yield from (str(folder / place.name / "report.json") for place in places.values())


def _junit(config: pytest.Config, places: Mapping[str, Path]) -> None:
    """One JUnit file with a suite a target, where one was asked for."""
    wanted = config.getoption("xmlpath", None)
    if not wanted:
        return
    root = ElementTree.Element("testsuites")
    for url, place in places.items():
        path = place / "junit.xml"
        if not path.exists():
            root.append(no_report(url))
            continue
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            suite.set("name", f"eiospec {url}")
            root.append(suite)
        path.unlink()
    path = Path(config.invocation_params.dir, wanted)
    write_text(path, ElementTree.tostring(root, "unicode", xml_declaration=True))
