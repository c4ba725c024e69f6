"""JUnit XML for GitLab, Jenkins and others: one test case per judgement.

The file has a `<failure>` or an `<error>` if and only if the exit code is not 0:

* `<failure>`: fail and stale; warn with `--level should`; blocked, once per cause.
* `<error>`: broken. If no verdict explains the exit code (a lost target, a baseline entry that matches nothing), a
  case "the run" has the error.
* `<skipped>`: not applicable; further cases blocked by the same cause.
* Passed: everything else. Warnings and known deviations are in `<system-out>`, and so are failures of a run that
  exits with 0 because nothing regressed (`--compare`).

Id, level, source and verdict are properties of a case; class names are areas.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from eiospec.reports.files import write_text
from eiospec.reports.model import Document
from eiospec.reports.text import cut
from eiospec.reports.xml import clean

SUITE = "eiospec"
# Characters of a message attribute.
HEADLINE = 200


def junit(made: Document) -> str:
    """Return the document as JUnit XML with one suite."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite", name=f"{SUITE} {clean(made['target'])}")
    blocked: set[str] = set()
    for entry in made["requirements"]:
        for judged in entry["judgements"]:
            case = _case(suite, entry, judged)
            _outcome(case, made, entry, judged, blocked)
    if (
        made["exit"]["code"]
        and suite.find("testcase/failure") is None
        and suite.find("testcase/error") is None
    ):
        case = SubElement(suite, "testcase", classname=SUITE, name="the run", time="0.000")
        _add_result(
            case, "error", made["exit"]["meaning"], "\n".join([made["headline"], *_failed_controls(made)])
        )
    for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite)))
    suite.set("time", f"{made['seconds']:.3f}")
    # UTC, without a zone as the schemas require.
    suite.set("timestamp", made["started"][:19])
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, "unicode", xml_declaration=False)


def no_report(target: str) -> Element:
    """Return the suite of a run without a document."""
    counts = {"errors": "1", "failures": "0", "skipped": "0", "tests": "1", "time": "0.000"}
    now = datetime.now(UTC).isoformat(timespec="seconds")[:19]
    suite = Element("testsuite", {"name": f"{SUITE} {clean(target)}", **counts, "timestamp": now})
    case = SubElement(suite, "testcase", classname=SUITE, name="the run", time="0.000")
    _add_result(case, "error", "the run wrote no report", "")
    return suite


def write_junit(made: Document, path: str | Path) -> Path:
    """Write the document as JUnit XML. Raises `ReportError`."""
    return write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{junit(made)}\n')


def _case(suite: Element, entry: Document, judged: Document) -> Element:
    case = f" [{judged['case']}]" if judged["case"] else ""
    made = SubElement(
        suite,
        "testcase",
        classname=f"{SUITE}.{entry['area']}",
        name=clean(f"{entry['id']} {entry['sentence']}{case}"),
        time=f"{judged['seconds']:.3f}",
    )
    properties = SubElement(made, "properties")
    for name, value in _properties(entry, judged):
        SubElement(properties, "property", name=name, value=clean(value))
    return made


def _properties(entry: Document, judged: Document) -> Iterator[tuple[str, str]]:
    source = entry["source"]
    pairs = {
        "id": entry["id"],
        "level": entry["level"],
        "source": ", ".join(part for part in (source["title"], source["section"]) if part),
        "url": source["url"],
        "verdict": judged["verdict"],
        "case": judged["case"],
        "sentence": entry["sentence"],
        "reason": judged["reason"],
        "test": judged["node"],
    }
    return ((name, value) for name, value in pairs.items() if value)


def _outcome(into: Element, made: Document, entry: Document, judged: Document, blocked: set[str]) -> None:
    """Add the result of a judgement to its case, and the cause of a block to `blocked`."""
    verdict, text = judged["verdict"], _text(entry, judged)
    headline = judged["observed"] or judged["reason"] or entry["sentence"]
    fails = made["exit"]["code"] != 0
    gated = ("fail", "stale", *(("warn",) if made["options"].get("--level") == "should" else ()))
    match verdict:
        case "broken":
            _add_result(into, "error", headline, text, verdict)
        case "blocked" if fails and judged["reason"] not in blocked:
            blocked.add(judged["reason"])
            _add_result(into, "failure", headline, text, verdict)
        case "blocked" | "not applicable":
            _add_result(into, "skipped", f"{verdict}: {judged['reason']}", "", verdict)
        case _ if fails and verdict in gated:
            _add_result(into, "failure", headline, text, verdict)
        case "fail" | "stale" | "warn" | "known":
            SubElement(into, "system-out").text = clean(text)


def _add_result(case: Element, tag: str, headline: str, text: str, kind: str = "run") -> None:
    shown = clean(headline).replace("\n", " ")
    SubElement(case, tag, type=kind, message=cut(shown, HEADLINE)).text = clean(text) or None


def _text(entry: Document, judged: Document) -> str:
    """Return requirement, observation and lines to reproduce as text."""
    rows = [(name, judged[name]) for name in ("case", "expected", "observed", "reason")]
    rows += [("remark", remark) for remark in judged["remarks"]]
    rows.append(("source", entry["source"]["url"]))
    lines = [f"{entry['id']} {entry['level']} {entry['sentence']}"]
    return "\n".join([*lines, *(f"{name:10}{value}" for name, value in rows if value), *judged["reproduce"]])


def _failed_controls(made: Document) -> list[str]:
    return [control["sentence"] for control in made["controls"] if not control["ok"]]
