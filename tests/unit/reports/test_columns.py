"""Columns of the page have distinct names, rows have every requirement of every document."""

from __future__ import annotations

from handmade import Judge, Make

from eiospec.reports.columns import column_names, matrix
from eiospec.reports.model import closing, document, named
from eiospec.verdicts import Run


def test_a_column_has_the_name_of_its_target(failing: Run) -> None:
    assert column_names([document(failing)]) == ["http://127.0.0.1:3000"]


def test_a_display_name_is_preferred(failing: Run) -> None:
    assert column_names([named(document(failing), "socket.io 4.8.4")]) == ["socket.io 4.8.4"]


def test_equal_targets_are_numbered(failing: Run, make: Make) -> None:
    made = document(failing)
    other = document(make(target="http://127.0.0.2"))
    assert column_names([made, other, made]) == [
        "http://127.0.0.1:3000 (1)",
        "http://127.0.0.2",
        "http://127.0.0.1:3000 (2)",
    ]


def test_a_named_document_is_sealed(failing: Run) -> None:
    made = named(document(failing), "ours")
    assert made.pop("closing") == closing(made)


def test_a_row_has_an_entry_per_document(failing: Run, make: Make, judge: Judge) -> None:
    other = document(make((judge("HS-001"), judge("UP-009"))))
    rows = matrix([document(failing), other])
    assert [
        (row["id"], [entry["verdict"] if entry else None for entry in row["entries"]]) for row in rows
    ] == [
        ("HS-001", ["pass", "pass"]),
        ("HS-002", ["pass", None]),
        ("CK-002", ["fail", None]),
        ("CK-008", ["warn", None]),
        ("UP-001", ["not applicable", None]),
        ("UP-009", [None, "pass"]),
    ]
