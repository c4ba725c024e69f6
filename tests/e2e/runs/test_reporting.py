"""`eiospec report`: make one page from stored reports; refuse other files in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.command import Call, Finished


@pytest.fixture
def stored(bundled: Finished, failing: Finished, tmp_path: Path) -> Path:
    """Return a folder with two reports, a.json and b.json."""
    for name, finished in (("a", bundled), ("b", failing)):
        made = (finished.folder / "eiospec-report" / "report.json").read_bytes()
        (tmp_path / f"{name}.json").write_bytes(made)
    return tmp_path


class TestStoredReports:
    def test_make_one_page(self, call: Call, stored: Path) -> None:
        finished = call("report", "a.json", "b.json", folder=stored)
        assert finished.exit_code == 0
        assert "<h1>2 targets: 1 conforms, 1 does not</h1>" in finished.html

    def test_are_written_to_the_file_given(self, call: Call, stored: Path) -> None:
        call("report", "a.json", "--out", "site/index.html", folder=stored)
        assert (stored / "site" / "index.html").exists()

    def test_have_columns_with_the_names_they_are_given(self, call: Call, stored: Path) -> None:
        call("report", "a.json", "b.json", "--name", "b.json=socket.io = 4", folder=stored)
        page = (stored / "eiospec-report" / "report.html").read_text("utf-8")
        assert '<th scope="col" class="c-target"><span>socket.io = 4</span></th>' in page

    def test_may_be_the_same_twice(self, call: Call, stored: Path) -> None:
        finished = call("report", "a.json", "a.json", folder=stored)
        assert "/ (1)  (a.json)" in finished.stdout
        assert "/ (2)  (a.json)" in finished.stdout

    def test_may_be_given_by_their_folder(self, call: Call, bundled: Finished) -> None:
        finished = call("report", str(bundled.folder / "eiospec-report"))
        assert finished.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("cut.json",), "cut.json is not a complete report"),
        (("none.json",), "cannot read the report none.json"),
        (("a.json", "cut.json"), "cut.json is not a complete report"),
        (("a.json", "--name", "b.json=x"), "write --name a.json='my server 1.2'"),
        (("a.json", "--name", "a.json="), "write --name a.json='my server 1.2'"),
        (("a.json", "--out", "a.json/x.html"), "cannot write the report a.json/x.html"),
    ],
)
def test_a_usage_error_is_one_sentence(
    call: Call, stored: Path, arguments: tuple[str, ...], advice: str
) -> None:
    whole = (stored / "a.json").read_bytes()
    (stored / "cut.json").write_bytes(whole[: len(whole) // 2])
    finished = call("report", *arguments, folder=stored)
    assert finished.exit_code == 4
    (sentence,) = finished.stderr.strip().splitlines()
    assert sentence.startswith("eiospec report: ")
    assert advice in sentence
    assert not (stored / "eiospec-report").exists()
