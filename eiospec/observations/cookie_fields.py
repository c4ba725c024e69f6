"""Answers to Cookie fields that no user agent should send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.answer import Answer
from eiospec.observations.hostile import Hostilities
from eiospec.observations.session_cookie import DEFAULT_NAME

UPGRADE = "upgrade"
PLACES = ("polling", "websocket", UPGRADE)
# Not a cookie-string (RFC 6265bis §4.2.1), or one that breaks a careless decoder. Octets as ISO-8859-1.
MALFORMED: Mapping[str, str] = {
    "only delimiters": ";;;===;;",
    "only =": "=",
    "nothing": "",
    "no =": "a",
    "no value": "a=",
    "spaces around": " a = b ",
    "an open quote": 'a="unterminated',
    "a lone quote": 'a="',
    "an invalid escape": "a=%zz",
    "an escape cut off": "a=%",
    "an escape of no UTF-8": "a=%ff",
    "a session cookie with an invalid escape": f"{DEFAULT_NAME}=%zz",
    "the how-to's cookie with an invalid escape": "randomId=%",
    "an invalid signature": "a=s:b; b=j:{",
    "names of prototypes": "__proto__=1; constructor=2; toString=3; hasOwnProperty=4",
    "obs-text": "a=\xff\xfe; \xe9=1",
    "UTF-8 cut off": "a=b\xc3\xa9; b=\xe2\x82",
    "300 pairs": "; ".join(f"eiospec{number}=1" for number in range(300)),
}
# Not allowed in a field value (RFC 9110 §5.5). A parser may take a bare LF for a line end, but not a bare CR.
CONTROLS: Mapping[str, str] = {
    "NUL": "eiospec=1\0; b=2",
    "bare CR": "eiospec=1\rInjected: 1",
    "bare LF": "eiospec=1\nInjected: 1",
    "bare CR at the end": "eiospec=1\r",
}
# RFC 6265bis §5.6 step 5: name and value together. The field is an octet longer.
MOST_PAIR = 4096
EXCESSIVE = 64 * 1024
LENGTHS: Mapping[str, str] = {
    "4096 octets": "eiospec=".ljust(MOST_PAIR + 1, "x"),
    # As many as a user agent keeps at least for one domain (RFC 6265 §6.1).
    "4096 octets in fifty pairs": "; ".join(f"eiospec{number:02d}=".ljust(80, "x") for number in range(50)),
    "64 KiB": "eiospec=".ljust(EXCESSIVE, "x"),
}


def own_values() -> tuple[str, ...]:
    """Return the cookie values of these fields: they are ours, and stay readable in a report."""
    pairs = (
        pair
        for field in (*MALFORMED.values(), *CONTROLS.values(), *LENGTHS.values())
        for pair in field.split(";")
    )
    values = (pair.partition("=")[2] if "=" in pair else pair for pair in pairs)
    return tuple(dict.fromkeys(bare for value in values if (bare := value.strip(' \t"'))))


@dataclass(frozen=True, slots=True)
class CookieFields(Hostilities):
    """Answers by "<place>, <label>"."""

    def at(self, place: str, labels: Mapping[str, str]) -> dict[str, Answer]:
        """Return the answers at a place, by label; those on an upgrade only where there was a session to upgrade."""
        self.require_news()
        return {
            label: self.answers[f"{place}, {label}"]
            for label in labels
            if f"{place}, {label}" in self.answers.all
        }
