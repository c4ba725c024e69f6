"""A sequence as text, to be pasted where no picture goes, and as Mermaid, which code hosts draw themselves.

Both are made from the rows of `sequence`, whose strings are printable already. Mermaid has a grammar of its
own, and a target would love to write in it: whatever is not plain in a message becomes an entity code
(Mermaid, "Entity codes to escape characters"), so that no line ends early and none begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from eiospec.reports.sequence.labels import number, offset
from eiospec.reports.sequence.rows import BALANCER, CLIENT, Cookie, Finding, Kind, Row, Sequence

SIGNS = {"fail": "✕", "broken": "?", "stale": "≠", "blocked": "⊘", "known": "≈", "warn": "!"}
ROW_SIGNS = {Kind.GAP: "…", Kind.CLOSED: "×"}

# What a message of Mermaid's sequenceDiagram may hold as it stands; "style" and "classDef" are looked for in
# any line before it is parsed.
NOT_PLAIN = re.compile(r"[^0-9A-Za-z .,_/=~*()'?!+:|·…✕≠≈⊘␞-]|style|classDef")


def plain_text(sequence: Sequence, title: str, sentences: Mapping[str, str]) -> str:
    """A line for each row; below it the cookies, and the sentences of the requirements that it breaks."""
    times = [offset(row.at) for row in sequence.rows]
    wide = max((len(time) for time in times), default=0)
    lanes = max(len(name) for name in sequence.lanes)
    lines = [title, ""]
    for time, row in zip(times, sequence.rows, strict=True):
        if row.kind is Kind.GAP:
            lines.append(f"{'':{wide}}  … {row.head}")
            continue
        arrow = "──▶" if row.outward else "◀──"
        said = _said(row)
        mark = "✕ " if row.broke else ""
        lines.append(f"{time:>{wide}}  {CLIENT} {arrow} {row.lane:{lanes}}  {mark}{said}".rstrip())
        indent = " " * (wide + len(CLIENT) + lanes + 9)
        lines += [f"{indent}{field}" for field in _fields(row)]
        lines += [f"{indent}{_found(finding)}: {sentences[finding[0]]}" for finding in row.findings]
    return "\n".join(lines) + "\n"


def mermaid(sequence: Sequence, title: str, sentences: Mapping[str, str]) -> str:
    """A Mermaid sequenceDiagram; GitHub and GitLab draw it inside a fence named mermaid."""
    names = {
        name: f"{'CB'[place]}" if place < 2 else f"N{place - 1}" for place, name in enumerate(sequence.lanes)
    }
    lines = ["sequenceDiagram", f"    title {entities(title)}"]
    lines += [f"    participant {short} as {entities(name)}" for name, short in names.items()]
    across = f"{names[CLIENT]},{list(names.values())[-1]}"
    for row in sequence.rows:
        lines += [f"    {line}" for line in _messages(row, names, across, sentences)]
    return "\n".join(lines) + "\n"


def entities(text: str) -> str:
    """Text as it may stand in a message, a title or a name."""
    return NOT_PLAIN.sub(lambda match: f"#{ord(match[0][0])};{match[0][1:]}", text)


def _messages(row: Row, names: dict[str, str], across: str, sentences: Mapping[str, str]) -> list[str]:
    if row.kind in (Kind.GAP, Kind.CLOSED):
        return [f"Note over {across}: {entities(row.head)}"]
    said = "<br/>".join(entities(line) for line in (f"{_said(row)} ({offset(row.at)})", *_fields(row)))
    far = names.get(row.lane, list(names.values())[-1])
    hop = names.get(BALANCER)
    arrow = "->>" if row.outward or row.kind is Kind.FRAME else "-->>"
    if row.kind is Kind.SILENCE or row.broke:
        arrow = "--x"
    if hop is None or far == hop:
        first, second = (names[CLIENT], far) if row.outward else (far, names[CLIENT])
        messages = [f"{first}{arrow}{second}: {said}"]
    elif row.outward:
        messages = [f"{names[CLIENT]}{arrow}{hop}: {said}", f"{hop}{arrow}{far}: {entities(row.head)}"]
    else:
        messages = [f"{far}{arrow}{hop}: {entities(row.head)}", f"{hop}{arrow}{names[CLIENT]}: {said}"]
    if row.broke or row.findings:
        said = "<br/>".join(
            entities(line)
            for line in (
                *([f"✕ {row.head}"] if row.broke else ()),
                *(f"{_found(finding)}: {sentences[finding[0]]}" for finding in row.findings),
            )
        )
        messages.append(f"Note over {across}: {said}")
    return messages


def _said(row: Row) -> str:
    """The words of a row on one line."""
    parts = [row.head, row.tail, f"({row.label})" if row.label else ""]
    return "  ".join(part for part in parts if part)


def _fields(row: Row) -> list[str]:
    """Cookies sent on one line, each Set-Cookie line on its own."""
    more = f" … {number(row.left_out, 'more cookie')}" if row.left_out else ""
    if not row.cookies:
        return []
    if row.outward:
        return [f"Cookie: {'; '.join(map(_pair, row.cookies))}{more}"]
    lines = [
        f"Set-Cookie: {_pair(cookie)}{'; ' if cookie.attributes else ''}{cookie.attributes}"
        for cookie in row.cookies
    ]
    return [*lines, more.strip()] if more else lines


def _pair(cookie: Cookie) -> str:
    return f"{cookie.name}={cookie.value}"


def _found(finding: Finding) -> str:
    """A finding in short: "✕ CK-001"."""
    id, verdict = finding
    return f"{SIGNS.get(verdict, '')} {id}".strip()
