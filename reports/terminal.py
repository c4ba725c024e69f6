"""The summary of a run, of a comparison, and of several targets, as text for a terminal. Nothing here prints.

A summary has, in this order: the areas with their counts; what was detected and not judged; the findings, most severe
last, each with what is needed to act (requirement, expected and observed, how to reproduce it, source); changes since
an older run; the paths of the reports; and the result in the last line.

Text of a target goes through `visible` and is indented: it cannot move the cursor, or begin a line that a build
service would obey. URLs, paths and shell lines are never wrapped, so that they can be copied.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from eiospec.reports.additions import nothing_added, short_lines
from eiospec.reports.changes import paragraphs
from eiospec.reports.escapes import inert, visible
from eiospec.reports.facts import by_state, how_to_declare
from eiospec.reports.model import Document, conforms, with_verdict
from eiospec.reports.outcome import FINDINGS
from eiospec.verdicts import Verdict

# Verbosity, as pytest counts -v and -q.
EVIDENCE, USUAL, FINDINGS_ONLY = 1, 0, -1

NARROWEST = 40
# Characters of one expected or observed text; the reports have the whole text.
LONGEST = 900
# Distinct failures of one requirement that are shown.
WAYS = 3
# Findings shown in full; others get one line.
MOST_FAILURES = 10
MOST_WARNINGS = 5
LABEL = 11
# Inserted after a wide character while lines are wrapped; `visible` removes it from other text.
FILLER = "\0"
GAP = "  "
INDENT = " " * 6

# The columns of the table of areas: good, bad, and verdicts that are about the run only.
COLUMNS = ("pass", "fail", "stale", "warn", "known", "blocked", "broken", "info", "not applicable")
SHORT = {"not applicable": "n/a"}
ALL_AREAS = "all areas"
SHORTEST_TITLE = 14

# The columns of the table of targets.
TARGET_COLUMNS = ("fail", "broken", "blocked", "stale", "warn", "known", "pass")
# Verdicts for which an overview lists only the ids.
IDS_ONLY = (Verdict.BROKEN, Verdict.BLOCKED)
# Requirements of one verdict that an overview shows.
MOST_REQUIREMENTS = 12

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
    verbosity: int = USUAL,
    written: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return the summary of a run for a terminal of `width` columns.

    `verbosity` is 1 for -v, -1 for -q. `written` are the paths of the reports; `notes` are more paragraphs.
    """
    page = _Page(max(width, NARROWEST), colour)
    if verbosity >= USUAL:
        page.areas(made)
        page.detections(made, evidence=verbosity >= EVIDENCE)
        page.left_out(made)
        page.survey(made)
        page.diagnosis(made)
    if verbosity >= FINDINGS_ONLY:
        page.findings(made)
        page.controls(made)
        page.changes(made)
    page.replay(made)
    for note in notes:
        page.spaced(note, "  ")
    if verbosity >= USUAL:
        page.reports(written)
    page.closing(made)
    return page.text()


def comparison(made: Document, *, width: int = 80, colour: bool = False) -> str:
    """Return what changed since an older run, and the result of the newer one."""
    page = _Page(max(width, NARROWEST), colour)
    page.changes(made)
    page.closing(made)
    return page.text()


def overview(documents: Mapping[str, Document | None], *, width: int = 80) -> str:
    """Return the results of several targets by name, None for a run without a report: a table, then the findings."""
    page = _Page(max(width, NARROWEST), colour=False)
    page.paragraph(count_of_targets(documents), "")
    page.lines += ["", *_table_of_targets(documents)]
    for verdict in FINDINGS:
        page.findings_of_targets(verdict, _targets_with(documents, verdict))
    return page.text()


def count_of_targets(documents: Mapping[str, Document | None]) -> str:
    """Return for example "10 targets: 8 conform, 1 does not, 1 was not judged to the end."."""
    codes = Counter(None if made is None else made["exit"]["code"] for made in documents.values())
    rest = len(documents) - sum(codes[code] for code in (0, 1, 6))
    counts = [
        (codes[0], "conforms", "conform"),
        (codes[1], "does not", "do not"),
        (codes[6], "could not be reached or was lost", "could not be reached or were lost"),
        (rest, "was not judged to the end", "were not judged to the end"),
    ]
    parts = [f"{number} {one if number == 1 else more}" for number, one, more in counts if number]
    return f"{len(documents)} targets: {', '.join(parts)}."


def _table_of_targets(documents: Mapping[str, Document | None]) -> list[str]:
    """Return a row per target: exit code, counts, and its name or the reason why nothing was judged."""
    counts = [made["counts"]["requirements"] for made in documents.values() if made is not None]
    columns = [verdict for verdict in TARGET_COLUMNS if any(found[verdict] for found in counts)]
    rows: list[Sequence[str]] = [("exit", *columns, "target")]
    for name, made in documents.items():
        if made is None:
            rows.append(("-", *("-" for _ in columns), f"{visible(name)}: it left no report"))
            continue
        found, lost = made["counts"]["requirements"], [one for one in made["controls"] if not one["ok"]]
        text = visible(lost[0]["sentence"] if lost else name)
        rows.append((str(made["exit"]["code"]), *(str(found[verdict] or "-") for verdict in columns), text))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return [
        GAP.join((*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]))
        for row in rows
    ]


def _targets_with(
    documents: Mapping[str, Document | None], verdict: Verdict
) -> dict[str, tuple[Document, list[str]]]:
    """Return the requirements with this verdict by id, each with the names of its targets."""
    found: dict[str, tuple[Document, list[str]]] = {}
    for name, made in documents.items():
        for entry in () if made is None else made["requirements"]:
            if entry["verdict"] == verdict:
                found.setdefault(entry["id"], (entry, []))[1].append(name)
    return found


@dataclass(frozen=True, slots=True)
class Area:
    """An area of a run. `counts` are its requirements by verdict."""

    code: str
    title: str
    counts: Counter[str]


def areas(made: Document) -> tuple[Area, ...]:
    """Return the areas of a document, in its order."""
    found: dict[str, Area] = {}
    for entry in made["requirements"]:
        area = found.setdefault(entry["area"], Area(entry["area"], entry["area_title"], Counter()))
        area.counts[entry["verdict"]] += 1
    return tuple(found.values())


def table_of_areas(made: Document, *, width: int = 80, colour: bool = False) -> str:
    """Return the table of areas: one line each, with a column for each verdict."""
    page = _Page(width, colour)
    page.table_of_areas(areas(made))
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
        """Add the headline, without the name of the target if it would be too long for a line."""
        code, text = made["exit"]["code"], f"{made['headline']}."
        if _columns(visible(text)) > self.width:
            text = text.replace(made["target"], "the target", 1)
            text = text[:1].upper() + text[1:]
        style = "1;32" if conforms(made) else "1;31" if code == 1 else "1;33"
        self.lines += ["", *(self.painted(line, style) for line in self.wrapped(text))]

    def areas(self, made: Document) -> None:
        """Add the table of areas, the number of checks and the duration."""
        if not made["requirements"]:
            return
        self.table_of_areas(areas(made))
        checks = sum(made["counts"]["judgements"].values())
        self.paragraph(f"  {checks} {'check' if checks == 1 else 'checks'} in {made['seconds']:.1f} s", "  ")

    def table_of_areas(self, rows: tuple[Area, ...]) -> None:
        """Add a line per area and one for all, with a column for each verdict that was given.

        If the terminal is too narrow, titles are cut, then left out, and at last the table becomes text.
        """
        if len(rows) > 1:
            rows = (*rows, Area("", ALL_AREAS, sum((area.counts for area in rows), Counter())))
        given = [verdict for verdict in COLUMNS if any(area.counts[verdict] for area in rows)]
        names = {verdict: SHORT.get(verdict, verdict) for verdict in given}
        widths = {
            verdict: max(len(name), *(len(str(area.counts[verdict])) for area in rows))
            for verdict, name in names.items()
        }
        codes = max((len(area.code) for area in rows), default=0)
        left = self.width - len(GAP) - codes - sum(len(GAP) + width for width in widths.values())
        if left < 0:
            for area in rows:
                counts = ((area.counts[verdict], name) for verdict, name in names.items())
                text = ", ".join(f"{number} {name}" for number, name in counts if number)
                self.paragraph(f"{GAP}{area.code or ALL_AREAS}{GAP}{text}", INDENT)
            return
        titles = min(left, 1 + max(len(area.title) for area in rows)) if left > SHORTEST_TITLE else 0
        heading = "".join(f"{GAP}{name:>{widths[verdict]}}" for verdict, name in names.items())
        self.lines.append(f"{GAP}{'':{codes + titles}}{heading}")
        for area in rows:
            title = f" {area.title}" if titles else ""
            title = title if len(title) <= titles else f"{title[: titles - 1]}…"
            cells = ""
            for verdict, width in widths.items():
                number = str(area.counts[verdict] or "")
                painted = self.painted(number, COLOURS[verdict]) if number else ""
                cells += f"{GAP}{'':{width - len(number)}}{painted}"
            self.lines.append(f"{GAP}{area.code:<{codes}}{title:<{titles}}{cells}".rstrip())

    def findings_of_targets(self, verdict: Verdict, found: Mapping[str, tuple[Document, list[str]]]) -> None:
        """Add the requirements with this verdict, each with its targets."""
        if found and verdict in IDS_ONLY:
            self.lines += ["", f"{verdict.upper()}  {len(found)} requirements:"]
            self.paragraph(INDENT + ", ".join(found), INDENT)
            return
        for entry, names in list(found.values())[:MOST_REQUIREMENTS]:
            self.spaced(_opening(entry), INDENT)
            self.lines += [f"{INDENT}{visible(name)}" for name in names]
        if len(found) > MOST_REQUIREMENTS:
            more = len(found) - MOST_REQUIREMENTS
            self.lines += ["", f"{verdict.upper():5} and {more} more requirements; see the page"]

    def diagnosis(self, made: Document) -> None:
        """Add the description of a load balancer."""
        if "balancer" in made:
            self.spaced(made["balancer"]["diagnosis"], "")

    def findings(self, made: Document) -> None:
        """Add the findings, most severe last."""
        for number, entry in enumerate(with_verdict(made, "warn")):
            (self.warning if number < MOST_WARNINGS else self.mention)(entry)
        self.by_reason(made, "blocked")
        for number, entry in enumerate(with_verdict(made, "stale", "fail")):
            (self.finding if number < MOST_FAILURES else self.mention)(entry)
        self.by_reason(made, "broken")

    def changes(self, made: Document) -> None:
        """Add what changed since an older run, most severe last."""
        if "comparison" in made:
            self.spaced(f"{made['comparison']['headline']}.", "  ")
            for text in reversed(paragraphs(made["comparison"])):
                self.paragraph(f"  {text}", " " * 6)

    def replay(self, made: Document) -> None:
        """Add the verdicts that differ from those of the stored run that was replayed."""
        replayed = made.get("replayed")
        if replayed is None:
            return
        changed, now = replayed["changed"], made["tool"]["version"]
        number = f"{len(changed) or 'No'} {'verdicts' if len(changed) > 1 else 'verdict'} changed"
        versions = f"eiospec {replayed['version']} judged {replayed['file']}, eiospec {now} again"
        self.spaced(f"{number}: {versions}.", "  ")
        rows = [(one["id"], one["case"], f"{one['then']} → {one['now']}") for one in changed]
        shown = [tuple(map(visible, row)) for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        self.lines += ["  " + GAP.join(map(str.ljust, row, widths)).rstrip() for row in shown]

    def mention(self, entry: Document) -> None:
        """Add one line for a finding that is not shown in full, after a blank line if it is the first."""
        if not self.lines or not self.lines[-1].startswith(self.word(entry["verdict"])):
            self.lines.append("")
        line, *more = self.wrapped(_opening(entry))
        self.lines.append(self.marked(f"{line[: self.width - 2]} …" if more else line, entry["verdict"]))

    def finding(self, entry: Document) -> None:
        """Add a failed requirement in full. Cases that fail alike are shown together."""
        self.title(entry)
        ways = _ways(one for one in entry["judgements"] if one["verdict"] == entry["verdict"])
        for place, alike in enumerate(ways[:WAYS]):
            if place:
                self.lines.append("")
            first = alike[0]
            self.row("case", ", ".join(judgement["case"] for judgement in alike if judgement["case"]))
            for name in ("expected", "observed", "reason"):
                self.row(name, first[name])
            for remark in first["remarks"]:
                self.row("remark", remark)
            self.verbatim("reproduce", first["reproduce"])
        if ways[WAYS:]:
            rest = sum(len(alike) for alike in ways[WAYS:])
            self.row("", f"and in other ways on {rest} more case{'s' if rest > 1 else ''}; see the reports")
        self.row("source", _source(entry))
        self.verbatim("", [entry["source"]["url"]])

    def warning(self, entry: Document) -> None:
        """Add a warning: the first case, and the source."""
        self.title(entry)
        judged = next(judgement for judgement in entry["judgements"] if judgement["verdict"] == "warn")
        self.row("observed", judged["observed"] or judged["reason"])
        self.row("source", _source(entry))

    def by_reason(self, made: Document, verdict: str) -> None:
        """Add blocked or broken requirements: each reason once, with the ids."""
        causes: dict[str, list[str]] = {}
        for entry in with_verdict(made, verdict):
            judged = next(judgement for judgement in entry["judgements"] if judgement["verdict"] == verdict)
            causes.setdefault(judged["reason"] or "no reason was given", []).append(entry["id"])
        for reason, ids in causes.items():
            many = f"{len(ids)} requirements" if len(ids) > 1 else "1 requirement"
            self.spaced(f"{verdict.upper()}  {many}: {_cut(reason)}", f"{verdict.upper()}  ", verdict)
            self.row("", ", ".join(ids))

    def controls(self, made: Document) -> None:
        for control in made["controls"]:
            if not control["ok"]:
                self.spaced(f"The {control['when']} control exchange failed: {control['sentence']}", "  ")

    def detections(self, made: Document, *, evidence: bool) -> None:
        """Add the capabilities: seen (with the evidence if wanted), declared, not seen, and to be declared."""
        states = by_state(made["detections"])
        if states["seen"] and evidence:
            self.section("Seen")
            for found in states["seen"]:
                self.paragraph(f"  {_capability(found)}: {_cut(found['evidence'])}", "    ")
        elif states["seen"]:
            self.spaced(f"Seen: {', '.join(map(_capability, states['seen']))}", "  ")
        for state in ("declared", "not seen"):
            if states[state]:
                self.paragraph(f"{state.capitalize()}: {', '.join(map(_capability, states[state]))}", "  ")
        if to_declare := how_to_declare(made["detections"]):
            self.paragraph(f"Needs to be declared: {'; '.join(to_declare)}", "  ")

    def survey(self, made: Document) -> None:
        """Add what the application adds to responses: a line for each cookie and field, or one that says nothing."""
        survey = made.get("survey")
        if survey is None:
            return
        lines = list(short_lines(survey))
        if not lines:
            self.paragraph(f"{nothing_added(survey)}", "  ")
            return
        self.spaced("Cookies and fields of the application:", "  ")
        for name, behaviour, differences in lines:
            self.paragraph(f"  {name}  {behaviour}", "    ")
            for sentence in differences:
                self.paragraph(f"    {sentence}", "      ")

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
        """Add the path of the first report, the names of others in its folder, and the paths of the rest."""
        if not written:
            return
        first, *others = (PurePath(path) for path in written)
        self.lines += ["", f"Report: {visible(str(first))}"]
        same_folder = [path.name for path in others if path.parent == first.parent]
        if same_folder:
            self.paragraph(f"  in the same folder: {', '.join(same_folder)}", "    ")
        self.lines.extend(f"  {visible(str(path))}" for path in others if path.parent != first.parent)

    def section(self, title: str) -> None:
        self.lines += ["", self.painted(title, "1")]

    def title(self, entry: Document) -> None:
        self.spaced(_opening(entry), INDENT, entry["verdict"])

    def spaced(self, text: str, indent: str, verdict: str = "") -> None:
        """Add wrapped text after a blank line."""
        self.lines.append("")
        self.paragraph(text, indent, verdict)

    def paragraph(self, text: str, indent: str, verdict: str = "") -> None:
        """Add wrapped text. If it starts with a verdict, that is coloured."""
        first, *others = self.wrapped(text, " " * len(indent))
        self.lines += [self.marked(first, verdict) if verdict else first, *others]

    def row(self, label: str, text: str) -> None:
        """Add a label and its text, with a hanging indent; nothing for an empty text."""
        if not text:
            return
        hanging = " " * (2 + LABEL)
        lines = [line for part in _cut(text).split("\n") for line in self.wrapped(hanging + part, hanging)]
        self.lines.append(f"  {label:<{LABEL}}{lines[0].removeprefix(hanging)}")
        self.lines += lines[1:]

    def verbatim(self, label: str, lines: Sequence[str]) -> None:
        """Add lines to be copied: escaped, never wrapped."""
        for place, line in enumerate(line for line in lines if line):
            self.lines.append(f"  {'' if place else label:<{LABEL}}{visible(line)}")

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        shown = visible(text)
        wide = _widened(shown)
        lines = textwrap.wrap(
            wide,
            # A line may be broken between a wide character and its filler.
            self.width - (wide != shown),
            subsequent_indent=indent,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
        return [line.replace(FILLER, "") for line in lines] or [""]

    def marked(self, line: str, verdict: str) -> str:
        """Return a line with its first word, a verdict, in colour."""
        return self.word(verdict) + line.removeprefix(verdict.upper())

    def word(self, verdict: str) -> str:
        return self.painted(verdict.upper(), COLOURS[verdict])

    def painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def _widened(text: str) -> str:
    """Return the text with a filler after each character that takes two columns (UAX #11)."""
    if text.isascii():
        return text
    return "".join(
        character + FILLER if unicodedata.east_asian_width(character) in "WF" else character
        for character in text
    )


def _columns(text: str) -> int:
    return len(_widened(text))


def _opening(entry: Document) -> str:
    return f"{entry['verdict'].upper():5} {entry['id']} {entry['level']}  {entry['sentence']}"


def _capability(found: Document) -> str:
    return f"{found['capability']} {found['value']!r}" if found["value"] else str(found["capability"])


def _ways(judgements: Iterable[Document]) -> list[list[Document]]:
    """Group equal judgements, in order."""
    ways: dict[tuple[str, str, str], list[Document]] = {}
    for one in judgements:
        ways.setdefault((one["expected"], one["observed"], one["reason"]), []).append(one)
    return list(ways.values())


def _source(entry: Document) -> str:
    source = entry["source"]
    return f"{source['title']}, {source['section']}" if source["section"] else str(source["title"])


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … ({len(text) - LONGEST} more characters in the reports)"
