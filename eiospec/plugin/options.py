"""The command line: what can be asked for, and one sentence for each way to ask for it wrongly."""

from __future__ import annotations

import argparse
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eiospec.plugin import releases
from eiospec.plugin.arguments import header_field, members_of, number, one_of, whole_number
from eiospec.plugin.releases import Release
from eiospec.reports.comparison import comparable
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, read_json
from eiospec.target.baseline import BadBaseline, Baseline, read_baseline
from eiospec.target.cookie_option import BadCookieOption, option_of_line
from eiospec.target.profile import (
    STICKY_MODES,
    BadProfile,
    Profile,
    Sticky,
    read_profile,
    whole_contract,
)
from eiospec.target.url import BadTarget, Target, parse_target

if TYPE_CHECKING:
    from eiospec.replay.stored import Stored

TRANSPORTS = ("polling", "websocket")
AREAS_OFF_BY_DEFAULT = ("hygiene",)
LEAST_CONNECTIONS = 6
MOST_CONNECTIONS = 64
MOST_REPETITIONS = 1000
CONNECTIONS = 32
# A balancer that many may share is asked less at once.
CONNECTIONS_TO_A_BALANCER = 8
SESSIONS = 20
CROWD = 100
MOST_SESSIONS = 1000
REPORT = "eiospec-report"


# Where the checked options of a run are kept.
OPTIONS: pytest.StashKey[Options] = pytest.StashKey()


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run, checked. `target` is None for the bundled server, `replay` a run that is judged again."""

    target: Target | None
    cases: tuple[str, ...]
    areas: tuple[str, ...]
    gate_should: bool
    cookie_spec: str
    max_wait: float
    connections: int
    sessions: int
    crowd: int
    headers: tuple[tuple[str, str], ...]
    tls: ssl.SSLContext | None
    transports: tuple[str, ...]
    serve: str | None
    profile: Profile
    baseline: Baseline | None
    release: Release | None
    compare: Document | None
    report: Path | None
    mask: bool
    shown: dict[str, str]
    replay: Stored | None = None

    def with_tls(self, tls: ssl.SSLContext | None) -> Options:
        """The same options with another way to trust the target."""
        return replace(self, tls=tls)


DEFAULTS = Options(
    target=None,
    cases=(),
    areas=(),
    gate_should=False,
    cookie_spec="6265bis",
    max_wait=10.0,
    connections=CONNECTIONS,
    sessions=SESSIONS,
    crowd=CROWD,
    headers=(),
    tls=None,
    transports=(),
    serve=None,
    profile=Profile(),
    baseline=None,
    release=None,
    compare=None,
    report=None,
    mask=True,
    shown={},
)


def add_options(parser: pytest.Parser) -> None:
    """Register the options, grouped as --help shows them."""
    target = parser.getgroup("eiospec: the target")
    target.addoption(
        "--target",
        action="append",
        default=[],
        metavar="URL",
        help="server to judge (http, https, ws, wss); several make one page; default: the bundled one",
    )
    # How a run of several targets tells each of its runs which is its own.
    target.addoption("--one-target", help=argparse.SUPPRESS)
    target.addoption("--serve", metavar="COMMAND", help="start this command, judge --target, then stop it")
    target.addoption(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="send with every request"
    )
    target.addoption("--ca", metavar="FILE", help="trust this certificate authority (PEM)")
    target.addoption("--insecure", action="store_true", help="do not verify the target's certificate")
    target.addoption("--profile", metavar="FILE", help="what the target declares (TOML; see docs/profile.md)")
    target.addoption(
        "--cookie", metavar="LINE", help="declare the session cookie: 'io; Path=/; HttpOnly', or none"
    )
    target.addoption("--transports", metavar="LIST", help="declare the transports: polling,websocket")
    target.addoption(
        "--sticky",
        metavar="MODE",
        help=f"declare a balancer before several nodes: {', '.join(STICKY_MODES)} (see docs/balancers.md)",
    )
    target.addoption(
        "--replay",
        metavar="FILE",
        help="judge the run of this report.json again, without its target (see docs/replay.md)",
    )
    what = parser.getgroup("eiospec: what is judged")
    what.addoption(
        "--case", action="append", default=[], metavar="GLOB", help="only these requirements: CK-002, 'CK-*'"
    )
    what.addoption(
        "--with", action="append", default=[], dest="areas", metavar="AREA", help="add an area: hygiene"
    )
    what.addoption(
        "--level", metavar="must|should", default="must", help="what fails the run (default: must)"
    )
    what.addoption(
        "--require",
        metavar="RELEASE",
        help=f"only what was required in this release, as it was then: {', '.join(releases.names())}",
    )
    what.addoption("--cookie-spec", metavar="6265bis|6265", default="6265bis", help="default: 6265bis")
    what.addoption(
        "--max-wait", default="10", metavar="SECONDS", help="longest wait for a heartbeat (default: 10)"
    )
    what.addoption(
        "--connections",
        metavar="N",
        help=f"connections open at once (default: {CONNECTIONS}; to a balancer {CONNECTIONS_TO_A_BALANCER})",
    )
    what.addoption(
        "--sessions",
        default=str(SESSIONS),
        metavar="N",
        help=f"sessions opened through a balancer (default: {SESSIONS})",
    )
    what.addoption(
        "--crowd",
        default=str(CROWD),
        metavar="N",
        help=f"handshakes of the crowd that session ids are taken from (default: {CROWD})",
    )
    what.addoption(
        "--list", nargs="?", const="text", metavar="text|json|markdown", dest="list_as", help="list and exit"
    )
    what.addoption(
        "--repeat", default="1", metavar="N", help="run N times and report every verdict that changed"
    )
    what.addoption("--explain", metavar="ID", help="explain one requirement and exit")
    out = parser.getgroup("eiospec: the report")
    out.addoption(
        "--report",
        metavar="DIR",
        help="HTML, JSON, markdown (default: eiospec-report)",
    )
    out.addoption("--baseline", metavar="FILE", help="known deviations: expected, and stale when they change")
    out.addoption(
        "--compare", metavar="OLD.json", help="an older report: the run fails by what regressed since"
    )
    out.addoption("--no-report", action="store_true", help="write no report")
    out.addoption("--no-mask", action="store_true", help="show secrets in the report")


def tls_context(target: Target | None, ca: str | None, insecure: bool) -> ssl.SSLContext | None:
    """How to trust the target, None for plain http; raises ValueError with one sentence."""
    if target is None or not target.secure:
        if ca or insecure:
            raise ValueError("--ca and --insecure are for https and wss targets only")
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"--ca {ca}: no certificate authority can be read from it ({error})") from None
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _profile(file: str | None, cookie: str | None, transports: str | None, sticky: str | None) -> Profile:
    """The profile file, with the shorthands laid over it."""
    try:
        profile = read_profile(Path(file)) if file else Profile()
    except BadProfile as error:
        raise pytest.UsageError(f"--profile {file}: {error}") from None
    if cookie is not None:
        try:
            option = False if cookie.strip().lower() == "none" else option_of_line(cookie)
        except BadCookieOption as error:
            raise pytest.UsageError(f"--cookie: {error}") from None
        profile = replace(profile, cookie=option)
    if sticky is not None:
        mode = one_of(sticky, STICKY_MODES, "--sticky")
        profile = replace(profile, sticky=replace(profile.sticky or Sticky(), mode=mode))
    declared = members_of(transports, TRANSPORTS, "--transports")
    return replace(profile, transports=declared) if declared else profile


def _baseline(file: str | None) -> Baseline | None:
    if not file:
        return None
    try:
        return read_baseline(Path(file))
    except BadBaseline as error:
        raise pytest.UsageError(f"--baseline {file}: {error}") from None


def _release(name: str | None) -> Release | None:
    if not name:
        return None
    return releases.release(one_of(name, releases.names(), "--require"))


def _older(file: str | None) -> Document | None:
    if not file:
        return None
    try:
        return comparable(read_json(file))
    except ReportError as error:
        raise pytest.UsageError(f"--compare: {error}") from None


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


def targets(config: pytest.Config) -> tuple[str, ...]:
    """The URLs of the targets as they were given; several are a run each."""
    return _targets(config.getoption)


def _targets(given: Callable[[str], Any]) -> tuple[str, ...]:
    one = given("--one-target")
    return (one,) if one else tuple(given("--target"))


def repetitions(config: pytest.Config) -> int:
    """How often the run is to be held; raises pytest.UsageError."""
    return whole_number(config.getoption("--repeat"), "--repeat", 1, MOST_REPETITIONS)


def read_options(config: pytest.Config) -> Options:
    """The options of this run; raises pytest.UsageError with one sentence."""
    if config.getoption("--replay"):
        # Imported here: a run of its own does not wait for what reads a stored one.
        from eiospec.plugin.replaying import replayed_options

        return replayed_options(config)
    return options_of(config.getoption)


def options_of(given: Callable[[str], Any]) -> Options:
    """The options that are given, by name; raises pytest.UsageError."""
    profile = _profile(given("--profile"), given("--cookie"), given("--transports"), given("--sticky"))
    connections = given("--connections") or str(
        CONNECTIONS if profile.sticky is None else CONNECTIONS_TO_A_BALANCER
    )
    url = next(reversed(_targets(given)), None) or profile.url
    try:
        target = parse_target(url) if url else None
    except BadTarget as error:
        raise pytest.UsageError(str(error)) from None
    # Of several targets some may be in the clear.
    one_of_several = given("--one-target") and target is not None and not target.secure
    try:
        tls = None if one_of_several else tls_context(target, given("--ca"), given("--insecure"))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if given("--serve") and target is None:
        raise pytest.UsageError("--serve needs --target URL: where will the command listen?")
    areas = tuple(
        area for text in given("areas") for area in members_of(text, AREAS_OFF_BY_DEFAULT, "--with")
    )
    shown = {
        "--target": url or "",
        "--profile": given("--profile") or "",
        "--cookie": given("--cookie") or "",
        "--baseline": given("--baseline") or "",
        "--compare": given("--compare") or "",
        "--serve": given("--serve") or "",
        "--case": " ".join(given("--case")),
        "--with": " ".join(areas),
        "--level": given("--level"),
        "--require": given("--require") or "",
        "--cookie-spec": given("--cookie-spec"),
        "--max-wait": given("--max-wait"),
        "--connections": connections,
        "--sticky": given("--sticky") or "",
        "--crowd": given("--crowd"),
        "--sessions": given("--sessions") if profile.sticky is not None else "",
        "--header": "\n".join(given("--header")),
        "--transports": given("--transports") or "",
        "--ca": given("--ca") or "",
        "--insecure": "yes" if given("--insecure") else "",
    }
    return Options(
        target=target,
        cases=tuple(given("--case")),
        areas=areas,
        gate_should=one_of(given("--level"), ("must", "should"), "--level") == "should",
        cookie_spec=one_of(given("--cookie-spec"), ("6265bis", "6265"), "--cookie-spec"),
        max_wait=number(given("--max-wait"), "--max-wait", 0, 3600),
        connections=whole_number(connections, "--connections", LEAST_CONNECTIONS, MOST_CONNECTIONS),
        crowd=whole_number(given("--crowd"), "--crowd", 2, MOST_SESSIONS),
        sessions=whole_number(given("--sessions"), "--sessions", 2, MOST_SESSIONS),
        headers=tuple(header_field(text) for text in given("--header")),
        tls=tls,
        transports=profile.transports,
        serve=given("--serve"),
        # Nobody has to declare what we ship.
        profile=whole_contract(profile) if target is None else profile,
        baseline=_baseline(given("--baseline")),
        release=_release(given("--require")),
        compare=_older(given("--compare")),
        report=None if given("--no-report") else Path(given("--report") or REPORT),
        mask=not given("--no-mask"),
        shown={name: value for name, value in shown.items() if value},
    )
