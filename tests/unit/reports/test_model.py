"""The model of record: complete, valid against its schema, sealed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema_rs
import pytest
from handmade import Converse, Judge, Make
from published import schema_error

from eiospec.reports import model
from eiospec.reports.files import ReportError
from eiospec.reports.model import (
    SCHEMA,
    Document,
    closing,
    document,
    read_json,
    save,
    sealed,
    with_verdict,
)
from eiospec.reports.shape import KEPT
from eiospec.verdicts import Run, Verdict
from eiospec.wire.exchange import End, Frame, Opcode

EVERY_OCTET = bytes(range(256))


def test_the_published_schema_is_one() -> None:
    jsonschema_rs.meta.validate(json.loads(SCHEMA.read_text("utf-8")))


def test_a_document_is_valid_against_the_published_schema(failing: Run) -> None:
    assert not schema_error(document(failing))


def test_a_document_of_nothing_is_valid_too(make: Make) -> None:
    assert not schema_error(document(make()))


def test_hostile_octets_are_valid_too(make: Make, judge: Judge, converse: Converse) -> None:
    exchange = converse(
        response=b"HTTP/1.1 200 "
        + EVERY_OCTET
        + b"\r\nSet-Cookie: "
        + EVERY_OCTET
        + b"\r\n\r\n"
        + EVERY_OCTET,
        frames=(Frame(Opcode.RESERVED, EVERY_OCTET, True, 1.0, False, 7, True),),
        after=EVERY_OCTET,
        end_detail="\ud800",
    )
    run = make((judge(observed="\ud800\x00\u202e", verdict=Verdict.FAIL),), (exchange,))
    assert not schema_error(document(run))


def test_a_requirement_has_one_entry_with_all_its_judgements(failing: Run) -> None:
    entry = with_verdict(document(failing), "fail")[0]
    assert (entry["id"], [judgement["verdict"] for judgement in entry["judgements"]]) == (
        "CK-002",
        ["fail", "fail", "pass"],
    )


def test_octets_come_back_as_they_were(make: Make, converse: Converse) -> None:
    exchange = converse(frames=(Frame(Opcode.BINARY, EVERY_OCTET, True, 1.0),))
    kept = json.loads(json.dumps(document(make((), (exchange,)))))["exchanges"][0]["frames"][0]["payload"]
    assert kept.encode("latin-1") == EVERY_OCTET


def test_long_messages_are_cut_and_say_so(make: Make, converse: Converse) -> None:
    flood = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (3 * KEPT)
    response = document(make((), (converse(response=flood),)))["exchanges"][0]["response"]
    assert (len(response["octets"]), response["octets_total"], response["octets_cut"]) == (
        KEPT,
        len(flood),
        len(flood) - KEPT,
    )


def test_an_exchange_without_a_response_is_recorded(make: Make, converse: Converse) -> None:
    made = document(make((), (converse(response=None, answered=None, end=End.REFUSED),)))
    assert made["exchanges"][0]["response"] is None
    assert not schema_error(made)


def test_the_exit_code_has_its_meaning(failing: Run) -> None:
    assert document(failing)["exit"] == {"code": 1, "meaning": "the target does not conform"}


def test_a_written_document_is_read_back(tmp_path: Path, failing: Run) -> None:
    assert read_json(save(document(failing), tmp_path / "new" / "report.json")) == document(failing)


@pytest.mark.parametrize(
    "rest", [{}, {"b": [], "a": {}}, {"é": [1, {"b": 1, "a": [2]}], "a": "\ud800", "list": ["x", None]}]
)
def test_the_last_member_is_the_hash_of_the_canonical_rest(rest: Document) -> None:
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    assert closing(rest)["sha256"] == hashlib.sha256(canonical.encode("ascii")).hexdigest()


def test_the_closing_record_is_the_last_thing_written(tmp_path: Path, failing: Run) -> None:
    assert list(read_json(save(document(failing), tmp_path / "report.json")))[-1] == "closing"


def test_a_folder_means_the_report_in_it(tmp_path: Path, failing: Run) -> None:
    save(document(failing), tmp_path / "report.json")
    assert read_json(tmp_path) == document(failing)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", '{"seconds": Infinity}', "9" * 5000])
def test_numbers_that_json_does_not_have_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text, "utf-8")
    with pytest.raises(ReportError, match="is not a complete report"):
        read_json(tmp_path)


def test_a_file_larger_than_any_report_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MOST_OCTETS", 1000)
    (tmp_path / "report.json").write_bytes(b"[" + b" " * 1000)
    with pytest.raises(ReportError, match="has more than 1000 octets"):
        read_json(tmp_path)


def test_a_reason_phrase_longer_than_a_message_may_be_is_cut(make: Make, converse: Converse) -> None:
    response = b"HTTP/1.1 200 " + b"x" * (2 * KEPT) + b"\r\n\r\n"
    assert not schema_error(document(make((), (converse(response=response),))))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_no_report(tmp_path: Path, failing: Run, share: float) -> None:
    path = save(document(failing), tmp_path / "report.json")
    text = path.read_text("utf-8").rstrip()
    path.write_text(text[: int(len(text) * share)], "utf-8")
    with pytest.raises(ReportError, match="cut off"):
        read_json(path)


def test_a_document_that_lost_an_exchange_is_no_report(tmp_path: Path, failing: Run) -> None:
    made = document(failing)
    made["exchanges"].pop()
    with pytest.raises(ReportError, match="closing record does not match"):
        read_json(save(made, tmp_path / "report.json"))


def test_a_sealed_document_of_another_shape_is_no_report(tmp_path: Path) -> None:
    odd = sealed({"format": "eiospec report", "version": 1})
    with pytest.raises(ReportError, match="at the top: Object missing required field `tool`"):
        read_json(save(odd, tmp_path / "report.json"))


def test_brackets_without_end_are_no_report(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("[" * 200_000, "utf-8")
    with pytest.raises(ReportError, match="is not a report: it is nested too deeply"):
        read_json(path)


def test_a_document_without_its_closing_record_is_no_report(tmp_path: Path, failing: Run) -> None:
    made = document(failing)
    del made["closing"]
    with pytest.raises(ReportError, match="closing record is missing"):
        read_json(save(made, tmp_path / "report.json"))


def test_a_changed_verdict_breaks_the_seal(failing: Run) -> None:
    made = document(failing)
    sealed = made.pop("closing")
    made["requirements"][0]["verdict"] = "fail"
    assert closing(made) != sealed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a complete report"),
        ("[]", '"format"'),
        ('{"format": "other"}', '"format"'),
        ('{"format": "eiospec report", "version": 9}', "version 9"),
        ('{"format": "eiospec report", "version": 1, "requirements": 5, "closing": {}}', "does not match"),
        (
            '{"format": "eiospec report", "version": 1, "requirements": [{"judgements": 5}], "closing": 5}',
            "not",
        ),
        ('{"format": "eiospec report", "version": 1, "exchanges": 5, "closing": {}}', "does not match"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ReportError, match=message):
        read_json(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"nowhere\.json"):
        read_json(tmp_path / "nowhere.json")


def test_binary_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(EVERY_OCTET)
    with pytest.raises(ReportError, match="not UTF-8"):
        read_json(path)
