"""The quick rows of the matrix: their baselines contain every finding, warnings included.

A finding that appears, disappears or changes fails these tests. docs/findings.md describes the findings, each
reproduced without this suite.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.matrix.judging import State, build_log, built, judge, last_lines
from eiospec.matrix.rows import Row, read_rows
from eiospec.target.baseline import read_baseline

ROWS = [row for row in read_rows() if row.quick]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_finding_is_in_the_baseline(row: Row, tmp_path: Path) -> None:
    failed = built(row, tmp_path)
    assert failed is None, f"{failed}\n{last_lines(build_log(tmp_path, row))}"
    result = judge(row, tmp_path, ("--baseline", str(row.baseline), "--level", "should"))
    assert result.log is not None
    output = result.log.read_text("utf-8", "backslashreplace")
    assert (result.state, result.exit_code) == (State.JUDGED, 0), output[-4000:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_baseline_entry_has_a_reason(row: Row) -> None:
    assert [entry.id for entry in read_baseline(row.baseline).entries if not entry.reason] == []
