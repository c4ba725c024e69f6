"""Help on one screen, hints for mistyped options, and the parsers of the sub-commands."""

from __future__ import annotations

import pytest

from eiospec.cli import main
from eiospec.cli.parser import COMMANDS, hint, parse, parser
from eiospec.plugin.options import ALL


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--targt", "http://a"], "did you mean --target?"),
        (["--max-wat=3"], "did you mean --max-wait?"),
        (["http://127.0.0.1:3000"], "did you mean --target http://127.0.0.1:3000 ?"),
        (["-q", "https://a/"], ""),
        (["prob", "http://a"], "did you mean eiospec probe?"),
        (["--target", "http://a", "--no-reprot"], "did you mean --no-report?"),
        (["--target", "localhost:3000"], ""),
        (["--tb=long"], ""),
    ],
)
def test_hint_names_the_nearest_option_or_command(arguments: list[str], advice: str) -> None:
    assert hint(arguments) == advice


def test_help_has_every_option_but_the_hidden_one() -> None:
    text = parser().format_help()
    assert [option.name for option in ALL if option.name not in text] == ["--one-target"]


def test_help_fits_a_screen() -> None:
    lines = parser().format_help().splitlines()
    assert len(lines) < 80
    assert max(map(len, lines)) <= 100


def test_help_has_every_command_with_its_description() -> None:
    lines = parser().format_help().splitlines()
    for name, command in COMMANDS.items():
        assert any(line.split(maxsplit=1) == [name, command.help] for line in lines)


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not command.parses_itself])
def test_each_command_has_its_own_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        parse([name, "--help"])
    assert exit.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: eiospec {name}")


def test_options_of_a_run_are_passed_on_by_baseline() -> None:
    given, more = parse(["baseline", "--update", "known.toml", "--target", "http://a", "-k", "x"])
    assert (str(given.update), more) == ("known.toml", ["--target", "http://a", "-k", "x"])


def test_an_unknown_option_of_a_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["probe", "http://a", "--targt", "b"])
    assert exit.value.code == 4
    assert "eiospec probe: unrecognized arguments: --targt b" in capsys.readouterr().err
