"""What a run says to GitHub's job page, as workflow commands: `::error title=…::…`.

GitHub shows ten errors and ten warnings of a step, so no more are written; the last says how many there would be.
An annotation is one line: what a target sent can neither end it nor begin another (Workflow commands, "Escaping").
The step summary beside them is the markdown summary, cut to what GitHub takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from eiospec.reports.escapes import visible
from eiospec.reports.markdown import markdown, prose
from eiospec.reports.model import Document, with_verdict

MOST = 10
# Characters of one text a target had a say in.
LONGEST = 600
# Octets of the step summaries of one step; what is beyond them is not shown at all.
MOST_OCTETS = 1024 * 1024
MESSAGE: Mapping[str, str] = MappingProxyType({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY: Mapping[str, str] = MappingProxyType({**MESSAGE, ":": "%3A", ",": "%2C"})

# A title and its text.
Annotation = tuple[str, str]


def workflow_commands(documents: Sequence[Document]) -> list[str]:
    """The workflow commands of a run, a line each, gravest first. Several documents name their targets."""
    lines: list[str] = []
    for command, fails in (("error", True), ("warning", False)):
        told = [
            (f"{title} ({made['target']})" if len(documents) > 1 else title, text)
            for made in documents
            for title, text in _findings(made, fails=fails)
        ]
        if len(told) > MOST:
            rest = len(told) - MOST + 1
            told[MOST - 1 :] = [(f"{rest} more findings", "See the step summary or the report.")]
        lines += [_command(command, title, text) for title, text in told]
    return lines


def step_summary(documents: Iterable[Document], already: int) -> str:
    """The markdown for the job page, as far as it fits where `already` octets stand.

    A summary too long for its place is its headline.
    """
    made = ""
    for each in documents:
        for text in (markdown(each), f"### {prose(each['headline'])}.\n"):
            if already + len((made + text).encode("utf-8", "backslashreplace")) + 1 <= MOST_OCTETS:
                made += f"{text}\n"
                break
    return made


def _findings(made: Document, *, fails: bool) -> Iterator[Annotation]:
    """What is wrong: what fails the run, or what does not. In a run that ends well (`--compare`) nothing fails it."""
    ended_well = made["exit"]["code"] == 0
    gated = made["options"].get("--level") == "should" and not ended_well
    if fails is not ended_well:
        for control in made["controls"]:
            if not control["ok"]:
                yield f"{control['when']} control exchange", _cut(control["sentence"])
        yield from _by_cause(made, "broken")
        yield from _one_by_one(made, "fail", "stale")
        yield from _by_cause(made, "blocked")
    if gated is fails:
        yield from _one_by_one(made, "warn")


def _one_by_one(made: Document, *verdicts: str) -> Iterator[Annotation]:
    for entry in with_verdict(made, *verdicts):
        judged = next(one for one in entry["judgements"] if one["verdict"] == entry["verdict"])
        rows = [(name, judged[name]) for name in ("case", "expected", "observed", "reason")]
        rows += [("reproduce", line) for line in judged["reproduce"][:1]]
        rows.append(("source", entry["source"]["url"]))
        text = "\n".join([entry["sentence"], *(f"{name}: {_cut(said)}" for name, said in rows if said)])
        yield f"{entry['id']} {entry['level']} {entry['verdict']}", text


def _by_cause(made: Document, verdict: str) -> Iterator[Annotation]:
    """Requirements that say nothing of the target: once, by the cause."""
    causes: dict[str, list[str]] = {}
    for entry in with_verdict(made, verdict):
        judged = next(one for one in entry["judgements"] if one["verdict"] == verdict)
        causes.setdefault(judged["reason"], []).append(entry["id"])
    for reason, ids in causes.items():
        yield f"{len(ids)} {verdict}", f"{_cut(reason)}\n{', '.join(ids)}"


def _cut(text: str) -> str:
    return visible(text if len(text) <= LONGEST else f"{text[:LONGEST]} …")


def _command(name: str, title: str, text: str) -> str:
    return f"::{name} title={_escaped(visible(title), PROPERTY)}::{_escaped(text, MESSAGE)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
