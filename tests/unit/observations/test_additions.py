"""What cookies and fields behave like, over hand-made responses of every kind."""

from __future__ import annotations

import pytest
from handmade import SID
from handmade_surveys import Adds, tour

from eiospec.observations import additions as rows
from eiospec.observations.additions import MOST_ROWS, additions
from eiospec.observations.survey import OF_SESSIONS, OVER_HTTP, SWITCHING, Kind, survey_of
from eiospec.verdicts import Addition

UID = b"Set-Cookie: uid=1234; Path=/; HttpOnly"


def only(adds: Adds, kinds: tuple[Kind, ...] = tuple(Kind)) -> Addition:
    """Return the only row of a tour."""
    (row,) = additions(survey_of(tour(adds, kinds))).rows
    return row


def when(*kinds: Kind, line: bytes = UID, cookie: bool = True) -> Adds:
    """Add a line to these kinds of response; with `cookie` false only until the cookie is returned."""
    return lambda kind, sent, _: (line,) if kind in kinds and (cookie or "uid=1234" not in sent) else ()


def words(row: Addition) -> dict[str, str]:
    return {cell.kind: cell.word for cell in row.cells}


@pytest.mark.parametrize(
    ("adds", "behaviour"),
    [
        (when(Kind.HANDSHAKE, Kind.WEBSOCKET), rows.FIRST),
        (when(Kind.HANDSHAKE), rows.FIRST_POLLING),
        (when(Kind.WEBSOCKET), rows.FIRST_WEBSOCKET),
        (when(*OF_SESSIONS), rows.EVERY),
        (when(*Kind), rows.EVERY),
        (when(*OF_SESSIONS, cookie=False), rows.RETURNED),
        (when(*OVER_HTTP), rows.HTTP),
        (when(*OVER_HTTP, Kind.ERROR), rows.HTTP),
        (when(*OVER_HTTP, cookie=False), rows.HTTP_UNTIL),
        (when(*SWITCHING), rows.ON_101),
        (when(Kind.ERROR), rows.OUTSIDE),
        (when(Kind.POLL, Kind.HANDSHAKE), rows.DIFFERS),
        (when(*OF_SESSIONS, line=b"X-Frame-Options: DENY"), rows.EVERY),
        (when(*OVER_HTTP, line=b"X-Frame-Options: DENY"), rows.HTTP),
    ],
)
def test_a_behaviour_is_known_by_the_kinds_of_response(adds: Adds, behaviour: str) -> None:
    assert only(adds).behaviour == behaviour


def test_the_random_id_of_the_howto_is_set_with_a_cookie_until_it_is_returned() -> None:
    def random_id(kind: Kind, cookie: str, _: str) -> tuple[bytes, ...]:
        return (UID,) if cookie and "uid=" not in cookie and kind in OF_SESSIONS else ()

    row = only(random_id)
    assert row.behaviour == rows.RETURNED_WITH
    assert words(row)["POST"] == "with a Cookie, until returned"
    assert row.differences == ()


def test_too_few_kinds_of_response_show_no_behaviour() -> None:
    assert only(when(*OF_SESSIONS), (Kind.HANDSHAKE, Kind.WEBSOCKET)).behaviour == rows.FEW


def test_a_cookie_that_only_a_101_sets_again_is_a_difference() -> None:
    def adds(kind: Kind, cookie: str, _: str) -> tuple[bytes, ...]:
        return (UID,) if kind in SWITCHING or (kind in OVER_HTTP and "uid=" not in cookie) else ()

    (difference,) = only(adds).differences
    assert difference.sentence == (
        "The condition differs: polling handshake: set until returned, poll: set until returned, POST: set until "
        "returned, upgrade 101: always set, WebSocket-only 101: always set."
    )


@pytest.mark.parametrize(
    ("adds", "sentence"),
    [
        (when(*OVER_HTTP), "On 6 of 6 polls, on none of 6 upgrade 101s."),
        (when(Kind.HANDSHAKE), "On 6 of 6 polling handshakes, on none of 6 WebSocket-only 101s."),
        (when(*(set(OF_SESSIONS) - {Kind.POST})), "On 6 of 6 polls, on none of 6 POSTs."),
        (when(*SWITCHING), "On 6 of 6 upgrade 101s, on none of 6 polls."),
    ],
)
def test_kinds_that_disagree_are_named_with_their_counts(adds: Adds, sentence: str) -> None:
    assert sentence in [one.sentence for one in only(adds).differences]


def test_a_session_cookie_that_an_origin_drives_out_is_a_difference() -> None:
    line = f"Set-Cookie: io={SID}; Path=/".encode()
    row = only(
        lambda kind, _, origin: (line,) if kind in (Kind.HANDSHAKE, Kind.WEBSOCKET) and not origin else ()
    )
    assert row.role == "session cookie"
    assert words(row)["polling handshake"] == "without Origin"
    assert (
        row.differences[0].sentence
        == "On 3 of 6 polling handshakes: 3 of 3 with no Origin, 0 of 3 with Origin."
    )


def test_a_cookie_that_another_cookie_drives_out_is_a_difference() -> None:
    row = only(lambda kind, cookie, _: (UID,) if kind in OF_SESSIONS and not cookie else ())
    assert words(row)["poll"] == "without a Cookie"
    assert (
        "On 2 of 6 polls: 2 of 2 with no Cookie, 0 of 2 with other cookies, 0 of 2 with the cookie returned."
        in [one.sentence for one in row.differences]
    )


def test_attributes_that_differ_are_shown_with_their_kinds() -> None:
    def adds(kind: Kind, *_: str) -> tuple[bytes, ...]:
        return (
            (b"Set-Cookie: uid=1" + (b"; HttpOnly" if kind in OVER_HTTP else b"; Secure"),)
            if kind in OF_SESSIONS
            else ()
        )

    row = only(adds)
    assert row.forms == ("HttpOnly", "Secure")
    assert row.differences[0].sentence == (
        "The attributes differ: “HttpOnly” on polling handshakes, polls, POSTs; “Secure” on upgrade 101s, "
        "WebSocket-only 101s."
    )


def test_dates_and_the_order_of_attributes_are_no_difference() -> None:
    number = iter(range(1000))

    def adds(*_: object) -> tuple[bytes, ...]:
        date = b"expires=Tue, 01 Dec 2026 02:%02d:00 GMT" % (next(number) % 60)
        lines = (b"Set-Cookie: a=1; Path=/; " + date, b"Set-Cookie: a=1; " + date + b"; path=/")
        return (lines[next(number) % 2],)

    assert only(adds).differences == ()


def test_a_field_with_a_new_value_each_time_is_no_difference() -> None:
    number = iter(range(1000))
    row = only(lambda *_: (b"X-Request-Id: %d" % next(number),))
    assert row.differences == ()
    assert row.more_forms > 10


def test_every_cell_cites_an_exchange_that_has_it_first() -> None:
    row = only(when(Kind.HANDSHAKE, cookie=False))
    exchanges = {one.id: one for one in tour(when(Kind.HANDSHAKE, cookie=False))}
    for cell in row.cells:
        for requests in cell.requests:
            first = exchanges[requests.exchanges[0]].response
            assert first is not None
            assert bool(first.headers.values("set-cookie")) == bool(requests.set)


def test_rows_are_bounded_and_the_others_counted() -> None:
    lines = tuple(f"X-App-{number}: 1".encode() for number in range(80))
    found = additions(survey_of(tour(lambda *_: lines, (Kind.POLL,))))
    assert (len(found.rows), found.more) == (MOST_ROWS, 80 - MOST_ROWS)
