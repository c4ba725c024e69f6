"""Secrets out of documents, equality kept.

A report is made to be shown, and the requests of a run may carry a user's credentials. So what stands in
Authorization, Proxy-Authorization and the key fields of common gateways, and the value of every cookie that
is not ours, is replaced by `masked:` and eight hexadecimal digits of its SHA-256, wherever it occurs: in
header fields, URLs, bodies, frames, sentences and shell lines. The same value gives the same digits, so a
reader still sees that the cookie which came back is the cookie that was set. (Eight digits of a hash do not
protect a value that can be guessed; they keep it from being read off.)

Ours are the cookie values the probes made up and the session ids: the evidence is about them. A value that
ends with one of ours stays as well, as a balancer writes `node~sid` and `node.sid`.

Three bounds keep the documents readable: values of fewer than four characters are replaced in the header
fields only, those of fewer than eight only where they stand as a word, and a value inside one of ours is
left alone.
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
from functools import cached_property, lru_cache
from urllib.parse import quote, quote_plus, unquote

from eiospec.verdicts import Run
from eiospec.wire.exchange import Exchange

CREDENTIAL_FIELDS = ("authorization", "proxy-authorization", "x-api-key", "x-auth-token")
COOKIE_FIELDS = ("cookie", "set-cookie")
FIELDS = CREDENTIAL_FIELDS + COOKIE_FIELDS

# A field line wherever a line may begin, however it is indented: hostile peers and echoed requests included.
FIELD = re.compile(
    rf"(?:^|(?<=[\r\n]))([ \t]*({'|'.join(FIELDS)})[ \t]*:[ \t]*)([^\r\n]*)",
    re.IGNORECASE,
)
# The same in the text of an option, where it may stand behind anything.
OPTION_FIELD = re.compile(rf"\b({'|'.join(FIELDS)})\s*:\s*([^\r\n]*)", re.IGNORECASE)
# RFC 9110 §11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
SCHEME = re.compile(r"(?P<scheme>[!#$%&'*+.^_`|~0-9A-Za-z-]+ +)(?P<secret>.*)")
# Several cookies folded into one Set-Cookie line by a proxy: what follows a comma and looks like a pair.
FOLDED = re.compile(r"(,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+=)([^;,]*)")

SUBSTITUTE = re.compile(r"masked:[0-9a-f]{8}")

SHORT = 4
WORD = 8
# Spellings that are looked for one by one.
FEW = 40


def substitute(secret: str) -> str:
    """What stands in place of a secret: `masked:` and eight digits of its SHA-256; what was masked before stays so."""
    if SUBSTITUTE.fullmatch(secret):
        return secret
    return "masked:" + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@dataclass(frozen=True)
class Mask:
    """What to hide: each way a secret may be written (`spellings`), with its substitute.

    `ours` and `kept` are never cut up; `ours` moreover are not hidden in header fields. `fields`: header
    fields are gone through value by value (all masks but `NOTHING`).
    """

    spellings: Mapping[str, str]
    ours: tuple[str, ...]
    kept: tuple[str, ...] = ()
    fields: bool = True

    def text(self, text: str) -> str:
        """Prose, a URL, a frame or a shell line, without the secrets."""
        if not self.spellings or len(text) < SHORT:
            return text
        # Most of a document is the same few hundred lines again and again.
        if text not in self._known:
            self._known[text] = self._without_secrets(text)
        return self._known[text]

    def _without_secrets(self, text: str) -> str:
        found = self._found(text)
        if not found:
            return text
        kept = tuple(
            own for own in (*self.ours, *self.kept) if own in text and any(secret in own for secret in found)
        )
        return _pattern(tuple(sorted(found)), kept).sub(
            lambda match: self.spellings.get(match[0], match[0]), text
        )

    def _found(self, text: str) -> list[str]:
        """The spellings in a text. One pass, however many there are: balancers set a new cookie each time."""
        if len(self.spellings) <= FEW:
            return [spelling for spelling in self.spellings if spelling in text]
        starts = self._by_start.keys() & {text[at : at + WORD] for at in range(len(text) - WORD + 1)}
        likely = [spelling for start in starts for spelling in self._by_start[start]]
        return [spelling for spelling in (*self._short, *likely) if spelling in text]

    @cached_property
    def _known(self) -> dict[str, str]:
        """What texts look like without the secrets."""
        return {}

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
        """A message as a latin-1 string; in its header fields even the short values are hidden."""
        if not self.fields:
            return octets
        return self.text(FIELD.sub(lambda match: match[1] + hidden(match[2], match[3], self.ours), octets))

    def field(self, name: str, value: str) -> str:
        """The value of one header line."""
        known = name.strip().lower()
        if not self.fields:
            return value
        return self.text(hidden(known, value, self.ours) if known in FIELDS else value)


# Hides nothing: what a document is made with when its maker wants the octets as they were.
NOTHING = Mask({}, (), fields=False)


def mask_of(run: Run) -> Mask:
    """The mask for everything a run recorded; what a replay reads is masked already, but for the stand-ins."""
    if run.replayed is not None:
        return Mask(run.replayed.stand_ins, ())
    return mask(run.exchanges, run.ours, run.options.values(), run.target)


def mask(
    exchanges: Iterable[Exchange], ours: Iterable[str], options: Iterable[str] = (), target: str = ""
) -> Mask:
    """The mask for some exchanges: for writers that are given one judgement while the run goes on."""
    own = tuple(dict.fromkeys(value for value in ours if value))
    # A cookie whose value happens to be in the target's URL must not take the target out of the report.
    kept = tuple(part for part in (target.rpartition("@")[2].rpartition("//")[2].rstrip("/"),) if part)
    found: dict[str, str] = {}
    for secret in (*_secrets(exchanges, own), *_option_secrets(options, own), *_userinfo(target)):
        for spelling in _spellings(secret):
            if len(spelling) >= SHORT and spelling not in (*own, *kept):
                found.setdefault(spelling, substitute(secret))
    return Mask(found, own, kept)


def hidden(name: str, value: str, ours: tuple[str, ...]) -> str:
    """A field value with its secrets replaced, whatever their length."""
    pieces = [
        substitute(piece) if secret and piece and not is_ours(piece, ours) else piece
        for piece, secret in _pieces(name, value)
    ]
    return "".join(pieces)


def is_ours(value: str, ours: tuple[str, ...]) -> bool:
    """True for a value of ours, plain or percent-encoded, and for one that ends with a value of ours."""
    whole, endings = _as_looked_for(ours)
    return any(plain in whole or plain.endswith(endings) for plain in {value, unquote(value)})


@lru_cache(maxsize=8)
def _as_looked_for(ours: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Ours as a set, and those long enough to be told at the end of a value."""
    return frozenset(ours), tuple(own for own in ours if len(own) >= WORD)


def _pieces(name: str, value: str) -> Iterator[tuple[str, bool]]:
    """A field value cut in pieces, in order, each with whether it may be a secret."""
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
    """A cookie-pair; one without "=" is a value without a name (RFC 6265bis §5.6)."""
    name, equals, value = pair.partition("=") if "=" in pair else ("", "", pair)
    bare = value.strip(' \t"')
    before, _, after = value.partition(bare) if bare else (value, "", "")
    yield name + equals + before, False
    yield bare, True
    yield after, False


def secrets_of_cookies(exchanges: Iterable[Exchange], ours: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The hidden cookie values of what the target set and what was sent back, each behind its cookie's "name="."""
    for exchange in exchanges:
        for message in (exchange.request, exchange.response):
            for line in message.headers if message is not None else ():
                name = line.name.decode("latin-1").lower()
                if name in COOKIE_FIELDS:
                    before = ""
                    for piece, secret in _pieces(name, line.value.decode("latin-1")):
                        if secret and piece and not is_ours(piece, ours):
                            yield before.strip(" ,"), piece
                        before = piece


def _secrets(exchanges: Iterable[Exchange], ours: tuple[str, ...]) -> Iterator[str]:
    """Every secret of the recorded messages. The octets are read too: not every message could be parsed."""
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


def _option_secrets(options: Iterable[str], ours: tuple[str, ...]) -> Iterator[str]:
    for option in options:
        for match in OPTION_FIELD.finditer(option):
            yield from _field_secrets(match[1], match[2].strip(" \t'\"]"), ours)


def _userinfo(target: str) -> Iterator[str]:
    """The password of `http://user:password@host`."""
    userinfo = target.rpartition("@")[0].rpartition("//")[2]
    if ":" in userinfo:
        yield userinfo
        yield userinfo.partition(":")[2]


def _field_secrets(name: str, value: str, ours: tuple[str, ...]) -> Iterator[str]:
    for piece, secret in _pieces(name, value):
        if not (secret and piece) or is_ours(piece, ours):
            continue
        yield piece
        if name.lower() not in COOKIE_FIELDS:
            yield from _basic(piece)


def _basic(credentials: str) -> Iterator[str]:
    """What Basic credentials decode to (RFC 7617), and the password: URLs and shell lines carry them so."""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return
    if ":" in decoded:
        yield decoded
        yield decoded.partition(":")[2]


def _spellings(secret: str) -> Iterator[str]:
    """How a secret may be written in URLs, JSON, shell lines, and in text that was decoded as UTF-8."""
    texts = [secret]
    # Octets reach us as latin-1; a sentence may quote the same octets decoded as UTF-8.
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


@lru_cache(maxsize=256)
def _pattern(found: tuple[str, ...], kept: tuple[str, ...]) -> re.Pattern[str]:
    """Longest first, so that a secret inside one of ours (or inside another secret) does not cut it up."""
    alternatives = sorted({*found, *kept}, key=lambda text: (-len(text), text not in kept, text))
    return re.compile(
        "|".join(
            rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])" if len(text) < WORD else re.escape(text)
            for text in alternatives
        )
    )
