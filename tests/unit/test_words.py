"""Help on one screen, and what was meant by a command nobody understood."""

from __future__ import annotations

import pytest

from eiospec.plugin.console import COMMANDS as BESIDE
from eiospec.plugin.console import WHAT_THEY_DO
from eiospec.plugin.words import help_text, hint, our_options

COMMANDS = ("probe", "prove", "contract")


@pytest.mark.parametrize(
    ("arguments", "meant"),
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
def test_names_the_nearest(arguments: list[str], meant: str) -> None:
    assert hint(arguments, COMMANDS) == meant


def test_knows_every_option() -> None:
    assert {"--target", "--cookie", "--report", "--list"} <= {*our_options()}


def test_help_has_every_option_but_the_hidden_one() -> None:
    text = help_text(WHAT_THEY_DO)
    assert [name for name in our_options() if name not in text] == ["--one-target"]


def test_help_fits_a_screen() -> None:
    assert len(help_text(WHAT_THEY_DO).splitlines()) < 80
    assert max(map(len, help_text(WHAT_THEY_DO).splitlines())) <= 100


def test_help_has_every_command() -> None:
    assert {*WHAT_THEY_DO} == {*BESIDE, "contract"}
