"""A sequence as plain text, and as Mermaid, which code hosts render.

The strings of a `Sequence` are printable already. In Mermaid every character of a message that is not plain
becomes an entity code (Mermaid, "Entity codes to escape characters"), so that text of a target can neither end a
line nor start one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from eiospec.reports.markup import SIGNS
from eiospec.reports.sequence.rows import BALANCER, CLIENT, Cookie, Finding, Kind, Row, Sequence
from eiospec.reports.text import count, offset

# Everything but the characters that a Mermaid message may contain unescaped. Mermaid searches each line for
# "style" and "classDef" before it parses it.
NOT_PLAIN = re.compile(r"[^0-9A-Za-z .,_/=~*()'?!+:|·…✕≠≈⊘␞-]|style|classDef")


def plain_text(sequence: Sequence, title: str, sentences: Mapping[str, str]) -> str:
    """Return one line per row, followed by its cookies and the requirements it breaks."""
    times = [offset(row.at) for row in sequence.rows]
    wide = max((len(time) for time in times), default=0)
    lanes = max(len(name) for name in sequence.lanes)
    lines = [title, ""]
    for time, row in zip(times, sequence.rows, strict=True):
        if row.kind is Kind.GAP:
            lines.append(f"{'':{wide}}  … {row.head}")
            continue
        arrow = "──▶" if row.outward else "◀──"
        words = _words(row)
        mark = "✕ " if row.broke else ""
        lines.append(f"{time:>{wide}}  {CLIENT} {arrow} {row.lane:{lanes}}  {mark}{words}".rstrip())
        indent = " " * (wide + len(CLIENT) + lanes + 9)
        lines += [f"{indent}{field}" for field in _fields(row)]
        lines += [f"{indent}{_found(finding)}: {sentences[finding[0]]}" for finding in row.findings]
    return "\n".join(lines) + "\n"


def mermaid(sequence: Sequence, title: str, sentences: Mapping[str, str]) -> str:
    """Return a Mermaid sequenceDiagram; GitHub and GitLab render it in a fence named mermaid."""
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
    """Escape text for a message, a title or a name."""
    return NOT_PLAIN.sub(lambda match: f"#{ord(match[0][0])};{match[0][1:]}", text)


def _messages(row: Row, names: dict[str, str], across: str, sentences: Mapping[str, str]) -> list[str]:
    if row.kind in (Kind.GAP, Kind.CLOSED):
        return [f"Note over {across}: {entities(row.head)}"]
    words = "<br/>".join(entities(line) for line in (f"{_words(row)} ({offset(row.at)})", *_fields(row)))
    far = names.get(row.lane, list(names.values())[-1])
    hop = names.get(BALANCER)
    arrow = "->>" if row.outward or row.kind is Kind.FRAME else "-->>"
    if row.kind is Kind.SILENCE or row.broke:
        arrow = "--x"
    if hop is None or far == hop:
        first, second = (names[CLIENT], far) if row.outward else (far, names[CLIENT])
        messages = [f"{first}{arrow}{second}: {words}"]
    elif row.outward:
        messages = [f"{names[CLIENT]}{arrow}{hop}: {words}", f"{hop}{arrow}{far}: {entities(row.head)}"]
    else:
        messages = [f"{far}{arrow}{hop}: {entities(row.head)}", f"{hop}{arrow}{names[CLIENT]}: {words}"]
    if row.broke or row.findings:
        note = "<br/>".join(
            entities(line)
            for line in (
                *([f"✕ {row.head}"] if row.broke else ()),
                *(f"{_found(finding)}: {sentences[finding[0]]}" for finding in row.findings),
            )
        )
        messages.append(f"Note over {across}: {note}")
    return messages


def _words(row: Row) -> str:
    """Return the words of a row on one line."""
    parts = [row.head, row.tail, f"({row.label})" if row.label else ""]
    return "  ".join(part for part in parts if part)


def _fields(row: Row) -> list[str]:
    """Return the Cookie field on one line, or one line per Set-Cookie field."""
    more = f" … {count(row.left_out, 'more cookie')}" if row.left_out else ""
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
    id, verdict = finding
    return f"{SIGNS[verdict]} {id}"
