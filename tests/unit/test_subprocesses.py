"""The command line of a repeated run."""

from __future__ import annotations

from eiospec.plugin.subprocesses import command

OURS = ("--report", "there", "--repeat", "1")


def test_is_the_same_but_for_our_options() -> None:
    made = command(["--target", "http://a", "-k", "value"], *OURS)
    assert made[4:] == ["--target", "http://a", "-k", "value", *OURS]


def test_always_reports() -> None:
    assert "--no-report" not in command(["--no-report", "--case", "CK-002"], *OURS)


def test_options_stay_before_what_are_none() -> None:
    assert command(["--repeat=3", "--", "suites"], *OURS)[-2:] == ["--", "suites"]
