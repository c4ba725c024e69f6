"""Published results: small reports that are still reports, and rows nobody judged today are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from handmade import exchange_of
from published import schema_error

from eiospec.matrix.judging import State
from eiospec.matrix.publishing import publish, restored
from eiospec.matrix.results import Shown, as_json, as_markdown, in_order
from eiospec.matrix.trimming import OCTETS, TEXT, found_in, trimmed
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, closing, document
from eiospec.requirements import MUST, Requirement, Source
from eiospec.verdicts import Judgement, Run, Verdict

Verdicts = dict[str, Verdict]
MakeDocument = Callable[[Verdicts], Document]
MakeRow = Callable[..., Shown]
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000


@pytest.fixture
def made() -> MakeDocument:
    """The document of a run with these verdicts, three cases each, every one with an exchange of its own."""

    def make(verdicts: Verdicts) -> Document:
        judgements, exchanges = [], []
        for id, verdict in verdicts.items():
            requirement = Requirement(id, MUST, f"The sentence of {id}.", Source("How-to", "https://a"))
            for case in ("a", "b", "c"):
                exchanges.append(exchange_of(LONG, id=f"{id}-{case}"))
                judgements.append(
                    Judgement(
                        requirement,
                        "suites/x.py::y",
                        case,
                        verdict,
                        observed="o" * 999,
                        evidence=(f"{id}-{case}",),
                    )
                )
        return document(
            Run(
                tool_version="1",
                target="http://127.0.0.1:1/",
                started="2026-11-01T00:00:00Z",
                seconds=1.0,
                options={},
                detections=(),
                controls=(),
                judgements=tuple(judgements),
                excluded=(),
                exchanges=tuple(exchanges),
                exit_code=1,
            )
        )

    return make


@pytest.fixture
def row(made: MakeDocument) -> MakeRow:
    """A row with these verdicts; without any, one that was not built."""

    def make(name: str, language: str = "Go", **verdicts: Verdict) -> Shown:
        found = (
            made({id.replace("_", "-"): verdict for id, verdict in verdicts.items()}) if verdicts else None
        )
        state, reason = (State.JUDGED, "") if found else (State.NOT_BUILT, "`make` failed with status 2")
        return Shown(name, f"{name} 1.0", language, {"a": "1"}, "", "2026-11-01", "0.1", state, reason, found)

    return make


class TestTrimming:
    def test_a_small_report_is_a_report(self, made: MakeDocument) -> None:
        small = trimmed(made({"CK-002": Verdict.FAIL}), {"CK-002"})
        assert not schema_error(small)
        assert small["closing"] == closing({key: value for key, value in small.items() if key != "closing"})

    def test_findings_stay_the_first_with_its_exchange(self, made: MakeDocument) -> None:
        (entry,) = trimmed(made({"CK-002": Verdict.FAIL}), set())["requirements"]
        assert [judgement["case"] for judgement in entry["judgements"]] == ["a", "b", "c"]
        assert [judgement["evidence"] for judgement in entry["judgements"]] == [["CK-002-a"], [], []]

    def test_of_a_pass_an_exchange_stays_where_another_row_fails(self, made: MakeDocument) -> None:
        small = trimmed(made({"CK-002": Verdict.PASS, "CK-006": Verdict.PASS}), {"CK-006"})
        assert [exchange["id"] for exchange in small["exchanges"]] == ["CK-006-a"]

    def test_what_is_left_out_of_a_message_is_counted(self, made: MakeDocument) -> None:
        small = trimmed(made({"CK-002": Verdict.FAIL}), set())
        response = small["exchanges"][0]["response"]
        assert len(response["octets"]) == OCTETS
        assert response["octets_cut"] == len(LONG) - OCTETS

    def test_texts_are_cut(self, made: MakeDocument) -> None:
        (entry,) = trimmed(made({"CK-002": Verdict.FAIL}), set())["requirements"]
        assert len(entry["judgements"][0]["observed"]) == TEXT

    def test_requirements_differ_where_one_row_has_a_finding(self, made: MakeDocument) -> None:
        documents = [made({"CK-002": Verdict.PASS, "CK-006": Verdict.WARN}), made({"CK-002": Verdict.PASS})]
        assert found_in(documents) == {"CK-006"}


class TestPublishing:
    def test_a_row_that_is_not_judged_today_is_kept(self, row: MakeRow, tmp_path: Path) -> None:
        publish([row("old", CK_002=Verdict.FAIL)], tmp_path)
        publish([row("new", CK_002=Verdict.PASS)], tmp_path)
        said = (tmp_path / "matrix.md").read_text("utf-8")
        assert "| **CK-002** The sentence of CK-002. | ✓ | ✕ |" in said
        assert all(name in (tmp_path / "matrix.html").read_text("utf-8") for name in ("old 1.0", "new 1.0"))

    def test_a_row_that_was_not_built_says_so(self, row: MakeRow, tmp_path: Path) -> None:
        publish([row("broken"), row("whole", CK_002=Verdict.PASS)], tmp_path)
        said = (tmp_path / "matrix.md").read_text("utf-8")
        assert "| not built: `make` failed with status 2 |" in said
        assert restored(tmp_path / "matrix" / "broken.json").document is None

    def test_a_file_of_something_else_is_told(self, row: MakeRow, tmp_path: Path) -> None:
        (tmp_path / "matrix").mkdir()
        (tmp_path / "matrix" / "odd.json").write_text("{}", "utf-8")
        with pytest.raises(ReportError, match=r"odd\.json holds no row of the matrix"):
            publish([row("whole", CK_002=Verdict.PASS)], tmp_path)


class TestTables:
    def test_languages_stand_together(self, row: MakeRow) -> None:
        rows = [row("b", "Java"), row("a", "Java"), row("z", "Go")]
        assert [found.name for found in in_order(rows)] == ["z", "a", "b"]

    def test_what_every_row_meets_is_not_in_the_table(self, row: MakeRow) -> None:
        said = as_markdown([row("a", CK_002=Verdict.PASS, CK_006=Verdict.WARN)])
        assert ("CK-006" in said, "CK-002" in said) == (True, False)

    def test_the_summary_has_verdicts_and_findings(self, row: MakeRow) -> None:
        (told,) = json.loads(as_json([row("a", CK_002=Verdict.PASS, CK_006=Verdict.WARN)]))["rows"]
        assert told["verdicts"] == {"CK-002": "pass", "CK-006": "warn"}
        assert {finding["id"] for finding in told["findings"]} == {"CK-006"}
