"""Published results: what the data file keeps, and what is made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from handmade import exchange_of

from eiospec.matrix.command import main
from eiospec.matrix.judging import State
from eiospec.matrix.publishing import publish
from eiospec.matrix.results import Shown, as_markdown, in_order
from eiospec.matrix.store import HOST, OCTETS, TEXT, Matrix, pack, read, unpack, written
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, document, read_json, save
from eiospec.reports.outcome import FINDINGS
from eiospec.requirements import MUST, Requirement, Source
from eiospec.verdicts import Judgement, Run, Verdict

Verdicts = dict[str, Verdict]
MakeDocument = Callable[[Verdicts], Document]
MakeRow = Callable[..., Shown]
COMMANDS = {
    id: [f"pytest --target http://127.0.0.1:1/ --case {id}", f"curl 'http://127.0.0.1:1/?case={id}'"]
    for id in ("CK-002", "CK-006")
}
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000


@pytest.fixture
def made() -> MakeDocument:
    """The document of a run with these verdicts, three cases each, every one with its own exchange."""

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
                        observed="o" * 999 if verdict in FINDINGS else "",
                        reason="the reason" if verdict is Verdict.NOT_APPLICABLE else "",
                        reproduce=tuple(COMMANDS[id]),
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


class TestPacking:
    """What the data file keeps of a report."""

    def unpacked(self, row: Shown) -> Document:
        (found,) = unpack(pack([row]))
        assert found.document is not None
        return found.document

    def test_an_unpacked_row_is_a_report(self, row: MakeRow, tmp_path: Path) -> None:
        report = self.unpacked(row("a", CK_002=Verdict.FAIL, CK_006=Verdict.PASS))
        assert read_json(save(report, tmp_path / "report.json")) == report

    def test_findings_are_kept_and_the_first_has_its_exchange(self, row: MakeRow) -> None:
        (entry,) = self.unpacked(row("a", CK_002=Verdict.FAIL))["requirements"]
        assert [judgement["case"] for judgement in entry["judgements"]] == ["a", "b", "c"]
        assert [judgement["evidence"] for judgement in entry["judgements"]] == [["CK-002-a"], [], []]

    def test_the_commands_of_a_finding_are_kept_for_the_target_of_its_row(self, row: MakeRow) -> None:
        (entry,) = self.unpacked(row("a", CK_002=Verdict.WARN))["requirements"]
        assert entry["judgements"][0]["reproduce"] == COMMANDS["CK-002"]

    @pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INFO, Verdict.BLOCKED])
    def test_other_verdicts_keep_no_exchange(self, verdict: Verdict, row: MakeRow) -> None:
        report = self.unpacked(row("a", CK_002=verdict))
        assert report["exchanges"] == []
        assert report["requirements"][0]["verdict"] == verdict

    def test_the_octets_of_a_message_are_cut_and_the_rest_is_counted(self, row: MakeRow) -> None:
        response = self.unpacked(row("a", CK_002=Verdict.FAIL))["exchanges"][0]["response"]
        assert response["octets"].encode() == LONG[:OCTETS]
        assert response["octets_cut"] == len(LONG) - OCTETS
        assert response["headers"] == [{"name": "Content-Length", "value": "5000"}]
        assert (response["status"], response["reason"]) == (200, "OK")

    def test_texts_are_cut(self, row: MakeRow) -> None:
        (entry,) = self.unpacked(row("a", CK_002=Verdict.FAIL))["requirements"]
        assert len(entry["judgements"][0]["observed"]) == TEXT

    def test_the_reason_why_a_requirement_is_not_applicable_is_kept(self, row: MakeRow) -> None:
        (entry,) = self.unpacked(row("a", CK_002=Verdict.NOT_APPLICABLE))["requirements"]
        assert entry["judgements"][0]["reason"] == "the reason"

    def test_packing_twice_changes_nothing(self, row: MakeRow) -> None:
        rows = [row("a", CK_002=Verdict.FAIL, CK_006=Verdict.INFO), row("b", CK_002=Verdict.PASS), row("c")]
        once = pack(rows)
        assert pack(unpack(once)) == once

    def test_of_two_versions_of_a_requirement_the_later_one_is_kept(self, row: MakeRow) -> None:
        older = replace(row("z", CK_002=Verdict.FAIL), day="2026-10-31")
        newer = row("a", CK_002=Verdict.PASS)
        newer.requirements[0]["sentence"] = "A better sentence."
        found = unpack(pack([older, newer]))
        assert {one.requirements[0]["sentence"] for one in found} == {"A better sentence."}

    def test_an_exchange_has_one_line(self, row: MakeRow) -> None:
        lines = written(pack([row("a", CK_002=Verdict.FAIL, CK_006=Verdict.PASS)])).splitlines()
        assert (
            len([line for line in lines if '"probe":' in line and '"octets":"HTTP/1.1 200 OK' in line]) == 1
        )

    def test_equal_requirements_of_two_rows_are_stored_once(self, row: MakeRow) -> None:
        text = written(pack([row("a", CK_002=Verdict.PASS), row("b", CK_002=Verdict.PASS)]))
        assert text.count("The sentence of CK-002.") == 1

    @pytest.mark.parametrize("text", ["=", "=abcd", "==abcd", "{origin}"])
    def test_a_text_that_looks_like_a_key_is_kept(self, text: str, row: MakeRow) -> None:
        made = row("a", CK_002=Verdict.FAIL)
        made.requirements[0]["judgements"][0]["observed"] = text
        (found,) = unpack(pack([made]))
        assert found.requirements[0]["judgements"][0]["observed"] == text

    def test_the_host_of_a_row_is_stored_once(self, row: MakeRow) -> None:
        text = written(pack([row("a", CK_002=Verdict.FAIL)]))
        assert (text.count("127.0.0.1:1"), f"http://{HOST}/" in text) == (1, True)

    def test_a_key_that_stands_for_nothing_is_reported(self) -> None:
        with pytest.raises(ReportError, match="the data file of the matrix was edited"):
            unpack(Matrix("eiospec matrix", 3, {}, ["=none"]))


class TestPublishing:
    def test_a_row_that_is_not_judged_today_is_kept(self, row: MakeRow, tmp_path: Path) -> None:
        publish([row("old", CK_002=Verdict.FAIL)], tmp_path)
        publish([row("new", CK_002=Verdict.PASS)], tmp_path)
        tables = (tmp_path / "matrix.md").read_text("utf-8")
        assert "| **CK-002** The sentence of CK-002. | ✓ | ✕ |" in tables

    def test_a_row_that_is_judged_again_replaces_its_result(self, row: MakeRow, tmp_path: Path) -> None:
        publish([row("a", CK_002=Verdict.FAIL)], tmp_path)
        publish([row("a", CK_002=Verdict.PASS)], tmp_path)
        assert [found.verdicts for found in unpack(read(tmp_path / "matrix.json"))] == [{"CK-002": "pass"}]

    def test_a_row_that_was_not_built_is_in_the_table_with_its_reason(
        self, row: MakeRow, tmp_path: Path
    ) -> None:
        publish([row("broken"), row("whole", CK_002=Verdict.PASS)], tmp_path)
        assert "| not built: `make` failed with status 2 |" in (tmp_path / "matrix.md").read_text("utf-8")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("{", "is not a data file of the matrix"),
            ("{}", "is not a data file of the matrix"),
            ('{"format": "odd", "version": 9}', "is not a data file of the matrix"),
        ],
    )
    def test_another_file_is_refused(self, text: str, problem: str, row: MakeRow, tmp_path: Path) -> None:
        (tmp_path / "matrix.json").write_text(text, "utf-8")
        with pytest.raises(ReportError, match=rf"matrix\.json {problem}"):
            publish([row("whole", CK_002=Verdict.PASS)], tmp_path)

    def test_another_version_is_refused(self, row: MakeRow, tmp_path: Path) -> None:
        newer = written(pack([row("a", CK_002=Verdict.PASS)])).replace('"version": 3', '"version": 4', 1)
        (tmp_path / "matrix.json").write_text(newer, "utf-8")
        with pytest.raises(ReportError, match="version 4; this eiospec reads 'eiospec matrix', version 3"):
            read(tmp_path / "matrix.json")


class TestPage:
    def test_the_page_is_made_from_the_data_file_alone(self, row: MakeRow, tmp_path: Path) -> None:
        publish([row("old", CK_002=Verdict.FAIL), row("new", CK_002=Verdict.PASS)], tmp_path)
        assert main(["--page", str(tmp_path / "matrix.json"), "--out", str(tmp_path)], tmp_path) == 0
        page = (tmp_path / "matrix.html").read_text("utf-8")
        assert all(text in page for text in ("old 1.0", "new 1.0", "The sentence of CK-002."))

    def test_without_a_judged_row_there_is_no_page(
        self, row: MakeRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        publish([row("broken")], tmp_path)
        assert main(["--page", str(tmp_path / "matrix.json"), "--out", str(tmp_path)], tmp_path) == 4
        assert "has no judged row" in capsys.readouterr().err

    def test_a_file_that_is_missing_is_reported(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--page", str(tmp_path / "matrix.json")], tmp_path) == 4
        assert "cannot read" in capsys.readouterr().err


class TestTables:
    def test_rows_are_sorted_by_language(self, row: MakeRow) -> None:
        rows = [row("b", "Java"), row("a", "Java"), row("z", "Go")]
        assert [found.name for found in in_order(rows)] == ["z", "a", "b"]

    def test_requirements_that_every_row_meets_are_not_in_the_table(self, row: MakeRow) -> None:
        tables = as_markdown([row("a", CK_002=Verdict.PASS, CK_006=Verdict.WARN)])
        assert ("CK-006" in tables, "CK-002" in tables) == (True, False)
