"""The command line: what can be asked for, and one sentence for each way to ask for it wrongly."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eiospec.fixtures.target.url import BadTarget, Target, parse_target
from eiospec.fixtures.wire.parse import TOKEN

TRANSPORTS = ("polling", "websocket")
AREAS_OFF_BY_DEFAULT = ("hygiene",)
LEAST_CONNECTIONS = 6
MOST_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run, checked. `target` is None for the bundled server."""

    target: Target | None
    cases: tuple[str, ...]
    areas: tuple[str, ...]
    gate_should: bool
    cookie_spec: str
    max_wait: float
    connections: int
    headers: tuple[tuple[str, str], ...]
    tls: ssl.SSLContext | None
    transports: tuple[str, ...]
    serve: str | None
    report: Path | None
    mask: bool
    shown: dict[str, str]


def add_options(parser: pytest.Parser) -> None:
    """Register the options, grouped as --help shows them."""
    target = parser.getgroup("eiospec: the target")
    target.addoption(
        "--target", metavar="URL", help="server to judge (http, https, ws, wss); default: the bundled one"
    )
    target.addoption("--serve", metavar="COMMAND", help="start this command, judge --target, then stop it")
    target.addoption(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="send with every request"
    )
    target.addoption("--ca", metavar="FILE", help="trust this certificate authority (PEM)")
    target.addoption("--insecure", action="store_true", help="do not verify the target's certificate")
    target.addoption("--transports", metavar="LIST", help="declare the transports: polling,websocket")
    what = parser.getgroup("eiospec: what is judged")
    what.addoption(
        "--case", action="append", default=[], metavar="GLOB", help="only these requirements: CK-002, 'CK-*'"
    )
    what.addoption(
        "--with", action="append", default=[], dest="areas", metavar="AREA", help="add an area: hygiene"
    )
    what.addoption(
        "--level", choices=("must", "should"), default="must", help="what fails the run (default: must)"
    )
    what.addoption("--cookie-spec", choices=("6265bis", "6265"), default="6265bis", help="default: 6265bis")
    what.addoption(
        "--max-wait", default="10", metavar="SECONDS", help="longest wait for a heartbeat (default: 10)"
    )
    what.addoption("--connections", default="16", metavar="N", help="connections open at once (default: 16)")
    what.addoption(
        "--list", nargs="?", const="text", choices=("text", "json"), dest="list_as", help="list and exit"
    )
    what.addoption("--explain", metavar="ID", help="explain one requirement and exit")
    out = parser.getgroup("eiospec: the report")
    out.addoption(
        "--report",
        default="eiospec-report",
        metavar="DIR",
        help="HTML, JSON, markdown (default: eiospec-report)",
    )
    out.addoption("--no-report", action="store_true", help="write no report")
    out.addoption("--no-mask", action="store_true", help="show secrets in the report")


def _number(text: str, name: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise pytest.UsageError(
            f"{name} {text!r} is not a number: write for example {name} {least:g}"
        ) from None
    if not least <= value <= most:
        raise pytest.UsageError(f"{name} {text} is out of range: from {least:g} to {most:g}")
    return value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not TOKEN.fullmatch(name.strip().encode("latin-1", "replace")):
        raise pytest.UsageError(f"--header {text[:60]!r} is no header field: write --header 'Name: value'")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise pytest.UsageError(
            f"--header {name.strip()!r} has characters no header field can carry"
        ) from None
    if any(ord(character) < 0x20 and character != "\t" for character in value):
        raise pytest.UsageError(f"--header {name.strip()!r} has control characters in its value")
    return name.strip(), value.strip()


def _tls(target: Target | None, ca: str | None, insecure: bool) -> ssl.SSLContext | None:
    if target is None or not target.secure:
        if ca or insecure:
            raise pytest.UsageError("--ca and --insecure are for https and wss targets only")
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise pytest.UsageError(
            f"--ca {ca}: no certificate authority can be read from it ({error})"
        ) from None
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _members(text: str | None, allowed: tuple[str, ...], name: str) -> tuple[str, ...]:
    members = tuple(member.strip() for member in (text or "").split(",") if member.strip())
    for member in members:
        if member not in allowed:
            raise pytest.UsageError(f"{name} {member!r} is unknown: use {', '.join(allowed)}")
    return members


def writable(folder: Path) -> Path:
    """The folder itself; a usage error now is better than a lost report after the run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".eiospec-writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise pytest.UsageError(
            f"--report {folder}: cannot write there ({error.strerror}): name another folder, or use --no-report"
        ) from None
    return folder


def read_options(config: pytest.Config) -> Options:
    """The options of this run; raises pytest.UsageError with one sentence."""

    def given(name: str) -> Any:
        return config.getoption(name)

    try:
        target = parse_target(given("--target")) if given("--target") else None
    except BadTarget as error:
        raise pytest.UsageError(str(error)) from None
    if given("--serve") and target is None:
        raise pytest.UsageError("--serve needs --target URL: where will the command listen?")
    areas = tuple(area for text in given("areas") for area in _members(text, AREAS_OFF_BY_DEFAULT, "--with"))
    shown = {
        "--target": given("--target") or "",
        "--serve": given("--serve") or "",
        "--case": " ".join(given("--case")),
        "--with": " ".join(areas),
        "--level": given("--level"),
        "--cookie-spec": given("--cookie-spec"),
        "--max-wait": given("--max-wait"),
        "--connections": given("--connections"),
        "--header": "\n".join(given("--header")),
        "--transports": given("--transports") or "",
    }
    return Options(
        target=target,
        cases=tuple(given("--case")),
        areas=areas,
        gate_should=given("--level") == "should",
        cookie_spec=given("--cookie-spec"),
        max_wait=_number(given("--max-wait"), "--max-wait", 0, 3600),
        connections=int(
            _number(given("--connections"), "--connections", LEAST_CONNECTIONS, MOST_CONNECTIONS)
        ),
        headers=tuple(_header(text) for text in given("--header")),
        tls=_tls(target, given("--ca"), given("--insecure")),
        transports=_members(given("--transports"), TRANSPORTS, "--transports"),
        serve=given("--serve"),
        report=None if given("--no-report") else Path(given("--report")),
        mask=not given("--no-mask"),
        shown={name: value for name, value in shown.items() if value},
    )
