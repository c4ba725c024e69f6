"""Several `--target`s in one run: a run each, at the same time, and one page with a column a target.

Each run is a process of its own with the options of the command, so that a target that hangs, floods or dies costs the
others nothing; together they take the time of the slowest. The reports of each lie in a folder of the report that is
named after the target.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eiospec.plugin import catalogue
from eiospec.plugin.apart import Order, judge_apart
from eiospec.plugin.ending import CONFORMS, DOES_NOT, HARNESS, INTERRUPTED, LOST, NOTHING, USAGE
from eiospec.plugin.github import commands, summarize
from eiospec.plugin.options import read_options, targets, writable
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError, write_text
from eiospec.reports.html import write_html
from eiospec.reports.junit import no_report
from eiospec.reports.model import Document, read_json
from eiospec.reports.overview import overview
from eiospec.target.url import BadTarget, parse_target

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
    with ExitStack() as stack:
        folder = options.report
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eiospec-targets-")))
        places = {url: writable(folder / name).absolute() for url, name in _named(urls).items()}
        for place in places.values():
            (place / "report.json").unlink(missing_ok=True)
        codes: list[int] = []
        documents: dict[str, Document | None] = {}
        shown = sys.stdout

        def ended(order: Order, code: int) -> None:
            codes.append(code)
            documents[order.url] = made = _document(order.report)
            said = _headline(order.url, made)
            print(f"{len(codes)} of {len(urls)}: {said}", file=shown, flush=True)

        orders = [Order(url, place, _xml(config, place)) for url, place in places.items()]
        common = judge_apart(arguments, orders, ended)
        if not codes:
            return common
        codes.append(common)
        ordered = {url: documents.get(url) for url in urls}
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
    return next((code for code in GRAVEST if code in codes), HARNESS)


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


def _xml(config: pytest.Config, place: Path) -> Path | None:
    """Where the JUnit file of one run goes, if one was asked for."""
    return place / "junit.xml" if config.getoption("xmlpath", None) else None


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
