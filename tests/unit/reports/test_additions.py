"""What the application adds, in each report: bounded, masked, and with the exchanges of each cell."""

from __future__ import annotations

import json
import re

import pytest
from handmade import Make
from handmade_runs import make_addition, make_exchange

from eiospec.reports.additions import FORM, NAME, PAGE_ROWS, SHORT_ROWS
from eiospec.reports.html import page
from eiospec.reports.markdown import markdown
from eiospec.reports.model import Document, document
from eiospec.reports.shape import decoded
from eiospec.reports.terminal import summary
from eiospec.verdicts import Additions, Difference


@pytest.fixture
def many(make: Make) -> Document:
    """A run whose target adds forty fields and more."""
    rows = tuple(make_addition("field", f"X-App-{number:02}") for number in range(40))
    return document(make(additions=Additions(rows, more=7, responses=99)))


def test_the_console_names_each_cookie_and_what_differs(make: Make) -> None:
    row = make_addition("cookie", "uid", differences=(Difference("On 1 of 2 polls.", ()),) * 3)
    text = summary(document(make(additions=Additions((row,), 0, 9))))
    assert (
        "Cookies and fields of the application:\n"
        "  uid  cookie: on some kinds of response only\n"
        "    On 1 of 2 polls.\n"
        "    On 1 of 2 polls.\n"
        "    and 1 more difference in the report\n"
    ) in text


def test_the_console_has_one_line_for_a_target_that_adds_nothing(make: Make) -> None:
    text = summary(document(make(additions=Additions((), 0, 9))))
    assert "No cookie or field beyond the protocol's was seen on 9 responses" in text


def test_a_session_cookie_without_a_difference_is_in_the_table_only(make: Make) -> None:
    row = make_addition("cookie", "io", role="session cookie", differences=())
    made = document(make(additions=Additions((row,), 0, 9)))
    assert "io  session cookie" not in summary(made)
    assert '<code class="added">io</code>' in page([made])
    # The application's would follow.
    assert "Cookies and fields of the application" not in summary(made)


def test_a_run_that_surveyed_nothing_says_nothing(make: Make) -> None:
    made = document(make(additions=None))
    assert "survey" not in made
    assert "beyond the protocol" not in summary(made) + page([made])


def test_every_report_is_bounded(many: Document) -> None:
    assert decoded(many)
    assert len(re.findall('class="added"', page([many]))) == PAGE_ROWS
    assert f"… and {47 - PAGE_ROWS} more in the JSON report" in page([many])
    for text in (summary(many), markdown(many)):
        assert len(re.findall(r"X.{0,2}-App", text)) == SHORT_ROWS
        assert f"and {47 - SHORT_ROWS} more in the report" in text.replace("\\", "")


def test_secrets_are_masked_before_long_texts_are_cut(make: Make) -> None:
    exchange = make_exchange(
        response=b"HTTP/1.1 200 OK\r\nSet-Cookie: a=topsecret1\r\nX-Auth-Token: topsecret2\r\n\r\nok"
    )
    rows = (
        make_addition("field", "X-Auth-Token", forms=("topsecret2",)),
        make_addition("field", "X-Copy", forms=("x" * (FORM - 15) + " topsecret1",)),
        make_addition("cookie", "n" * 500, differences=(Difference("It is topsecret1.", ()),)),
    )
    made = document(make((), (exchange,), additions=Additions(rows, 0, 9)))["survey"]
    assert "topsecret" not in json.dumps(made)
    assert [len(row["name"]) for row in made["rows"]] == [12, 6, NAME]


def test_a_cell_has_its_exchanges_in_the_page(make: Make) -> None:
    exchanges = (make_exchange("1"), make_exchange("2"), make_exchange("3"))
    text = page([document(make((), exchanges, additions=Additions((make_addition("cookie", "uid"),), 0, 9)))])
    (data,) = re.findall(r'<script type="application/json" id="column-1">(.*?)</script>', text)
    column = json.loads(data)
    assert set(column["exchanges"]) == {"1", "2"}
    assert column["survey"][0]["responses"][0]["requests"][1]["exchanges"] == ["1"]
