"""JUnit XML of a document, as GitLab, Jenkins and their like read it: a test case a judgement.

Its verdict is that of the exit code: a file without `<failure>` and `<error>` is of a run that ended with 0, and the
other way round.

* `<failure>`: fail and stale; warn where the level asked for is `should`; and what is blocked, once by its cause.
* `<error>`: broken, which says nothing of the target, and whatever else ended a run in an exit code that no verdict
  explains (a target that was lost, a baseline entry that matches nothing): the case "the run".
* `<skipped>`: not applicable; and the other cases that are blocked by the same cause.
* Passed: the rest. What was found all the same (a warning, a known deviation) stands in `<system-out>`, and in a
  run that ends with 0 because it is only compared with an older one, so does what fails.

Each case has its id, level, source and verdict as properties; class names are areas.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from eiospec.reports.files import write_text
from eiospec.reports.model import Document
from eiospec.reports.xml import clean

SUITE = "eiospec"
# Characters of an attribute that services show as a headline.
HEADLINE = 200


def junit(made: Document) -> str:
    """The document as JUnit XML, one suite."""
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
        _say(case, "error", made["exit"]["meaning"], "\n".join([made["headline"], *_lost(made)]))
    for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite)))
    suite.set("time", f"{made['seconds']:.3f}")
    # Without a zone, as the schemas want it; it is UTC.
    suite.set("timestamp", made["started"][:19])
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, "unicode", xml_declaration=False)


def no_report(target: str) -> Element:
    """The suite of a run that left no document."""
    counts = {"errors": "1", "failures": "0", "skipped": "0", "tests": "1", "time": "0.000"}
    now = datetime.now(UTC).isoformat(timespec="seconds")[:19]
    suite = Element("testsuite", {"name": f"{SUITE} {clean(target)}", **counts, "timestamp": now})
    case = SubElement(suite, "testcase", classname=SUITE, name="the run", time="0.000")
    _say(case, "error", "the run wrote no report", "")
    return suite


def write_junit(made: Document, path: str | Path) -> Path:
    """Write it. Raises `ReportError` when the place cannot be written."""
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
    """Say what became of a judgement; `blocked` are the causes that were told, and is added to."""
    verdict, text = judged["verdict"], _text(entry, judged)
    headline = judged["observed"] or judged["reason"] or entry["sentence"]
    fails = made["exit"]["code"] != 0
    gated = ("fail", "stale", *(("warn",) if made["options"].get("--level") == "should" else ()))
    match verdict:
        case "broken":
            _say(into, "error", headline, text, verdict)
        case "blocked" if fails and judged["reason"] not in blocked:
            blocked.add(judged["reason"])
            _say(into, "failure", headline, text, verdict)
        case "blocked" | "not applicable":
            _say(into, "skipped", f"{verdict}: {judged['reason']}", "", verdict)
        case _ if fails and verdict in gated:
            _say(into, "failure", headline, text, verdict)
        case "fail" | "stale" | "warn" | "known":
            SubElement(into, "system-out").text = clean(text)


def _say(case: Element, tag: str, headline: str, text: str, kind: str = "run") -> None:
    shown = clean(headline).replace("\n", " ")
    shown = shown if len(shown) <= HEADLINE else f"{shown[:HEADLINE]} …"
    SubElement(case, tag, type=kind, message=shown).text = clean(text) or None


def _text(entry: Document, judged: Document) -> str:
    """The finding as a paragraph: what is required, what was observed, how to see it again."""
    rows = [(name, judged[name]) for name in ("case", "expected", "observed", "reason")]
    rows += [("remark", remark) for remark in judged["remarks"]]
    rows.append(("source", entry["source"]["url"]))
    lines = [f"{entry['id']} {entry['level']} {entry['sentence']}"]
    return "\n".join([*lines, *(f"{name:10}{value}" for name, value in rows if value), *judged["reproduce"]])


def _lost(made: Document) -> list[str]:
    return [control["sentence"] for control in made["controls"] if not control["ok"]]
