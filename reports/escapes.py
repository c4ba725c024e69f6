"""Make hostile text visible.

A target chooses the content of headers, bodies and frames; reports are read in terminals, browsers and XML
viewers. Each of these interprets some characters instead of showing them: terminals run ESC sequences and
carriage returns, browsers reorder text at bidirectional controls, XML forbids most of C0, encoders fail on lone
surrogates. So every character is either printable or written as its Python escape (`\\x1b`, `\\u202e`). A
backslash stays as it is: these texts are for reading, not for decoding.
"""

from __future__ import annotations

import re
import unicodedata

# Unicode general categories that are not printable: controls, format characters (bidi, zero width, soft hyphen,
# tags), surrogates, private use, unassigned, separators.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})

# Candidates, so that plain text needs one scan; only matches are looked up by category.
NOT_PLAIN = re.compile(r"[^ -~]")

NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Commands in build logs: GitHub's at the start of a line; its older form, Azure's and TeamCity's anywhere in a line.
LOG_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))", re.IGNORECASE)


def escaped(character: str) -> str:
    """Return a printable character unchanged, any other as its escape."""
    if character in NAMED:
        return NAMED[character]
    if character == " " or unicodedata.category(character) not in HIDDEN_CATEGORIES:
        return character
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def visible(text: str, *, lines: bool = False) -> str:
    """Escape every control, bidirectional, zero-width or undecodable character.

    Line feeds are escaped too, unless `lines` is true.
    """
    if lines:
        return "\n".join(visible(line) for line in text.split("\n"))
    return NOT_PLAIN.sub(lambda match: escaped(match.group()), text)


def visible_octets(octets: str) -> str:
    """Return octets (a latin-1 string) in printable US-ASCII, on one line: `GET / HTTP/1.1\\r\\n`."""
    return NOT_PLAIN.sub(
        lambda match: NAMED.get(match.group()) or f"\\x{ord(match.group()) & 0xFF:02x}", octets
    )


def inert(line: str) -> str:
    """Return a line that no build service reads as a command: GitHub's `::error::`, Azure's `##vso[`."""
    return LOG_COMMAND.sub(
        lambda match: "\\x23" if match[1] is None else f"{match[1]}\\x3a",
        line,
    )
