"""`eiospec contract`: print the contract for conformance apps."""

from __future__ import annotations

import argparse

from eiospec.target.contract import CONTRACT


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the description; there are no arguments."""
    parser.description = "Print the contract for conformance apps as JSON (see docs/contract.md)."


def run(given: argparse.Namespace, more: list[str]) -> int:  # noqa: ARG001
    """Print the contract."""
    print(CONTRACT.read_text("utf-8"), end="")
    return 0
