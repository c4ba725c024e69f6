"""Mask secrets in documents, so that equal values stay equal.

Reports get published, and the requests of a run may carry credentials of the user. The values of Authorization,
Proxy-Authorization, the key fields of common gateways and of every cookie that is not ours are replaced by
`masked:` and eight hexadecimal digits of their SHA-256, wherever they occur: in header fields, URLs, bodies,
frames, sentences and shell lines. Equal values have equal digits, so a reader still sees that a cookie was sent
back as it was set. (Eight digits of a hash do not protect a value that can be guessed.)

*Ours* are the cookie values that probes made up and the session ids: the evidence is about them. A value that ends
with one of ours is kept as well, since balancers write `node~sid` and `node.sid`.

Three rules keep documents readable: values of fewer than four characters are masked in header fields only, those of
fewer than eight only as whole words, and values inside one of ours are kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, quote_plus, unquote

from eiospec.verdicts import Run
from eiospec.wire.exchange import Exchange

CREDENTIAL_FIELDS = ("authorization", "proxy-authorization", "x-api-key", "x-auth-token")
COOKIE_FIELDS = ("cookie", "set-cookie")
FIELDS = CREDENTIAL_FIELDS + COOKIE_FIELDS

# A field line at the start of any line, with any indentation, as in hostile or echoed messages.
FIELD = re.compile(
    rf"(?:^|(?<=[\r\n]))([ \t]*({'|'.join(FIELDS)})[ \t]*:[ \t]*)([^\r\n]*)",
    re.IGNORECASE,
)
# The same anywhere in the text of an option.
OPTION_FIELD = re.compile(rf"\b({'|'.join(FIELDS)})\s*:\s*([^\r\n]*)", re.IGNORECASE)
# RFC 9110 §11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
SCHEME = re.compile(r"(?P<scheme>[!#$%&'*+.^_`|~0-9A-Za-z-]+ +)(?P<secret>.*)")
# Cookies that a proxy folded into one Set-Cookie line: a pair after a comma.
FOLDED = re.compile(r"(,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+=)([^;,]*)")

SUBSTITUTE = re.compile(r"masked:[0-9a-f]{8}")

# How a sentence goes on after octets that were cut.
CUT = re.compile(r"” … \(\d+ octets\)")

# Values of --header that are words of the report.
COMMON = frozenset(
    ("websocket", "keep-alive", "no-cache", "identity", "application/json", "text/plain", "text/html")
)

SHORT = 4
WORD = 8
# Up to this number, spellings are searched one by one.
FEW = 40


def substitute(secret: str) -> str:
    """Return `masked:` and eight digits of the secret's SHA-256; a masked value stays as it is."""
    if SUBSTITUTE.fullmatch(secret):
        return secret
    return "masked:" + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class Ours:
    """Values that stay readable. `value in ours` is true for an equal value, and for one that ends with one of ours."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values = tuple(dict.fromkeys(value for value in values if value))
        self._whole = frozenset(self.values)
        self._endings = tuple(value for value in self.values if len(value) >= WORD)

    def __contains__(self, value: str) -> bool:
        return any(plain in self._whole or plain.endswith(self._endings) for plain in {value, unquote(value)})


@dataclass(frozen=True)
class Mask:
    """What to mask: every spelling of every secret, with its substitute.

    `ours` and `kept` are never changed inside texts, `ours` not in header fields either. `fields` is false for
    `NOTHING` only: other masks look at every value of a header field.
    """

    spellings: Mapping[str, str]
    ours: Ours
    kept: tuple[str, ...] = ()
    fields: bool = True

    def text(self, text: str) -> str:
        """Mask the secrets in a sentence, a URL, a frame or a shell line."""
        if not self.spellings or len(text) < SHORT:
            return text
        return self._cut(self._whole(text))

    def _cut(self, text: str) -> str:
        """Mask what is left of a secret where a sentence was cut within it."""
        end = CUT.search(text)
        before = text[: end.start()] if end else text
        for at in range(max(0, len(before) - self._longest), len(before) - WORD + 1):
            for spelling in self._by_start.get(before[at : at + WORD], ()):
                if len(before) - at < len(spelling) and spelling.startswith(before[at:]):
                    return before[:at] + self.spellings[spelling] + text[len(before) :]
        return text

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.spellings))

    def _whole(self, text: str) -> str:
        """Mask the secrets that are there as a whole."""
        found = self._found(text)
        if not found:
            return text
        kept = tuple(
            own
            for own in (*self.ours.values, *self.kept)
            if own in text and any(secret in own for secret in found)
        )
        return _pattern(tuple(sorted(found)), kept).sub(
            lambda match: self.spellings.get(match[0], match[0]), text
        )

    def _found(self, text: str) -> list[str]:
        """Return the spellings in a text in one pass: there may be thousands, as some balancers change cookies each time."""
        if len(self.spellings) <= FEW:
            return [spelling for spelling in self.spellings if spelling in text]
        starts = self._by_start.keys() & {text[at : at + WORD] for at in range(len(text) - WORD + 1)}
        likely = [spelling for start in starts for spelling in self._by_start[start]]
        return [spelling for spelling in (*self._short, *likely) if spelling in text]

    @cached_property
    def _short(self) -> tuple[str, ...]:
        return tuple(spelling for spelling in self.spellings if len(spelling) < WORD)

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for spelling in self.spellings:
            if len(spelling) >= WORD:
                grouped.setdefault(spelling[:WORD], []).append(spelling)
        return grouped

    def message(self, octets: str) -> str:
        """Mask a message (a latin-1 string), including short values in its header fields."""
        if not self.fields:
            return octets
        return self.text(FIELD.sub(lambda match: match[1] + hidden(match[2], match[3], self.ours), octets))

    def field(self, name: str, value: str) -> str:
        """Mask the value of a header line."""
        known = name.strip().lower()
        if not self.fields:
            return value
        return self.text(hidden(known, value, self.ours) if known in FIELDS else value)


# Masks nothing.
NOTHING = Mask({}, Ours(), fields=False)


def mask_of(run: Run) -> Mask:
    """Return the mask of a run. The document of a replay is masked already, except for its stand-ins."""
    if run.replayed is not None:
        return Mask(run.replayed.stand_ins, Ours())
    query = run.options.get("--query", "")
    return mask(run.exchanges, run.ours, run.options.values(), run.target, given_fields(run.options), query)


def given_fields(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return names and values of the fields of --header."""
    parted = (line.partition(":") for line in options.get("--header", "").split("\n") if line)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in parted)


def mask(
    exchanges: Iterable[Exchange],
    ours: Iterable[str],
    options: Iterable[str] = (),
    target: str = "",
    given: Iterable[tuple[str, str]] = (),
    query: str = "",
) -> Mask:
    """Return the mask for some exchanges, for writers that get one judgement at a time.

    `given` are the fields of --header: whatever their names, their values may be secrets. `query` has a parameter of
    --query on each line, whose values are secrets.
    """
    own = Ours(ours)
    # Do not mask the target's URL if a cookie happens to have one of its parts as value.
    kept = tuple(part for part in (target.rpartition("@")[2].rpartition("//")[2].rstrip("/"),) if part)
    found: dict[str, str] = {}
    for secret in (
        *_secrets(exchanges, own),
        *_option_secrets(options, own),
        *_values(query),
        *_userinfo(target),
        *_given_secrets(given, own),
    ):
        for spelling in _spellings(secret):
            if len(spelling) >= SHORT and spelling not in (*own.values, *kept):
                found.setdefault(spelling, substitute(secret))
    return Mask(found, own, kept)


def hidden(name: str, value: str, ours: Ours) -> str:
    """Mask the secrets in a field value, including short ones."""
    pieces = [
        substitute(piece) if secret and piece and piece not in ours else piece
        for piece, secret in _pieces(name, value)
    ]
    return "".join(pieces)


def _pieces(name: str, value: str) -> Iterator[tuple[str, bool]]:
    """Split a field value into pieces, in order, each with whether it may be a secret."""
    match name.lower():
        case "cookie":
            for place, pair in enumerate(value.split(";")):
                if place:
                    yield ";", False
                yield from _pair(pair)
        case "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            yield from _pair(pair)
            yield semicolon, False
            last = 0
            for match in FOLDED.finditer(attributes):
                yield attributes[last : match.start(2)], False
                yield match[2], True
                last = match.end(2)
            yield attributes[last:], False
        case _:
            parted = SCHEME.fullmatch(value)
            yield (parted["scheme"] if parted else ""), False
            yield (parted["secret"] if parted else value), True


def _pair(pair: str) -> Iterator[tuple[str, bool]]:
    """Split a cookie-pair; without "=" it is a value without a name (RFC 6265bis §5.6)."""
    name, equals, value = pair.partition("=") if "=" in pair else ("", "", pair)
    bare = value.strip(' \t"')
    before, _, after = value.partition(bare) if bare else (value, "", "")
    yield name + equals + before, False
    yield bare, True
    yield after, False


def secrets_of_cookies(exchanges: Iterable[Exchange], ours: Ours) -> Iterator[tuple[str, str]]:
    """Yield the masked cookie values in both directions, each with the "name=" before it."""
    for exchange in exchanges:
        for message in (exchange.request, exchange.response):
            for line in message.headers if message is not None else ():
                name = line.name.decode("latin-1").lower()
                if name in COOKIE_FIELDS:
                    before = ""
                    for piece, secret in _pieces(name, line.value.decode("latin-1")):
                        if secret and piece and piece not in ours:
                            yield before.strip(" ,"), piece
                        before = piece


def _secrets(exchanges: Iterable[Exchange], ours: Ours) -> Iterator[str]:
    """Yield every secret of the recorded messages, from octets too: some messages could not be parsed."""
    for exchange in exchanges:
        for message in (exchange.request, exchange.response):
            if message is None:
                continue
            octets = message.octets.decode("latin-1")
            fields = {(match[2].lower(), match[3].strip(" \t")) for match in FIELD.finditer(octets)}
            fields |= {
                (line.name.decode("latin-1").strip().lower(), line.value.decode("latin-1"))
                for line in message.headers
            }
            for name, value in sorted(fields):
                if name in FIELDS:
                    yield from _field_secrets(name, value, ours)


def _option_secrets(options: Iterable[str], ours: Ours) -> Iterator[str]:
    for option in options:
        for match in OPTION_FIELD.finditer(option):
            yield from _field_secrets(match[1], match[2].strip(" \t'\"]"), ours)


def _values(query: str) -> Iterator[str]:
    """Yield the values of parameters, as given and percent-decoded."""
    for line in query.splitlines():
        value = line.partition("=")[2]
        yield value
        yield unquote(value)


def _given_secrets(given: Iterable[tuple[str, str]], ours: Ours) -> Iterator[str]:
    """Yield the values of --header fields that are no common word: a short one would mask words of the report."""
    for name, value in given:
        if name not in FIELDS and len(value) >= WORD and value.lower() not in COMMON:
            yield from _field_secrets(name, value, ours)
            yield value


def _userinfo(target: str) -> Iterator[str]:
    """Yield the secrets of `http://user:password@host`."""
    userinfo = target.rpartition("@")[0].rpartition("//")[2]
    if ":" in userinfo:
        yield userinfo
        yield userinfo.partition(":")[2]


def _field_secrets(name: str, value: str, ours: Ours) -> Iterator[str]:
    for piece, secret in _pieces(name, value):
        if not (secret and piece) or piece in ours:
            continue
        yield piece
        if name.lower() not in COOKIE_FIELDS:
            yield from _basic(piece)


def _basic(credentials: str) -> Iterator[str]:
    """Yield decoded Basic credentials (RFC 7617) and the password, as in URLs and shell lines."""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return
    if ":" in decoded:
        yield decoded
        yield decoded.partition(":")[2]


def _spellings(secret: str) -> Iterator[str]:
    """Yield the spellings of a secret in URLs, JSON, shell lines, and in text decoded as UTF-8."""
    texts = [secret]
    # Octets are decoded as latin-1; a sentence may quote the same octets decoded as UTF-8.
    with suppress(UnicodeError):
        texts.append(secret.encode("latin-1").decode("utf-8"))
    for text in texts:
        yield text
        yield unquote(text)
        yield text.replace("'", "'\"'\"'")
        yield json.dumps(text)[1:-1]
        yield repr(text)[1:-1]
        if not any("\ud800" <= character <= "\udfff" for character in text):
            yield quote(text, safe="")
            yield quote(text)
            yield quote_plus(text)
            yield from _encodings(text)


def _encodings(text: str) -> Iterator[str]:
    """Yield a secret in base64, in hexadecimal digits, and with every octet percent-encoded."""
    octets = text.encode("utf-8")
    if len(octets) < WORD:
        return
    for encoded in (base64.b64encode(octets), base64.urlsafe_b64encode(octets)):
        yield encoded.decode("ascii").rstrip("=")
    digits = octets.hex()
    percent = "".join(f"%{octet:02x}" for octet in octets)
    yield from (digits, digits.upper(), percent, percent.upper())


def _pattern(found: tuple[str, ...], kept: tuple[str, ...]) -> re.Pattern[str]:
    """Match the longest first, so that a secret inside one of ours, or inside another secret, leaves it whole."""
    alternatives = sorted({*found, *kept}, key=lambda text: (-len(text), text not in kept, text))
    return re.compile(
        "|".join(
            rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])" if len(text) < WORD else re.escape(text)
            for text in alternatives
        )
    )
