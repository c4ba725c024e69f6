"""The quick rows of the matrix: everything they are found to do wrong stands in a file beside them.

The files name requirement, case and observation one by one, and warnings count, too: a finding that comes, goes
or changes fails here. docs/findings.md has them in words, each reproduced without this suite.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.matrix.judging import State, build_log, built, judge, last_lines
from eiospec.matrix.rows import Row, read_rows
from eiospec.target.baseline import read_baseline

ROWS = [row for row in read_rows() if row.quick]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_everything_found_is_in_the_baseline(row: Row, tmp_path: Path) -> None:
    failed = built(row, tmp_path)
    assert failed is None, f"{failed}\n{last_lines(build_log(tmp_path, row))}"
    result = judge(row, tmp_path, ("--baseline", str(row.baseline), "--level", "should"))
    assert result.log is not None
    said = result.log.read_text("utf-8", "backslashreplace")
    assert (result.state, result.exit_code) == (State.JUDGED, 0), said[-4000:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_known_has_its_reason(row: Row) -> None:
    assert [entry.id for entry in read_baseline(row.baseline).entries if not entry.reason] == []
