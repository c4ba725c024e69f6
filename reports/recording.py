"""The members of a document that a replay needs: `recording` and `observations`.

Observations are masked like everything else. `masked` keeps what the cookie grammar needs to know about a hidden
value: its length when a rule limits it, and the characters in it that are not cookie-octets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from eiospec.cookies.abnf import COOKIE_OCTETS
from eiospec.reports.masking import SHORT, Mask, secrets_of_cookies, substitute
from eiospec.verdicts import Fixed, Recording
from eiospec.wire.exchange import Exchange

Document = dict[str, Any]
# No rule limits the length of values shorter than this.
REMARKABLE = 512


def recording_members(recording: Recording, exchanges: Iterable[Exchange], mask: Mask) -> Document:
    """Return both members."""
    hidden = tuple(dict.fromkeys(secrets_of_cookies(exchanges, mask.ours))) if mask.fields else ()
    text = _text(mask, [(name, secret) for name, secret in hidden if len(secret) < SHORT])
    return {
        "recording": {
            "profile": _through(text, recording.profile),
            "baseline": _through(text, recording.baseline),
            "parallel": recording.parallel,
            "masked": {
                substitute(secret): shape for _, secret in hidden if (shape := _shape(secret)) != [0, ""]
            },
        },
        "observations": [
            {"probe": one.probe, "mount": one.mount, "how": one.how, "what": _through(text, one.what)}
            for one in recording.observations
        ],
    }


def _shape(secret: str) -> list[Any]:
    """Return the length of a value, 0 when it is short, and its characters that are not cookie-octets, each once."""
    odd = "".join(sorted({character for character in secret if not COOKIE_OCTETS.fullmatch(character)}))
    return [len(secret) if len(secret) >= REMARKABLE else 0, odd]


def _text(mask: Mask, short: list[tuple[str, str]]) -> Callable[[str], str]:
    """Return a mask that also hides short values in Cookie fields, which an observation may quote."""
    if not short:
        return mask.text
    either = "|".join(f"{re.escape(name)}(?={re.escape(secret)}(?:;|$))" for name, secret in short)
    pair = re.compile(rf"(?<![^ ;])({either})([^;]*)")
    return lambda text: mask.text(pair.sub(lambda match: match[1] + substitute(match[2]), text))


def _through(text: Callable[[str], str], value: Any) -> Any:
    """Return the JSON value with every string in it masked."""
    if isinstance(value, Fixed):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_through(text, each) for each in value]
    if isinstance(value, dict):
        return {_through(text, key): _through(text, each) for key, each in value.items()}
    return value
