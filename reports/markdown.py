"""A short markdown summary for job pages and comments.

Text of a target is escaped or in code spans: these pages render HTML, follow links and notify people who are
mentioned.
"""

from __future__ import annotations

import re
from pathlib import Path

from eiospec.reports.additions import short_lines
from eiospec.reports.changes import paragraphs
from eiospec.reports.escapes import visible
from eiospec.reports.facts import state_of
from eiospec.reports.files import write_text
from eiospec.reports.markup import SIGNS, web_address
from eiospec.reports.model import Document, with_verdict
from eiospec.reports.outcome import FINDINGS
from eiospec.reports.text import cut

# Findings and changes listed; job pages have a size limit.
SHOWN = 50
LONGEST = 200

MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@$:-])")


def markdown(made: Document) -> str:
    """Return the summary of a document."""
    lines = [f"### {prose(made['headline'])}.", ""]
    if "balancer" in made:
        lines += [prose(made["balancer"]["diagnosis"]), ""]
    if "comparison" in made:
        lines += [f"**{prose(made['comparison']['headline'])}.**", ""]
        changes = paragraphs(made["comparison"])
        lines += [f"- {prose(text)}" for text in changes[:SHOWN]]
        lines += [f"- … and {len(changes) - SHOWN} more"] if changes[SHOWN:] else []
        lines += [""] if changes else []
    findings = with_verdict(made, *FINDINGS)
    if findings:
        lines += ["| | Requirement | Observed | Source |", "|---|---|---|---|"]
        lines += [_row(entry) for entry in findings[:SHOWN]]
        if findings[SHOWN:]:
            lines.append(f"| | … and {len(findings) - SHOWN} more | | |")
        lines.append("")
    lines += _survey(made)
    lines += ["<details><summary>Target and counts</summary>", ""]
    lines += [
        f"- {SIGNS[verdict]} {verdict}: {number}"
        for verdict, number in made["counts"]["requirements"].items()
        if number
    ]
    lines += [
        f"- {prose(found['capability'])}: {prose(state_of(found))} {code(found['value'])}".rstrip()
        for found in made["detections"]
    ]
    lines += ["", "</details>", ""]
    lines.append(
        f"eiospec {prose(made['tool']['version'])}, {prose(made['started'])}, {made['seconds']:.1f} s"
    )
    return "\n".join(lines) + "\n"


def write_markdown(made: Document, path: str | Path) -> Path:
    """Write the summary of a document. Raises `ReportError`."""
    return write_text(path, markdown(made))


def prose(text: str) -> str:
    """Escape all punctuation (CommonMark §2.4)."""
    return MARKUP.sub(r"\\\1", visible(text))


def code(text: str) -> str:
    """Return a code span (CommonMark §6.1) for a table cell; an empty text stays empty."""
    shown = cut(visible(text), LONGEST)
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # A bar ends a table cell even inside a code span.
    return f"{fence} {shown} {fence}".replace("|", "\\|")


def _survey(made: Document) -> list[str]:
    """Return what the application adds to responses, a line for each cookie and field."""
    found = list(short_lines(made["survey"])) if "survey" in made else []
    if not found:
        return []
    lines = ["Cookies and fields of the application:", ""]
    for name, behaviour, differences in found:
        more = f". {' '.join(differences)}" if differences else ""
        lines.append(f"- {code(name)} {prose(behaviour + more)}")
    return [*lines, ""]


def _row(entry: Document) -> str:
    verdict = entry["verdict"]
    judged = [judgement for judgement in entry["judgements"] if judgement["verdict"] == verdict]
    more = f" and {len(judged) - 1} more" if len(judged) > 1 else ""
    observed = code(judged[0]["observed"] or judged[0]["reason"]) + more
    source = entry["source"]
    title = prose(f"{source['title']}, {source['section']}" if source["section"] else source["title"])
    # In angle brackets a URL may have anything but brackets and white space.
    link = web_address(source["url"]) and not re.search(r"[<>\s]", source["url"])
    cited = f"[{title}](<{source['url']}>)".replace("|", "\\|") if link else title
    return (
        f"| {SIGNS[verdict]} {verdict} | **{entry['id']}** {entry['level']} {prose(entry['sentence'])} "
        f"| {observed} | {cited} |"
    )
