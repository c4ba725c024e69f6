"""Text for XML documents."""

from __future__ import annotations

import re

from eiospec.reports.escapes import visible

# Not a Char of XML 1.0 §2.2, not even as a reference.
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Escape every character that XML 1.0 forbids or a viewer would interpret; keep line feeds."""
    return ILLEGAL.sub(lambda match: f"\\x{ord(match.group()):02x}", visible(text, lines=True))
