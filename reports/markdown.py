"""A short summary in markdown, for the job page of a build service and for comments.

Whatever a target sent stands in code spans or is escaped: a summary page renders HTML, follows links and
notifies people that are mentioned.
"""

from __future__ import annotations

import re
from pathlib import Path

from eiospec.reports.changes import paragraphs
from eiospec.reports.escapes import visible
from eiospec.reports.files import write_text
from eiospec.reports.markup import SIGNS, web_address
from eiospec.reports.model import Document, with_verdict
from eiospec.reports.outcome import FINDINGS

# Findings told one by one; a job page has a size limit and a reader has patience.
SHOWN = 50
LONGEST = 200

MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@$:-])")


def markdown(made: Document) -> str:
    """The summary of a document."""
    lines = [f"### {prose(made['headline'])}.", ""]
    if "balancer" in made:
        lines += [prose(made["balancer"]["diagnosis"]), ""]
    if "comparison" in made:
        lines += [f"**{prose(made['comparison']['headline'])}.**", ""]
        told = paragraphs(made["comparison"])
        lines += [f"- {prose(text)}" for text in told[:SHOWN]]
        lines += [f"- … and {len(told) - SHOWN} more"] if told[SHOWN:] else []
        lines += [""] if told else []
    findings = with_verdict(made, *FINDINGS)
    if findings:
        lines += ["| | Requirement | Observed | Source |", "|---|---|---|---|"]
        lines += [_row(entry) for entry in findings[:SHOWN]]
        if findings[SHOWN:]:
            lines.append(f"| | … and {len(findings) - SHOWN} more | | |")
        lines.append("")
    lines += ["<details><summary>Target and counts</summary>", ""]
    lines += [
        f"- {SIGNS[verdict]} {verdict}: {number}"
        for verdict, number in made["counts"]["requirements"].items()
        if number
    ]
    lines += [
        f"- {prose(found['capability'])}: "
        + (f"detected {code(found['value'])}".rstrip() if found["present"] else "not found")
        for found in made["detections"]
    ]
    lines += ["", "</details>", ""]
    lines.append(
        f"eiospec {prose(made['tool']['version'])}, {prose(made['started'])}, {made['seconds']:.1f} s"
    )
    return "\n".join(lines) + "\n"


def write_markdown(made: Document, path: str | Path) -> Path:
    """Write the summary of a document. Raises `ReportError` when the place cannot be written."""
    return write_text(path, markdown(made))


def prose(text: str) -> str:
    """Text without a meaning in markdown: punctuation is escaped (CommonMark §2.4)."""
    return MARKUP.sub(r"\\\1", visible(text))


def code(text: str) -> str:
    """A code span (CommonMark §6.1), fit for a table cell; nothing for an empty text."""
    shown = visible(text)
    if len(shown) > LONGEST:
        shown = shown[:LONGEST] + " …"
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # A table cell ends at a bar even within a code span.
    return f"{fence} {shown} {fence}".replace("|", "\\|")


def _row(entry: Document) -> str:
    verdict = entry["verdict"]
    judged = [judgement for judgement in entry["judgements"] if judgement["verdict"] == verdict]
    more = f" and {len(judged) - 1} more" if len(judged) > 1 else ""
    observed = code(judged[0]["observed"] or judged[0]["reason"]) + more
    source = entry["source"]
    title = prose(f"{source['title']}, {source['section']}" if source["section"] else source["title"])
    # Angle brackets take any URL but one with a bracket or a line end in it.
    link = web_address(source["url"]) and not re.search(r"[<>\s]", source["url"])
    cited = f"[{title}](<{source['url']}>)".replace("|", "\\|") if link else title
    return (
        f"| {SIGNS[verdict]} {verdict} | **{entry['id']}** {entry['level']} {prose(entry['sentence'])} "
        f"| {observed} | {cited} |"
    )
