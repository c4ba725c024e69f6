"""The two date formats, compared with the standard library where it agrees with the RFCs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.cookies.dates import DateFault, cookie_date, fixdate

MOMENTS = st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(MOMENTS)
def test_what_email_utils_writes_is_an_imf_fixdate_of_the_same_moment(moment: datetime) -> None:
    assert fixdate(format_datetime(moment, usegmt=True)).moment == moment
    assert fixdate(format_datetime(moment, usegmt=True)).fault is None


@given(MOMENTS)
def test_a_user_agent_reads_an_imf_fixdate_as_the_server_meant_it(moment: datetime) -> None:
    assert cookie_date(format_datetime(moment, usegmt=True)) == moment


@given(MOMENTS)
def test_a_user_agent_reads_asctime_as_well(moment: datetime) -> None:
    assert cookie_date(moment.ctime()) == moment


@given(MOMENTS, st.integers(min_value=1, max_value=6))
def test_any_other_day_of_the_week_is_found(moment: datetime, shift: int) -> None:
    other = format_datetime(moment, usegmt=True)
    name = "MonTueWedThuFriSatSun"[(moment.weekday() + shift) % 7 * 3 :][:3]
    assert fixdate(name + other[3:]).fault is DateFault.DAY_NAME


FIELDS = st.tuples(
    st.integers(1601, 9999),
    st.integers(1, 12),
    st.integers(0, 32),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 59),
)


@given(FIELDS)
def test_a_date_exists_exactly_if_the_calendar_has_it(fields: tuple[int, int, int, int, int, int]) -> None:
    year, month, day, hour, minute, second = fields
    name = "JanFebMarAprMayJunJulAugSepOctNovDec"[month * 3 - 3 :][:3]
    text = f"Mon, {day:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT"
    assert fixdate(text).moment == cookie_date(text) == in_the_calendar(fields)


def in_the_calendar(fields: tuple[int, int, int, int, int, int]) -> datetime | None:
    try:
        return datetime(*fields, tzinfo=UTC)
    except ValueError:
        return None


@given(st.text(st.characters(max_codepoint=255)))
def test_no_text_makes_either_reader_raise(text: str) -> None:
    assert fixdate(text).fault in (None, *DateFault)
    assert isinstance(cookie_date(text), datetime | None)


@pytest.mark.parametrize(
    ("text", "fault", "offset"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", None, 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", DateFault.FORM, 3),
        ("Sun Nov  6 08:49:37 1994", DateFault.FORM, 3),
        ("Sun, 06 Nov 1994 08:49:37 GMT ", DateFault.FORM, 29),
        ("Sun, 06 Nov 1994 08:49:37", DateFault.FORM, 25),
        ("Sun, 06 NOV 1994 08:49:37 GMT", DateFault.FORM, 9),
        ("Sun, 06 Nov 1994 08:49:3\u00b9 GMT", DateFault.FORM, 24),
        ("Mon, 06 Nov 1994 08:49:37 GMT", DateFault.DAY_NAME, 0),
        ("Tue, 29 Feb 2023 00:00:00 GMT", DateFault.CALENDAR, 5),
        ("Sun, 00 Nov 1994 08:49:37 GMT", DateFault.CALENDAR, 5),
        ("Sun, 06 Nov 1994 08:60:37 GMT", DateFault.CALENDAR, 5),
        ("Sun, 06 Nov 1994 08:49:60 GMT", DateFault.CALENDAR, 5),
        ("Sat, 01 Jan 0000 00:00:00 GMT", DateFault.CALENDAR, 5),
    ],
)
def test_the_fault_of_a_date_is_named_and_located(text: str, fault: DateFault | None, offset: int) -> None:
    assert (fixdate(text).fault, fixdate(text).offset) == (fault, offset)


def test_a_leap_second_is_a_legal_time_of_day() -> None:
    assert fixdate("Sat, 31 Dec 2016 23:59:60 GMT").moment == datetime(2017, 1, 1, tzinfo=UTC)


def test_the_leap_second_of_the_last_day_does_not_overflow() -> None:
    assert fixdate("Fri, 31 Dec 9999 23:59:60 GMT").fault is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37)),
        ("1994/Nov/6 8:9:7", datetime(1994, 11, 6, 8, 9, 7)),
        ("6 november 69 1:2:3", datetime(2069, 11, 6, 1, 2, 3)),
        ("6 Nov 70 1:2:3", datetime(1970, 11, 6, 1, 2, 3)),
        ("08:49:37 Nov 1994 6", datetime(1994, 11, 6, 8, 49, 37)),
        ("Mon, 06 Nov 1994 08:49:37 PST", datetime(1994, 11, 6, 8, 49, 37)),
        ("06th Nov 1994BC 08:49:37.5", datetime(1994, 11, 6, 8, 49, 37)),
    ],
)
def test_a_user_agent_forgives(text: str, moment: datetime) -> None:
    assert cookie_date(text) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "Nov 1994 08:49:37",
        "06 Nov 1994",
        "06 1994 08:49:37",
        "06 Nov 08:49:37",
        "31 Feb 2023 00:00:00",
        "06 Nov 1600 08:49:37",
        "00 Nov 1994 08:49:37",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 23:60:00",
        "31 Dec 2016 23:59:60",
        "06 Nov 19945 08:49:37",
        "06 Nov 1994 008:49:37",
        "1700000000",
    ],
)
def test_a_user_agent_gives_up(text: str) -> None:
    assert cookie_date(text) is None


def test_a_moment_is_aware_and_in_utc() -> None:
    found = fixdate("Sun, 06 Nov 1994 08:49:37 GMT").moment
    assert found is not None
    assert found.utcoffset() == timedelta()
