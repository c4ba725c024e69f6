"""What each cookie and field of a survey behaves like, and where responses differ, as values for the reports.

`additions(survey)` makes a row of every cookie and field, with a cell for each kind of response. A cell tells whether
the kind has it, and on what that depends: on the cookies of the request, or on its Origin. The behaviour of a row
follows from its cells, and so do the differences. All of it is counted, so every sentence says of how many responses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eiospec.cookies.grammar import SetCookie
from eiospec.observations.survey import OF_SESSIONS, OVER_HTTP, SWITCHING, Kind, Sent, Sighting, Survey
from eiospec.verdicts import Addition, Additions, Cell, Difference, Requested

# Rows of a survey, forms of a row, exchanges of a group of requests and of a difference.
MOST_ROWS = 40
MOST_FORMS = 3
MOST_EXCHANGES = 2
MOST_DIFFERENCES = 8

ABSENT = "absent"
NOT_SEEN = "not seen"
SET = "set"
UNTIL = "until returned"
WITH = "with a Cookie"
WITH_UNTIL = "with a Cookie, until returned"
WITHOUT = "without a Cookie"
WHEN = "when returned"
BY_COOKIE = "depends on the Cookie"
ORIGIN = "with Origin"
NO_ORIGIN = "without Origin"
SOME = "some"
CONDITIONAL = frozenset({UNTIL, WITH_UNTIL})
# Words that explain themselves; the others are differences.
REGULAR = frozenset({ABSENT, NOT_SEEN, SET, UNTIL, WITH, WITH_UNTIL})

FIRST = "on the first response of a session, like initial_headers"
FIRST_POLLING = "on the polling handshake only, like initial_headers without the WebSocket-only 101"
FIRST_WEBSOCKET = "on the WebSocket-only 101 only"
EVERY = "on every response of a session, like headers"
EVERY_WITH = "on every response to a request with a Cookie, like headers"
RETURNED = "on every response until it is returned"
RETURNED_WITH = "on every response to a request with a Cookie, until it is returned"
HTTP = "over HTTP, never on a 101, like a middleware that upgrades bypass"
HTTP_UNTIL = "over HTTP until it is returned, never on a 101, like a middleware that upgrades bypass"
ON_101 = "on a 101 only"
OUTSIDE = "outside of sessions only"
FEW = "too few kinds of response were seen to tell"
DIFFERS = "on some kinds of response only"

PLURAL = {
    Kind.HANDSHAKE: "polling handshakes",
    Kind.POLL: "polls",
    Kind.POST: "POSTs",
    Kind.UPGRADE: "upgrade 101s",
    Kind.WEBSOCKET: "WebSocket-only 101s",
    Kind.ERROR: "errors",
    Kind.PREFLIGHT: "preflights",
}
STATES = {
    Sent.NOTHING: "no Cookie",
    Sent.OTHERS: "other cookies",
    Sent.INVENTED: "another value",
    Sent.RETURNED: "the cookie returned",
}

State = Callable[[Sighting], Sent]


@dataclass(frozen=True, slots=True)
class _Row:
    """A cookie or a field: how to find it, and what its requests are grouped by."""

    what: str
    name: str
    shown: str
    role: str
    has: Callable[[Sighting], bool]
    state: State
    forms: Callable[[Sighting], tuple[str, ...]]


def additions(survey: Survey) -> Additions:
    """Return the rows of a survey, the session cookie first, then by name in the order of sighting."""
    names = sorted(survey.cookies, key=lambda name: name not in survey.session_cookies)
    rows = [_cookie(survey, name) for name in names] + [_field(survey, name) for name in survey.fields]
    left_out = len(rows) - MOST_ROWS if len(rows) > MOST_ROWS else 0
    return Additions(
        tuple(_addition(survey, row) for row in rows[:MOST_ROWS]),
        left_out + survey.more_cookies + survey.more_fields,
        len(survey.sightings),
    )


def _cookie(survey: Survey, name: str) -> _Row:
    return _Row(
        "cookie",
        name,
        name,
        "session cookie" if name in survey.session_cookies else "",
        lambda sighting: bool(sighting.sets(name)),
        lambda sighting: sighting.sent(name),
        lambda sighting: tuple(map(attributes_of, sighting.sets(name))),
    )


def _field(survey: Survey, name: str) -> _Row:
    def state(sighting: Sighting) -> Sent:
        if not sighting.brought:
            return Sent.NOTHING
        return Sent.RETURNED if sighting.returned else Sent.OTHERS

    return _Row(
        "field",
        name,
        survey.spelled[name],
        "",
        lambda sighting: bool(sighting.values(name)),
        state,
        lambda sighting: sighting.values(name),
    )


def attributes_of(cookie: SetCookie) -> str:
    """Return the attributes of a cookie in the order of their names; a date is left out, as it changes."""
    found = {
        attribute.name.lower(): attribute.name
        if attribute.value is None or attribute.name.lower() == "expires"
        else f"{attribute.name}={attribute.value}"
        for attribute in cookie.attributes
        if attribute.name
    }
    return "; ".join(text for _, text in sorted(found.items())) or "no attributes"


def _addition(survey: Survey, row: _Row) -> Addition:
    cells = {kind: _cell(row, kind, survey.of(kind)) for kind in Kind}
    forms = Counter(form for sighting in survey.sightings for form in row.forms(sighting))
    differences = tuple(_differences(survey, row, cells, forms))
    return Addition(
        row.what,
        row.shown,
        row.role,
        _behaviour(cells),
        _evidence(cells),
        tuple(form for form, _ in forms.most_common(MOST_FORMS)),
        max(0, len(forms) - MOST_FORMS),
        tuple(cells.values()),
        differences[:MOST_DIFFERENCES],
    )


def _cell(row: _Row, kind: Kind, sightings: Sequence[Sighting]) -> Cell:
    grouped: dict[tuple[Sent, bool], list[Sighting]] = {}
    for sighting in sightings:
        grouped.setdefault((row.state(sighting), bool(sighting.origin)), []).append(sighting)
    order = tuple(Sent)
    requests = tuple(
        _requested(row, sent, grouped[sent, origin], origin=origin)
        for sent, origin in sorted(grouped, key=lambda one: (order.index(one[0]), one[1]))
    )
    there, of = sum(one.set for one in requests), len(sightings)
    return Cell(kind.value, _word(requests, row.what), there, of, requests)


def _requested(row: _Row, sent: Sent, sightings: Sequence[Sighting], *, origin: bool) -> Requested:
    """Return a group of requests, with examples of those that have it and of those that do not."""
    there = [sighting.exchange.id for sighting in sightings if row.has(sighting)]
    known = set(there)
    others = [sighting.exchange.id for sighting in sightings if sighting.exchange.id not in known]
    examples = (*there[:MOST_EXCHANGES], *others[:MOST_EXCHANGES])
    return Requested(sent.value, origin, len(there), len(sightings), examples)


def _word(requests: Sequence[Requested], what: str) -> str:
    """Return on what it depends whether responses of a kind have it."""
    there, of = sum(one.set for one in requests), sum(one.of for one in requests)
    if not of:
        return NOT_SEEN
    if there in (0, of):
        return SET if there else ABSENT
    by_cookie = _pattern((one.sent, one) for one in requests)
    if by_cookie is not None:
        return _by_cookie(by_cookie, what)
    by_origin = _pattern(("origin" if one.origin else "", one) for one in requests)
    if by_origin is not None:
        return ORIGIN if by_origin["origin"] else NO_ORIGIN
    return SOME


def _pattern(requests: Iterator[tuple[str, Requested]]) -> dict[str, bool] | None:
    """Return whether each group has it; None when a group is divided."""
    there: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for key, one in requests:
        there[key] += one.set
        of[key] += one.of
    if any(there[key] not in (0, of[key]) for key in of):
        return None
    return {key: bool(there[key]) for key in of}


def _by_cookie(pattern: Mapping[str, bool], what: str) -> str:
    returned, nothing = pattern.get(Sent.RETURNED), pattern.get(Sent.NOTHING)
    others = [
        there for sent, there in pattern.items() if sent not in (Sent.RETURNED, Sent.NOTHING, Sent.INVENTED)
    ]
    if nothing is False and all(others) and (others or returned):
        if returned is False:
            return WITH_UNTIL if what == "cookie" else BY_COOKIE
        return WITH if others else WHEN
    if returned is False and nothing is not False and all(others) and (nothing or others):
        return UNTIL if what == "cookie" else BY_COOKIE
    return WITHOUT if nothing and not any(others) and not returned else BY_COOKIE


def _behaviour(cells: Mapping[Kind, Cell]) -> str:
    """Return what a row behaves like, by the kinds of response of sessions that were seen."""
    words = {kind: cells[kind].word for kind in OF_SESSIONS if cells[kind].of}
    there = [kind for kind, word in words.items() if word != ABSENT]
    http = [kind for kind in OVER_HTTP if kind in words]
    switching = [kind for kind in SWITCHING if kind in words]
    if not there:
        return OUTSIDE if words else FEW
    later = [kind for kind in (Kind.POLL, Kind.POST, Kind.UPGRADE) if kind in words]
    if not later or Kind.HANDSHAKE not in words:
        return FEW
    if not set(there) & set(later):
        return _first(words)
    if not set(there) & set(http):
        return ON_101
    if switching and set(there) == set(http):
        return HTTP_UNTIL if any(words[kind] in CONDITIONAL for kind in http) else HTTP
    if set(there) == set(words):
        return _every(cells, words)
    return DIFFERS


def _first(words: Mapping[Kind, str]) -> str:
    if words[Kind.HANDSHAKE] == ABSENT:
        return FIRST_WEBSOCKET
    return FIRST_POLLING if words.get(Kind.WEBSOCKET) == ABSENT else FIRST


def _every(cells: Mapping[Kind, Cell], words: Mapping[Kind, str]) -> str:
    """Return the behaviour of a row that every kind of response has."""
    # A kind whose requests never returned the cookie cannot show that this ends it.
    deciding = {
        word
        for kind, word in words.items()
        if word in CONDITIONAL or any(one.sent == Sent.RETURNED for one in cells[kind].requests)
    }
    if deciding and deciding <= CONDITIONAL:
        return RETURNED_WITH if WITH_UNTIL in deciding else RETURNED
    found = set(words.values())
    if found == {SET}:
        return EVERY
    return EVERY_WITH if found == {WITH} else DIFFERS


def _evidence(cells: Mapping[Kind, Cell]) -> str:
    """Return how many responses of each kind have it."""
    counted = [f"{cell.set} of {cell.of} {PLURAL[kind]}" for kind, cell in cells.items() if cell.of]
    return f"on {', '.join(counted)}"


def _differences(
    survey: Survey, row: _Row, cells: Mapping[Kind, Cell], forms: Counter[str]
) -> Iterator[Difference]:
    """Yield where responses differ that a user may expect to be alike."""
    yield from _between_transports(cells)
    for kind, cell in cells.items():
        if cell.word not in REGULAR:
            yield _within(kind, cell)
    conditions = {
        kind: cell.word
        for kind, cell in cells.items()
        if kind in OF_SESSIONS and cell.word in REGULAR - {ABSENT, NOT_SEEN}
    }
    # Whether a returned cookie is set again is only known of kinds whose requests returned it.
    known = {
        kind: word
        for kind, word in conditions.items()
        if word != SET or any(one.sent == Sent.RETURNED for one in cells[kind].requests)
    }
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{kind}: {_condition(word)}" for kind, word in known.items())
        yield Difference(f"The condition differs: {listed}.", _examples(cells, *known))
    yield from _forms(survey, row, forms)


def _condition(word: str) -> str:
    return "always set" if word == SET else f"set {word}"


def _between_transports(cells: Mapping[Kind, Cell]) -> Iterator[Difference]:
    """Yield pairs of kinds of which one has it and the other never."""

    def there(kind: Kind) -> bool:
        return cells[kind].set > 0

    def never(kind: Kind) -> bool:
        return cells[kind].of > 0 and not cells[kind].set

    pairs = [(Kind.HANDSHAKE, Kind.WEBSOCKET), (Kind.WEBSOCKET, Kind.HANDSHAKE)]
    pairs += [(Kind.POLL, Kind.POST), (Kind.POST, Kind.POLL)]
    if all(there(kind) or not cells[kind].of for kind in OVER_HTTP):
        pairs.append((Kind.POLL if there(Kind.POLL) else Kind.POST, Kind.UPGRADE))
    if never(Kind.POLL) and never(Kind.POST):
        pairs.append((Kind.UPGRADE, Kind.POLL))
    for one, other in pairs:
        if there(one) and never(other):
            yield Difference(
                f"On {cells[one].set} of {cells[one].of} {PLURAL[one]}, on none of {cells[other].of} "
                f"{PLURAL[other]}.",
                _examples(cells, one, other),
            )


def _within(kind: Kind, cell: Cell) -> Difference:
    """Return how responses of one kind differ, by what their requests had."""
    groups = [f"{there} of {of} with {_requests(*key)}" for key, (there, of) in _grouped(cell).items()]
    examples = [id for one in cell.requests for id in one.exchanges[:1]]
    return Difference(
        f"On {cell.set} of {cell.of} {PLURAL[kind]}: {', '.join(groups)}.",
        tuple(examples[: 2 * MOST_EXCHANGES]),
    )


def _grouped(cell: Cell) -> dict[tuple[str, bool | None], tuple[int, int]]:
    """Return the counts by cookies, by Origin, or by both: by as little as explains the difference."""
    by_both = {(one.sent, one.origin): (one.set, one.of) for one in cell.requests}
    if cell.word in (ORIGIN, NO_ORIGIN):
        return _summed(by_both, lambda key: ("", key[1]))
    by_cookie = _summed(by_both, lambda key: (key[0], None))
    divided = [counts for counts in by_cookie.values() if counts[0] not in (0, counts[1])]
    explained = all(there in (0, of) for there, of in by_both.values())
    return _summed(by_both, lambda key: key) if divided and explained else by_cookie


def _summed(
    counts: Mapping[tuple[str, bool], tuple[int, int]],
    key_of: Callable[[tuple[str, bool]], tuple[str, bool | None]],
) -> dict[tuple[str, bool | None], tuple[int, int]]:
    found: dict[tuple[str, bool | None], tuple[int, int]] = {}
    for key, (there, of) in counts.items():
        before = found.get(key_of(key), (0, 0))
        found[key_of(key)] = (before[0] + there, before[1] + of)
    return found


def _requests(sent: str, origin: bool | None) -> str:
    """Return what requests had: “no Cookie and Origin”."""
    if not sent:
        return "Origin" if origin else "no Origin"
    return STATES[Sent(sent)] + (" and Origin" if origin else "")


def _examples(cells: Mapping[Kind, Cell], *kinds: Kind) -> tuple[str, ...]:
    """Return an exchange of each kind, one that has it if there is one."""
    found = []
    for kind in kinds:
        requests = sorted(cells[kind].requests, key=lambda one: one.set == 0)
        found += [id for one in requests[:1] for id in one.exchanges[:1]]
    return tuple(found[: 2 * MOST_EXCHANGES])


def _forms(survey: Survey, row: _Row, forms: Counter[str]) -> Iterator[Difference]:
    """Yield attributes that differ; values of a field only when each kind of response has its own."""
    if len(forms) < 2:
        return
    by_form: dict[str, dict[Kind, str]] = {}
    for sighting in survey.sightings:
        for form in row.forms(sighting):
            by_form.setdefault(form, {}).setdefault(sighting.kind, sighting.exchange.id)
    if row.what == "field":
        placed = [kind for kinds in by_form.values() for kind in kinds]
        if len(placed) != len(set(placed)):
            return
    listed = [
        f"“{form}” on {', '.join(PLURAL[kind] for kind in Kind if kind in by_form[form])}"
        for form, _ in forms.most_common(MOST_FORMS)
    ]
    more = f" and {len(forms) - MOST_FORMS} more" if len(forms) > MOST_FORMS else ""
    noun = "attributes" if row.what == "cookie" else "value"
    examples = [id for kinds in by_form.values() for id in list(kinds.values())[:1]]
    yield Difference(
        f"The {noun} differ{'' if row.what == 'cookie' else 's'}: {'; '.join(listed)}{more}.",
        tuple(examples[: 2 * MOST_EXCHANGES]),
    )
