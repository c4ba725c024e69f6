"""Annotations and step summary for GitHub's job page.

An annotation is a workflow command, `::error title=…::…`. GitHub shows ten errors and ten warnings per step, so
no more are written; the last one counts the rest. A command is one line: text of a target can neither end it nor
start another one (Workflow commands, "Escaping"). The step summary is the markdown summary, cut to GitHub's limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from eiospec.reports.escapes import visible
from eiospec.reports.markdown import markdown, prose
from eiospec.reports.model import Document, with_verdict
from eiospec.reports.text import cut

MOST = 10
# Maximum characters of a text that a target may have chosen.
LONGEST = 600
# Maximum octets of all summaries of a step; GitHub shows none of them when there are more.
MOST_OCTETS = 1024 * 1024
MESSAGE: Mapping[str, str] = MappingProxyType({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY: Mapping[str, str] = MappingProxyType({**MESSAGE, ":": "%3A", ",": "%2C"})

# Title and text.
Annotation = tuple[str, str]


def workflow_commands(documents: Sequence[Document]) -> list[str]:
    """Return the workflow commands, one line each, gravest first. With several documents, titles name the target."""
    lines: list[str] = []
    for command, fails in (("error", True), ("warning", False)):
        found = [
            (f"{title} ({made['target']})" if len(documents) > 1 else title, text)
            for made in documents
            for title, text in _findings(made, fails=fails)
        ]
        if len(found) > MOST:
            rest = len(found) - MOST + 1
            found[MOST - 1 :] = [(f"{rest} more findings", "See the step summary or the report.")]
        lines += [_command(command, title, text) for title, text in found]
    return lines


def step_summary(documents: Iterable[Document], already: int) -> str:
    """Return the markdown for the job page, given that `already` octets are in use.

    A summary that does not fit is reduced to its headline.
    """
    made = ""
    for each in documents:
        for text in (markdown(each), f"### {prose(each['headline'])}.\n"):
            if already + len((made + text).encode("utf-8", "backslashreplace")) + 1 <= MOST_OCTETS:
                made += f"{text}\n"
                break
    return made


def _findings(made: Document, *, fails: bool) -> Iterator[Annotation]:
    """Yield what fails the run, or what does not. With exit code 0 (`--compare`) nothing does."""
    passed = made["exit"]["code"] == 0
    gated = made["options"].get("--level") == "should" and not passed
    if fails is not passed:
        for control in made["controls"]:
            if not control["ok"]:
                yield f"{control['when']} control exchange", _shown(control["sentence"])
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
        text = "\n".join([entry["sentence"], *(f"{name}: {_shown(value)}" for name, value in rows if value)])
        yield f"{entry['id']} {entry['level']} {entry['verdict']}", text


def _by_cause(made: Document, verdict: str) -> Iterator[Annotation]:
    """Yield one annotation per cause for requirements that could not be judged."""
    causes: dict[str, list[str]] = {}
    for entry in with_verdict(made, verdict):
        judged = next(one for one in entry["judgements"] if one["verdict"] == verdict)
        causes.setdefault(judged["reason"], []).append(entry["id"])
    for reason, ids in causes.items():
        yield f"{len(ids)} {verdict}", f"{_shown(reason)}\n{', '.join(ids)}"


def _shown(text: str) -> str:
    return visible(cut(text, LONGEST))


def _command(name: str, title: str, text: str) -> str:
    return f"::{name} title={_escaped(visible(title), PROPERTY)}::{_escaped(text, MESSAGE)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
