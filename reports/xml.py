"""What JUnit XML is given. pytest writes the file; this room says which text may stand in it."""

from __future__ import annotations

import re

from eiospec.fixtures.verdicts import Judgement
from eiospec.reports.escapes import visible
from eiospec.reports.masking import NOTHING, Mask

# Characters that are not a Char of XML 1.0 §2.2, not even as a reference.
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text with nothing in it that XML 1.0 forbids or a viewer would obey; line feeds stay."""
    return ILLEGAL.sub(lambda match: f"\\x{ord(match.group()):02x}", visible(text, lines=True))


def properties(judgement: Judgement, mask: Mask = NOTHING) -> list[tuple[str, str]]:
    """The `<property>` entries of one test case, name and value. `mask` hides the secrets."""
    requirement = judgement.requirement
    pairs = [
        ("id", requirement.id),
        ("level", requirement.level.value),
        ("source", str(requirement.source)),
        ("url", requirement.source.url),
        ("verdict", judgement.verdict.value),
        ("case", judgement.case),
        ("sentence", requirement.sentence),
        ("reason", judgement.reason),
    ]
    return [(name, clean(mask.text(value))) for name, value in pairs if value]
