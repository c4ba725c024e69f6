"""Hostile text made visible.

A target chooses what stands in a header, a body or a frame; a report is read in a terminal, in a browser
and in an XML viewer. Each of them obeys some characters instead of showing them: terminals obey ESC
sequences and carriage returns, browsers reorder at bidirectional controls, XML forbids most of C0, encoders
choke on lone surrogates. So a character is either printable or it is written as its Python escape (`\\x1b`,
`\\u202e`), and a backslash stays itself: these texts are for reading, not for decoding.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Everything that is neither printable nor a plain space, by Unicode general category: controls, format
# characters (bidi, zero width, soft hyphen, tags), surrogates, private use, unassigned, separators.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})

# The candidates, so that the common case is one scan in C; a match is then asked for its category.
NOT_PLAIN = re.compile(r"[^ -~]")

NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# What a build service's log reader obeys: GitHub's where a line begins with it, the older form, Azure's and TeamCity's
# wherever it stands in a line.
LOG_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))", re.IGNORECASE)


@lru_cache(maxsize=4096)
def escaped(character: str) -> str:
    """One character as it may be shown: itself when printable, else its escape."""
    if character in NAMED:
        return NAMED[character]
    if character == " " or unicodedata.category(character) not in HIDDEN_CATEGORIES:
        return character
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def visible(text: str, *, lines: bool = False) -> str:
    """The text with every control, bidirectional, zero-width or undecodable character as a visible escape.

    Line feeds are escaped too, unless `lines` says that the text may span lines.
    """
    if lines:
        return "\n".join(visible(line) for line in text.split("\n"))
    return NOT_PLAIN.sub(lambda match: escaped(match.group()), text)


def visible_octets(octets: str) -> str:
    """Octets (as a latin-1 string) in printable US-ASCII, on one line: `GET / HTTP/1.1\\r\\n`."""
    return NOT_PLAIN.sub(
        lambda match: NAMED.get(match.group()) or f"\\x{ord(match.group()) & 0xFF:02x}", octets
    )


def inert(line: str) -> str:
    """A printed line that no build service takes for a command: GitHub's `::error::`, Azure's `##vso[`."""
    return LOG_COMMAND.sub(
        lambda match: "\\x23" if match[1] is None else f"{match[1]}\\x3a",
        line,
    )
