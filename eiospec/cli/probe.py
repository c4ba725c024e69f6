"""Write a first profile of a server from what is detected, with the evidence for each line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from eiospec.cli.first_profile import profile_of
from eiospec.errors import Blocked, Broken, Shortfall
from eiospec.plugin.exit_codes import CONFORMS, LOST, USAGE
from eiospec.plugin.options import Options, header_field, query_of, tls_context
from eiospec.plugin.run import Conformance
from eiospec.reports.escapes import visible
from eiospec.target.url import BadTarget, parse_target


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = __doc__
    parser.add_argument("url", help="the server to probe")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the profile to this file instead of standard output"
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="send this header field with every request",
    )
    parser.add_argument(
        "--query",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="add this parameter to the query of every request",
    )
    parser.add_argument("--ca", metavar="FILE", help="trust this certificate authority (PEM)")
    parser.add_argument("--insecure", action="store_true", help="do not verify the target's certificate")


def run(given: argparse.Namespace, more: list[str]) -> int:  # noqa: ARG001
    """Probe a server and print, or write, its profile; return the exit code, which means the same as that of a run."""
    try:
        target = parse_target(given.url)
        headers = tuple(map(header_field, given.header))
        tls = tls_context(target, given.ca, given.insecure)
        options = Options(tls=tls, headers=headers, query=query_of(given.query))
    except (BadTarget, ValueError, pytest.UsageError) as error:
        return _failed(str(error), USAGE)
    conformance = Conformance(target, options)
    try:
        control = conformance.control("first")
        if not control.ok:
            return _failed(control.sentence, LOST)
        text = profile_of(conformance)
        conformance.control("last")  # closes all sessions
    except (Blocked, Broken, Shortfall) as reason:
        return _failed(str(reason), LOST)
    finally:
        conformance.conductor.stop()
    if given.out is None:
        print(text, end="")
        return CONFORMS
    try:
        given.out.write_text(text, "utf-8")
    except OSError as error:
        return _failed(f"{given.out} cannot be written: {error.strerror}", USAGE)
    print(f"written: {given.out}")
    return CONFORMS


def _failed(message: str, code: int) -> int:
    print(f"eiospec probe: {visible(message)}", file=sys.stderr)
    return code
