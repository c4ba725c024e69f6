"""What was meant by a command nobody understood."""

from __future__ import annotations

import pytest

from eiospec.plugin.hints import hint, our_options

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
