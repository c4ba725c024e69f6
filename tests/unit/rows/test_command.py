"""`eiospec matrix`: each row is judged in its own process; a row that cannot be judged is a result with a log."""

from __future__ import annotations

from pathlib import Path

import pytest

from eiospec.matrix.command import main
from eiospec.matrix.store import read, unpack
from rows.conftest import MakeRow

FEW = ("--", "--case", "HS-0*", "--connections", "6")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def mixed(
    row: MakeRow, servers: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, Path]:
    """Return exit code, output and folder of a run with one good row and three that cannot be judged."""
    row(
        "fails-to-build",
        'commands = ["sh -c \'echo no room; exit 3\'"]\ninputs = ["row.toml"]\nmakes = ["x"]',
    )
    row("fails-to-start", start="\"sh -c 'echo no licence; exit 4'\"")
    row("is-no-engine", start="\"sh -c 'exec {python} -m http.server --bind 127.0.0.1 $PORT'\"")
    row("serves")
    code = main(["--out", str(out), "--at-once", "2", *FEW], servers)
    return code, capsys.readouterr().out, out


def test_a_row_that_fails_does_not_stop_the_others(mixed: tuple[int, str, Path]) -> None:
    code, output, out = mixed
    states = {found.name: found.state for found in unpack(read(out / "matrix.json"))}
    assert code == 1
    assert states == {
        "fails-to-build": "not built",
        "fails-to-start": "not judged",
        "is-no-engine": "not judged",
        "serves": "judged",
    }
    assert "`sh -c 'echo no room; exit 3'` failed with status 3" in output
    assert "| no room" in output
    assert "| no licence" in output
    assert "unreachable or was lost" in output
    assert (out / "serves" / "report.html").exists()
    assert "not built" in (out / "matrix.md").read_text("utf-8")


def test_the_exit_code_is_0_when_all_rows_were_judged(row: MakeRow, servers: Path, out: Path) -> None:
    row("serves")
    assert main(["serves", "--out", str(out), *FEW], servers) == 0


def test_a_row_that_differs_from_its_baseline_fails(row: MakeRow, servers: Path, out: Path) -> None:
    home = row("serves")
    (home / "baseline.toml").write_text('[[known]]\nid = "HS-001"\ncase = "*"\nobserved = "x"\n', "utf-8")
    assert main(["--baseline", "--out", str(out), *FEW], servers) == 1


def test_a_wrong_name_gets_a_suggestion(
    row: MakeRow, servers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row("serves")
    assert main(["servs"], servers) == 4
    assert "did you mean serves?" in capsys.readouterr().err


def test_an_unwritable_folder_is_a_usage_error(
    row: MakeRow, servers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row("serves")
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file" / "out")], servers) == 4
    assert "cannot write (Not a directory); choose another folder" in capsys.readouterr().err


def test_without_rows_a_checkout_is_required(servers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], servers) == 4
    assert "part of the checkout" in capsys.readouterr().err


def test_the_list_shows_what_has_to_be_built(
    row: MakeRow, servers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row("slow", 'commands = ["true"]\ninputs = ["row.toml"]\nmakes = ["x"]')
    row("needy", 'needs = ["nosuchprogram"]', quick="true")
    assert main(["--list"], servers) == 0
    assert capsys.readouterr().out.splitlines() == [
        "needy              needy 1.0, Python (needs nosuchprogram)",
        "slow               slow 1.0, Python (to be built; takes minutes)",
    ]


def test_quick_lists_only_quick_rows(row: MakeRow, servers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row("slow")
    row("fast", quick="true")
    assert main(["--list", "--quick"], servers) == 0
    assert "slow" not in capsys.readouterr().out
