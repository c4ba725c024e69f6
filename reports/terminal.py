"""What a stranger reads at the end of a run, as text.

In this order: the areas with their counts; what was detected and what was left out; what is wrong, gravest last,
where the eye of a reader is, each with what is needed to act (the requirement, expected and observed, how to
reproduce it, the source); what changed since an older run; where the reports are; and in the last line how it went.
Nothing here prints.

What is copied from a target went through `visible`, is indented, and can neither move the cursor nor begin
a line that a build service would obey. URLs, paths and shell lines are never wrapped: they are there to be
copied.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from eiospec.reports.areas import by_area
from eiospec.reports.changes import paragraphs
from eiospec.reports.escapes import inert, visible
from eiospec.reports.model import Document, conforms, with_verdict
from eiospec.reports.replayed import changes

__all__ = ["closing_line", "comparison", "summary", "visible"]

# How much is said, as pytest counts -v and -q.
EVIDENCE, USUAL, FINDINGS_ONLY = 1, 0, -1

NARROWEST = 40
# Of one expected or observed text; the whole stands in the reports.
LONGEST = 900
# Distinct ways in which one requirement fails that are shown one by one.
WAYS = 3
# Findings told in full; of the others a line says what they are.
MOST_FAILURES = 10
MOST_WARNINGS = 5
LABEL = 11
# Stands behind a wide character while lines are made; `visible` lets none through.
FILLER = "\0"

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


def summary(
    made: Document,
    *,
    width: int = 80,
    colour: bool = False,
    loudness: int = USUAL,
    written: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """The end of a run in words, for a terminal of `width` columns.

    `loudness` counts as pytest does: 1 for -v, -1 for -q. `written` are the paths of the reports, `notes` what is to
    be said beside the verdicts, a paragraph each.
    """
    page = _Page(max(width, NARROWEST), colour)
    if loudness >= USUAL:
        page.areas(made)
        page.detections(made, evidence=loudness >= EVIDENCE)
        page.left_out(made)
        page.diagnosis(made)
    if loudness >= FINDINGS_ONLY:
        page.findings(made)
        page.controls(made)
        page.changes(made)
    page.replay(made)
    for note in notes:
        page.note(note)
    if loudness >= USUAL:
        page.reports(written)
    page.closing(made)
    return page.text()


def comparison(made: Document, *, width: int = 80, colour: bool = False) -> str:
    """Only what changed since an older run, and how the newer one went."""
    page = _Page(max(width, NARROWEST), colour)
    page.changes(made)
    page.closing(made)
    return page.text()


def closing_line(made: Document, *, width: int = 80, colour: bool = False) -> str:
    """How a run went, in a sentence: one line, unless the terminal is too narrow for the words."""
    page = _Page(max(width, NARROWEST), colour)
    page.closing(made)
    return page.text()


class _Page:
    """Lines of a page of one width."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour
        self.lines: list[str] = []

    def text(self) -> str:
        return "\n".join(inert(line).rstrip() for line in self.lines).strip("\n") + "\n"

    def closing(self, made: Document) -> None:
        """The headline; where that is too long for a line, the target is not named again."""
        code, said = made["exit"]["code"], f"{made['headline']}."
        if _columns(visible(said)) > self.width:
            said = said.replace(made["target"], "the target", 1)
            said = said[:1].upper() + said[1:]
        style = "1;32" if conforms(made) else "1;31" if code == 1 else "1;33"
        self.lines += ["", *(self.painted(line, style) for line in self.wrapped(said))]

    def areas(self, made: Document) -> None:
        """What was judged, a line an area, and what that took."""
        if not made["requirements"]:
            return
        self.lines += by_area(made, self.width, lambda text, verdict: self.painted(text, COLOURS[verdict]))
        checks = sum(made["counts"]["judgements"].values())
        self.paragraph(f"  {checks} {'check' if checks == 1 else 'checks'} in {made['seconds']:.1f} s", "  ")

    def diagnosis(self, made: Document) -> None:
        """What was seen of a balancer, in plain words."""
        if "balancer" in made:
            self.lines.append("")
            self.paragraph(made["balancer"]["diagnosis"], "")

    def findings(self, made: Document) -> None:
        """What is wrong, gravest last."""
        for number, entry in enumerate(with_verdict(made, "warn")):
            (self.warning if number < MOST_WARNINGS else self.mention)(entry)
        self.by_reason(made, "blocked")
        for number, entry in enumerate(with_verdict(made, "stale", "fail")):
            (self.finding if number < MOST_FAILURES else self.mention)(entry)
        self.by_reason(made, "broken")

    def changes(self, made: Document) -> None:
        """What became of each requirement since an older run, the gravest last."""
        if "comparison" in made:
            self.lines.append("")
            self.paragraph(f"{made['comparison']['headline']}.", "  ")
            for text in reversed(paragraphs(made["comparison"])):
                self.paragraph(f"  {text}", " " * 6)

    def replay(self, made: Document) -> None:
        """What a replay says otherwise than the run it was made from."""
        sentence, *rows = changes(made) or [""]
        if sentence:
            self.lines.append("")
            self.paragraph(sentence, "  ")
            self.lines += rows

    def note(self, text: str) -> None:
        self.lines.append("")
        self.paragraph(text, "  ")

    def mention(self, entry: Document) -> None:
        """A finding too many: its sentence in one line, under a blank line when it is the first."""
        opening = f"{entry['verdict'].upper():5} {entry['id']} {entry['level']}  {entry['sentence']}"
        if not self.lines or not self.lines[-1].startswith(self.word(entry["verdict"])):
            self.lines.append("")
        line = self.wrapped(opening)
        self.lines.append(
            self.marked(line[0] if len(line) == 1 else f"{line[0][: self.width - 2]} …", entry["verdict"])
        )

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
        for control in made["controls"]:
            if not control["ok"]:
                self.lines.append("")
                self.paragraph(f"The {control['when']} control exchange failed: {control['sentence']}", "  ")

    def detections(self, made: Document, *, evidence: bool) -> None:
        """What the target was found to do, and by what evidence if that is wanted; what it was not found to do."""
        present = [found for found in made["detections"] if found["present"]]
        absent = [found["capability"] for found in made["detections"] if not found["present"]]
        if present and evidence:
            self.section("Detected")
            for found in present:
                self.paragraph(f"  {_capability(found)}: {_cut(found['evidence'])}", "    ")
        elif present:
            self.lines.append("")
            self.paragraph(f"Detected: {', '.join(map(_capability, present))}", "  ")
        if absent:
            self.paragraph(f"Not found: {', '.join(absent)}", "  ")

    def left_out(self, made: Document) -> None:
        parts: list[str] = []
        if not made["requirements"]:
            return
        number = made["counts"]["requirements"]["not applicable"]
        if number:
            parts.append(f"{number} not applicable to this target")
        asked = made.get("requirement_set")
        if asked and asked["changed"]:
            parts.append(f"{', '.join(asked['changed'])}, whose meaning changed since {asked['release']}")
        if made["excluded"]:
            parts.append(f"{len(made['excluded'])} of the catalogue without a check")
        if parts:
            self.paragraph(f"Not judged: {'; '.join(parts)} (the reasons are in the report)", "  ")

    def reports(self, written: Sequence[str]) -> None:
        """The path of the first report, to be opened; those beside it by name, others by their paths."""
        if not written:
            return
        first, *others = (PurePath(path) for path in written)
        self.lines += ["", f"Report: {visible(str(first))}"]
        beside = [path.name for path in others if path.parent == first.parent]
        if beside:
            self.paragraph(f"  beside it: {', '.join(beside)}", "    ")
        self.lines.extend(f"  {visible(str(path))}" for path in others if path.parent != first.parent)

    def section(self, title: str) -> None:
        self.lines += ["", self.painted(title, "1")]

    def title(self, entry: Document) -> None:
        verdict = entry["verdict"]
        opening = f"{verdict.upper():5} {entry['id']} {entry['level']}  "
        self.lines.append("")
        self.paragraph(opening + entry["sentence"], " " * 6, verdict)

    def paragraph(self, text: str, indent: str, verdict: str = "") -> None:
        """Wrapped text; it begins with its verdict, if it has one."""
        first, *others = self.wrapped(text, " " * len(indent))
        self.lines += [self.marked(first, verdict) if verdict else first, *others]

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
        shown = visible(text)
        wide = _widened(shown)
        lines = textwrap.wrap(
            wide,
            # A line may end between a wide character and its filler.
            self.width - (wide != shown),
            subsequent_indent=indent,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
        return [line.replace(FILLER, "") for line in lines] or [""]

    def marked(self, line: str, verdict: str) -> str:
        """A line that begins with a verdict, which is painted."""
        return self.word(verdict) + line.removeprefix(verdict.upper())

    def word(self, verdict: str) -> str:
        return self.painted(verdict.upper(), COLOURS[verdict])

    def painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def _widened(text: str) -> str:
    """The text with a filler after each character that takes two columns (UAX #11), so that it wraps in time."""
    if text.isascii():
        return text
    return "".join(
        character + FILLER if unicodedata.east_asian_width(character) in "WF" else character
        for character in text
    )


def _columns(text: str) -> int:
    return len(_widened(text))


def _capability(found: Document) -> str:
    return f"{found['capability']} {found['value']!r}" if found["value"] else str(found["capability"])


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
