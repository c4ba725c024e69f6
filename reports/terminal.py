"""The summary a stranger reads at the end of a run, as text.

In this order: the sentence that says how it went; what is wrong, gravest first, each with what a reader
needs to act (the requirement, expected and observed, the source, how to reproduce it); what was blocked or
broken, by its cause; what was detected; what was left out; where the reports are. Nothing here prints.

What is copied from a target went through `visible`, is indented, and can neither move the cursor nor begin
a line that a build service would obey. URLs, paths and shell lines are never wrapped: they are there to be
copied.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from eiospec.reports.escapes import inert, visible
from eiospec.reports.model import Document, with_verdict

__all__ = ["summary", "visible"]

NARROWEST = 40
# Of one expected or observed text; the whole stands in the reports.
LONGEST = 900
# Distinct ways in which one requirement fails that are shown one by one.
WAYS = 3
LABEL = 11

COLOURS = {
    "pass": "32",
    "info": "36",
    "known": "36",
    "not applicable": "2",
    "warn": "33",
    "fail": "1;31",
    "stale": "1;31",
    "blocked": "35",
    "broken": "1;35",
}


def summary(made: Document, *, width: int = 80, colour: bool = False, written: Sequence[str] = ()) -> str:
    """The end of a run in words, for a terminal of `width` columns. `written`: paths of the reports."""
    page = _Page(max(width, NARROWEST), colour)
    page.headline(made)
    page.diagnosis(made)
    for entry in with_verdict(made, "fail", "stale"):
        page.finding(entry)
    page.by_reason(made, "broken")
    page.by_reason(made, "blocked")
    for entry in with_verdict(made, "warn"):
        page.warning(entry)
    page.controls(made)
    page.detections(made)
    page.left_out(made)
    page.reports(written)
    return "\n".join(inert(line).rstrip() for line in page.lines).strip("\n") + "\n"


class _Page:
    """Lines of a page of one width."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour
        self.lines: list[str] = []

    def headline(self, made: Document) -> None:
        code = made["exit"]["code"]
        style = "1;32" if code == 0 else "1;31" if code == 1 else "1;33"
        for line in self.wrapped(f"{made['headline']}."):
            self.lines.append(self.painted(line, style))

    def diagnosis(self, made: Document) -> None:
        """What was seen of a balancer, in plain words."""
        if "balancer" in made:
            self.lines.append("")
            self.paragraph(made["balancer"]["diagnosis"], "")

    def finding(self, entry: Document) -> None:
        """A requirement that fails, in full: the same failure on several cases is told once."""
        self.title(entry)
        ways = _ways(
            judgement for judgement in entry["judgements"] if judgement["verdict"] == entry["verdict"]
        )
        for place, alike in enumerate(ways[:WAYS]):
            if place:
                self.lines.append("")
            first = alike[0]
            self.row("case", ", ".join(judgement["case"] for judgement in alike if judgement["case"]))
            self.row("expected", first["expected"])
            self.row("observed", first["observed"])
            self.row("reason", first["reason"])
            for remark in first["remarks"]:
                self.row("remark", remark)
            self.verbatim("reproduce", first["reproduce"])
        if ways[WAYS:]:
            rest = sum(len(alike) for alike in ways[WAYS:])
            self.row("", f"and in other ways on {rest} more case{'s' if rest > 1 else ''}; see the reports")
        self.row("source", _source(entry))
        self.verbatim("", [entry["source"]["url"]])

    def warning(self, entry: Document) -> None:
        """A requirement that warns, in brief: the first case and where to read on."""
        self.title(entry)
        judged = next(judgement for judgement in entry["judgements"] if judgement["verdict"] == "warn")
        self.row("observed", judged["observed"] or judged["reason"])
        self.row("source", _source(entry))

    def by_reason(self, made: Document, verdict: str) -> None:
        """Requirements that say nothing of the target: once, by the cause, with the ids it concerns."""
        causes: dict[str, list[str]] = {}
        for entry in with_verdict(made, verdict):
            judged = next(judgement for judgement in entry["judgements"] if judgement["verdict"] == verdict)
            causes.setdefault(judged["reason"] or "no reason was given", []).append(entry["id"])
        for reason, ids in causes.items():
            many = f"{len(ids)} requirements" if len(ids) > 1 else "1 requirement"
            self.lines.append("")
            self.paragraph(f"{verdict.upper()}  {many}: {_cut(reason)}", f"{verdict.upper()}  ", verdict)
            self.row("", ", ".join(ids))

    def controls(self, made: Document) -> None:
        lost = [control for control in made["controls"] if not control["ok"]]
        if lost:
            self.section("Control exchanges that failed")
        for control in lost:
            self.row(control["when"], control["sentence"])

    def detections(self, made: Document) -> None:
        """What the target was found to do; what it was not found to do is named in one line."""
        if not made["detections"]:
            return
        self.section("Detected")
        for found in made["detections"]:
            if found["present"]:
                value = f" {found['value']!r}" if found["value"] else ""
                self.paragraph(f"  {found['capability']}{value}: {_cut(found['evidence'])}", "    ")
        absent = ", ".join(found["capability"] for found in made["detections"] if not found["present"])
        if absent:
            self.paragraph(f"  not found: {absent}", "    ")

    def left_out(self, made: Document) -> None:
        parts: list[str] = []
        number = made["counts"]["requirements"]["not applicable"]
        if number:
            parts.append(f"{number} not applicable to this target")
        asked = made.get("requirement_set")
        if asked and asked["changed"]:
            parts.append(f"{', '.join(asked['changed'])}, whose meaning changed since {asked['release']}")
        if made["excluded"]:
            parts.append(f"{len(made['excluded'])} of the catalogue without a check")
        if parts:
            self.lines.append("")
            self.paragraph(f"Not judged: {'; '.join(parts)} (the reasons are in the reports).", "  ")

    def reports(self, written: Sequence[str]) -> None:
        if written:
            self.section("Reports")
            self.lines.extend(f"  {visible(path)}" for path in written)

    def section(self, title: str) -> None:
        self.lines += ["", self.painted(title, "1")]

    def title(self, entry: Document) -> None:
        verdict = entry["verdict"]
        opening = f"{verdict.upper():5} {entry['id']} {entry['level']}  "
        self.lines.append("")
        self.paragraph(opening + entry["sentence"], " " * 6, verdict)

    def paragraph(self, text: str, indent: str, verdict: str = "") -> None:
        """Wrapped text; the first word is painted as its verdict."""
        lines = self.wrapped(text, " " * len(indent))
        if verdict:
            word = verdict.upper()
            lines[0] = self.painted(word, COLOURS[verdict]) + lines[0].removeprefix(word)
        self.lines += lines

    def row(self, label: str, text: str) -> None:
        """A label and its text, which hangs beside it; nothing for an empty text."""
        if not text:
            return
        hanging = " " * (2 + LABEL)
        lines = [line for part in _cut(text).split("\n") for line in self.wrapped(hanging + part, hanging)]
        self.lines.append(f"  {label:<{LABEL}}{lines[0].removeprefix(hanging)}")
        self.lines += lines[1:]

    def verbatim(self, label: str, lines: Sequence[str]) -> None:
        """Lines to be copied: escaped, never wrapped."""
        for place, line in enumerate(line for line in lines if line):
            self.lines.append(f"  {'' if place else label:<{LABEL}}{visible(line)}")

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(
            visible(text),
            self.width,
            subsequent_indent=indent,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        ) or [""]

    def painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def _ways(judgements: Iterable[Document]) -> list[list[Document]]:
    """Judgements that say the same, together, in the order they were made."""
    ways: dict[tuple[str, str, str], list[Document]] = {}
    for judgement in judgements:
        ways.setdefault((judgement["expected"], judgement["observed"], judgement["reason"]), []).append(
            judgement
        )
    return list(ways.values())


def _source(entry: Document) -> str:
    source = entry["source"]
    return f"{source['title']}, {source['section']}" if source["section"] else str(source["title"])


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … ({len(text) - LONGEST} more characters in the reports)"
