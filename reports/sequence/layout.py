"""Layout of a sequence diagram: positions in pixels, no markup.

Time runs down, the client's lane is leftmost. A row has its words above its arrow and its cookies below it. All
of them start at the client's lane, so that a narrow screen, where the picture scrolls inside its box, shows the
important part first. Fonts differ, so widths are estimated from the widest common ones.
`templates/sequence.html.j2` makes SVG of the shapes, `templates/sequence.css` colours them.
"""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.reports.sequence.rows import BALANCER, CLIENT, Cookie, Finding, Kind, Row, Sequence
from eiospec.reports.text import cut, offset

# Character widths: bold words, words, octets.
BOLD, PLAIN, MONO = 7.7, 6.1, 7.1
CLIENT_X, SPAN, LEAST_SPAN, NODE_SPAN = 70, 590, 340, 125
MARGIN = 60
TOP, BOTTOM = 58, 18
INDENT = 14
CHIP_LINE, CHIP_PADDING = 22, 7
ARROW_ROW, FRAME_ROW = 38, 30
# Width of the field name before the cookies, by `Row.outward`: "Cookie" or "Set-Cookie".
FIELD_NAME = {True: 52, False: 76}
FINDINGS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Lane:
    """A participant and the x position of its line."""

    name: str
    x: int


@dataclass(frozen=True, slots=True)
class Chip:
    """The box of a cookie, and the attributes after it."""

    cookie: Cookie
    x: float
    y: int
    width: float
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Pill:
    """A finding, at the right end of its row."""

    words: str
    verdict: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row with its position. The arrow runs from `start` to `end` and crosses the balancer's line at `via`.

    `more` is the note about unlisted cookies, with its x position.
    """

    row: Row
    y: int
    height: int
    time: str
    tail: str
    label: str
    start: int
    end: int
    via: int | None
    chips: tuple[Chip, ...]
    pills: tuple[Pill, ...]
    more: tuple[str, float] | None = None

    @property
    def words_y(self) -> int:
        """The baseline of the words."""
        return self.y + 17

    @property
    def arrow_y(self) -> int:
        """The y position of the arrow."""
        return self.y + (25 if self.row.kind is not Kind.GAP else 13)


@dataclass(frozen=True, slots=True)
class Bar:
    """An open WebSocket on the line of one participant."""

    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes of a diagram."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    rows: tuple[Drawn, ...]
    bars: tuple[Bar, ...]


def drawing(sequence: Sequence) -> Drawing:
    """Lay out a sequence."""
    lanes = _lanes(sequence)
    at = {lane.name: lane.x for lane in lanes}
    rows: list[Drawn] = []
    y = TOP
    for row in sequence.rows:
        rows.append(_drawn(row, y, at))
        y += rows[-1].height
    return Drawing(lanes[-1].x + MARGIN, y + BOTTOM, lanes, tuple(rows), _bars(rows, at))


def _lanes(sequence: Sequence) -> tuple[Lane, ...]:
    """Place the nodes close together; the rest of the width is left of them, for the words."""
    nodes = len(sequence.lanes) - 2
    x = CLIENT_X + max(LEAST_SPAN, SPAN - nodes * NODE_SPAN)
    far = (Lane(name, x + place * NODE_SPAN) for place, name in enumerate(sequence.lanes[1:]))
    return (Lane(CLIENT, CLIENT_X), *far)


def _drawn(row: Row, y: int, at: dict[str, int]) -> Drawn:
    far, right = at.get(row.lane, max(at.values())), max(at.values()) - INDENT
    left = CLIENT_X + INDENT
    chips = _chips(row, y + ARROW_ROW - 4, left, right)
    lines = len({chip.y for chip in chips})
    base = FRAME_ROW if row.kind in (Kind.FRAME, Kind.GAP, Kind.CLOSED) else ARROW_ROW
    pills = _pills(row.findings, right)
    room = (pills[-1].x if pills else right) - left - 10 - len(row.head) * BOLD
    tail = _fit(row.tail, room)
    room -= len(tail) * MONO + 24
    hop = at.get(BALANCER)
    return Drawn(
        row,
        y,
        base + (lines * CHIP_LINE + 4 if lines else 0),
        offset(row.at),
        tail,
        row.label if len(row.label) * PLAIN <= room and not pills else "",
        CLIENT_X if row.outward else far,
        far if row.outward else CLIENT_X,
        hop if hop is not None and far > hop else None,
        chips,
        pills,
        _more(row, chips),
    )


def _more(row: Row, chips: tuple[Chip, ...]) -> tuple[str, float] | None:
    if not (row.left_out and chips):
        return None
    last = chips[-1]
    return f"and {row.left_out} more", last.x + last.width + 8 + (len(last.attributes) + 1) * MONO


def _chips(row: Row, y: int, left: int, right: int) -> tuple[Chip, ...]:
    """Place sent cookies side by side, received ones one per line."""
    left += FIELD_NAME[row.outward]
    chips: list[Chip] = []
    x: float = left
    for cookie in row.cookies:
        width = round(len(_pair(cookie)) * MONO + 2 * CHIP_PADDING, 1)
        if chips and (not row.outward or x + width > right):
            x, y = left, y + CHIP_LINE
        room = right - x - width - 8
        chips.append(Chip(cookie, x, y, width, _fit(cookie.attributes, room)))
        x += width + 6
    return tuple(chips)


def _pair(cookie: Cookie) -> str:
    return f"{cookie.name}={cookie.value}"


def _pills(findings: tuple[Finding, ...], right: float) -> tuple[Pill, ...]:
    """Place findings from the right, the gravest leftmost."""
    shown = list(findings[:FINDINGS_SHOWN])
    pills: list[Pill] = []
    if len(findings) > len(shown):
        words = f"+{len(findings) - len(shown)}"
        right -= len(words) * MONO + 10
        pills.append(Pill(words, findings[-1][1], right, len(words) * MONO + 10))
        right -= 6
    for id, verdict in reversed(shown):
        width = round((len(id) + 2) * MONO + 12, 1)
        right -= width
        pills.append(Pill(id, verdict, right, width))
        right -= 6
    return tuple(pills)


def _fit(text: str, room: float) -> str:
    """Cut a text to fit; return an empty text if only a few characters would fit."""
    fits = int(room / MONO)
    return cut(text, fits) if len(text) <= fits or fits > 8 else ""


def _bars(rows: list[Drawn], at: dict[str, int]) -> tuple[Bar, ...]:
    open_at: dict[str, Drawn] = {}
    last: dict[str, Drawn] = {}
    for drawn in rows:
        if drawn.row.streaming:
            open_at.setdefault(drawn.row.exchange, drawn)
            last[drawn.row.exchange] = drawn
    return tuple(
        Bar(x, first.arrow_y, last[id].arrow_y - first.arrow_y)
        for id, first in open_at.items()
        if last[id] is not first
        for x in (CLIENT_X, at.get(first.row.lane, max(at.values())))
    )
