"""The options of a run: declared once in GROUPS, for pytest's parser and for the `eiospec` command, and read into Options.

To add an option, add an Option to GROUPS and a field to Options.
"""

from __future__ import annotations

import argparse
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from eiospec.plugin import releases
from eiospec.plugin.releases import Release
from eiospec.reports.comparison import comparable
from eiospec.reports.files import ReportError
from eiospec.reports.model import Document, read_json
from eiospec.target.baseline import BadBaseline, Baseline, read_baseline
from eiospec.target.cookie_option import BadCookieOption
from eiospec.target.declared_cookies import with_lines
from eiospec.target.hooks import BadHook, hook_fields
from eiospec.target.profile import (
    STICKY_MODES,
    BadProfile,
    Profile,
    Sticky,
    read_profile,
    whole_contract,
)
from eiospec.target.url import BadTarget, Target, parameter, parse_target
from eiospec.wire.parse import TOKEN

if TYPE_CHECKING:
    from eiospec.replay.stored import Stored

TRANSPORTS = ("polling", "websocket")
AREAS_OFF_BY_DEFAULT = ("hygiene",)
LEAST_CONNECTIONS = 6
MOST_CONNECTIONS = 64
MOST_REPETITIONS = 1000
CONNECTIONS = 32
# Fewer, because other users may share the balancer.
CONNECTIONS_TO_A_BALANCER = 8
SESSIONS = 20
CROWD = 100
MOST_SESSIONS = 1000
REPORT = "eiospec-report"
# Fields that frame a message, manage its connection or belong to the WebSocket handshake.
OWN_FIELDS = re.compile(
    r"host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-connection"
    r"|http2-settings|sec-websocket-.*",
    re.IGNORECASE,
)

# Where pytest's config keeps the checked options.
OPTIONS: pytest.StashKey[Options] = pytest.StashKey()


@dataclass(frozen=True, slots=True)
class Options:
    """The checked options of a run.

    `target` is None for the bundled server; `replay` is the stored run of --replay. `shown` are the options as the report
    shows them.
    """

    target: Target | None = None
    cases: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    gate_should: bool = False
    cookie_spec: str = "6265bis"
    max_wait: float = 10.0
    connections: int = CONNECTIONS
    sessions: int = SESSIONS
    crowd: int = CROWD
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    tls: ssl.SSLContext | None = None
    transports: tuple[str, ...] = ()
    serve: str | None = None
    profile: Profile = field(default_factory=Profile)
    baseline: Baseline | None = None
    release: Release | None = None
    compare: Document | None = None
    report: Path | None = None
    mask: bool = True
    shown: dict[str, str] = field(default_factory=dict)
    replay: Stored | None = None


DEFAULTS = Options()


def number(text: str, name: str, least: float, most: float) -> float:
    """Return a number from `least` to `most`; raise pytest.UsageError."""
    try:
        value = float(text)
    except ValueError:
        raise pytest.UsageError(
            f"{name} {text!r} is not a number: write for example {name} {least:g}"
        ) from None
    if not least <= value <= most:
        raise pytest.UsageError(f"{name} {text} is out of range: from {least:g} to {most:g}")
    return value


def whole_number(text: str, name: str, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`; raise pytest.UsageError."""
    found = number(text, name, least, most)
    if not found.is_integer():
        raise pytest.UsageError(f"{name} {text} is not a whole number: write for example {name} {least}")
    return int(found)


def one_of(value: str, allowed: Sequence[str], name: str) -> str:
    """Return the value if it is allowed; raise pytest.UsageError."""
    if value not in allowed:
        raise pytest.UsageError(f"{name} {value!r} is unknown: use {' or '.join(allowed)}")
    return value


def members_of(text: str | None, allowed: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the members of a comma-separated list; raise pytest.UsageError for one that is not allowed."""
    members = tuple(member.strip() for member in (text or "").split(",") if member.strip())
    for member in members:
        if member not in allowed:
            raise pytest.UsageError(f"{name} {member!r} is unknown: use {', '.join(allowed)}")
    return members


def header_field(text: str) -> tuple[str, str]:
    """Return name and value of a header field that can be sent; raise pytest.UsageError."""
    name, colon, value = text.partition(":")
    if not colon or not TOKEN.fullmatch(name.strip().encode("latin-1", "replace")):
        raise pytest.UsageError(f"--header {text[:60]!r} is not a header field: write --header 'Name: value'")
    if OWN_FIELDS.fullmatch(name.strip()):
        raise pytest.UsageError(
            f"--header {name.strip()!r} is a field that the suite sets itself, as each request needs it: leave it out"
        )
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise pytest.UsageError(
            f"--header {name.strip()!r} has characters that a header field cannot carry"
        ) from None
    if any(ord(character) < 0x20 and character != "\t" for character in value):
        raise pytest.UsageError(f"--header {name.strip()!r} has control characters in its value")
    return name.strip(), value.strip()


def query_of(texts: Sequence[str]) -> str:
    """Return the parameters as part of a query; raise pytest.UsageError."""
    try:
        return "&".join(map(parameter, texts))
    except BadTarget as error:
        raise pytest.UsageError(f"--query: {error}") from None


def _areas(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(area for text in texts for area in members_of(text, AREAS_OFF_BY_DEFAULT, "--with"))


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


class Option:
    """One option. `keywords` are argparse's.

    `field` names the field of Options that `parse` makes of the raw value; options without a field are read by
    `options_of` and `pytest_cmdline_main`. The report shows options that are `recorded`.
    """

    def __init__(
        self,
        name: str,
        *,
        field: str = "",
        parse: Callable[[Any], Any] | None = None,
        recorded: bool = True,
        **keywords: Any,
    ) -> None:
        self.name = name
        self.field = field
        self.parse = parse or (lambda value: value)
        self.recorded = recorded
        self.keywords = MappingProxyType(keywords)

    @property
    def key(self) -> str:
        """What pytest calls the raw value: the option's name, unless it has another `dest`."""
        return str(self.keywords.get("dest", self.name))


def _list(name: str, **more: Any) -> Option:
    """Return an option that may be given several times."""
    return Option(name, action="append", default=[], **more)


GROUPS: Mapping[str, tuple[Option, ...]] = {
    "the target": (
        _list(
            "--target",
            metavar="URL",
            help="server to test (http, https, ws, wss); repeat it to compare several; default: a bundled server",
        ),
        # Set for each run of a command with several targets.
        Option("--one-target", recorded=False, help=argparse.SUPPRESS),
        Option(
            "--serve",
            field="serve",
            metavar="COMMAND",
            help="start this command, test --target, then stop it",
        ),
        _list(
            "--header",
            field="headers",
            parse=lambda texts: tuple(map(header_field, texts)),
            metavar="'NAME: VALUE'",
            help="send this header field with every request",
        ),
        _list(
            "--query",
            field="query",
            parse=query_of,
            metavar="NAME=VALUE",
            help="add this parameter to the query of every request",
        ),
        Option("--ca", metavar="FILE", help="trust this certificate authority (PEM)"),
        Option("--insecure", action="store_true", help="do not verify the target's certificate"),
        Option("--profile", metavar="FILE", help="what the target declares (TOML; see docs/profile.md)"),
        _list(
            "--cookie",
            metavar="LINE",
            help="declare a cookie, the session's or another: 'io; Path=/; HttpOnly'; or none for no session cookie",
        ),
        _list(
            "--hook",
            metavar="LINE",
            help="declare what a hook sets: howto, 'headers: X-Frame-Options: DENY' or "
            "'initial_headers: Set-Cookie: uid=*; Path=/', at the end [unless COOKIE] [if Cookie]; repeatable "
            "(see docs/profile.md)",
        ),
        Option("--transports", metavar="LIST", help="declare the transports: polling,websocket"),
        Option(
            "--sticky",
            metavar="MODE",
            help=f"declare a load balancer: {', '.join(STICKY_MODES)} (see docs/balancers.md)",
        ),
        Option(
            "--replay",
            recorded=False,
            metavar="FILE",
            help="judge a stored report.json again, without its target (see docs/replay.md)",
        ),
    ),
    "what is judged": (
        _list(
            "--case",
            field="cases",
            parse=tuple,
            metavar="GLOB",
            help="only these requirements: CK-002, 'CK-*'",
        ),
        _list(
            "--with",
            dest="areas",
            field="areas",
            parse=_areas,
            metavar="SET",
            help="add checks: hygiene, what every HTTP server has to do",
        ),
        Option(
            "--level",
            field="gate_should",
            parse=lambda text: one_of(text, ("must", "should"), "--level") == "should",
            metavar="must|should",
            default="must",
            help="which findings fail the run (default: must)",
        ),
        Option(
            "--require",
            field="release",
            parse=_release,
            metavar="RELEASE",
            help=f"judge the requirements of this release only, as they were: {', '.join(releases.names())}",
        ),
        Option(
            "--cookie-spec",
            field="cookie_spec",
            parse=lambda text: one_of(text, ("6265bis", "6265"), "--cookie-spec"),
            metavar="6265bis|6265",
            default="6265bis",
            help="which cookie RFC to apply (default: 6265bis)",
        ),
        Option(
            "--max-wait",
            field="max_wait",
            parse=lambda text: number(text, "--max-wait", 0, 3600),
            default="10",
            metavar="SECONDS",
            help="longest wait for a heartbeat (default: 10)",
        ),
        Option(
            "--connections",
            field="connections",
            parse=lambda text: whole_number(text, "--connections", LEAST_CONNECTIONS, MOST_CONNECTIONS),
            metavar="N",
            help=f"connections open at once (default: {CONNECTIONS}; {CONNECTIONS_TO_A_BALANCER} with a balancer)",
        ),
        Option(
            "--sessions",
            field="sessions",
            parse=lambda text: whole_number(text, "--sessions", 2, MOST_SESSIONS),
            default=str(SESSIONS),
            metavar="N",
            help=f"sessions opened through a load balancer (default: {SESSIONS})",
        ),
        Option(
            "--crowd",
            field="crowd",
            parse=lambda text: whole_number(text, "--crowd", 2, MOST_SESSIONS),
            default=str(CROWD),
            metavar="N",
            help=f"handshakes whose session ids are compared (default: {CROWD})",
        ),
        Option(
            "--list",
            recorded=False,
            nargs="?",
            const="text",
            metavar="text|json|markdown",
            dest="list_as",
            help="list all requirements and exit",
        ),
        Option(
            "--repeat",
            recorded=False,
            default="1",
            metavar="N",
            help="run N times and report verdicts that changed",
        ),
        Option("--explain", recorded=False, metavar="ID", help="explain one requirement and exit"),
    ),
    "the report": (
        Option(
            "--report",
            recorded=False,
            metavar="DIR",
            help="folder for HTML, JSON and markdown (default: eiospec-report)",
        ),
        Option(
            "--baseline",
            field="baseline",
            parse=_baseline,
            metavar="FILE",
            help="known deviations; an entry that no longer matches fails the run",
        ),
        Option(
            "--compare",
            field="compare",
            parse=_older,
            metavar="OLD.json",
            help="an older report; fail only on regressions since then",
        ),
        Option("--no-report", recorded=False, action="store_true", help="write no report"),
        Option(
            "--no-mask",
            recorded=False,
            field="mask",
            parse=lambda given: not given,
            action="store_true",
            help="show secrets in the report",
        ),
    ),
}
ALL = tuple(option for group in GROUPS.values() for option in group)


# Options of other plugins that name a file or folder to write, by their `dest`.
OUTPUTS = {"xmlpath": "--junitxml", "allure_report_dir": "--alluredir"}


def require_values(given: Callable[..., Any]) -> None:
    """Raise pytest.UsageError for an option with an empty value, as from a variable that is not set."""
    raw = {option.name: given(option.key) for option in ALL}
    raw |= {name: given(key, None) for key, name in OUTPUTS.items()}
    for name, value in raw.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            raise pytest.UsageError(
                f"{name} has an empty value (is a variable not set?): give it a value, or leave {name} out"
            )


def add_options(parser: pytest.Parser) -> None:
    """Register the options with pytest."""
    for title, options in GROUPS.items():
        group = parser.getgroup(f"eiospec: {title}")
        for option in options:
            group.addoption(option.name, **option.keywords)


def tls_context(target: Target | None, ca: str | None, insecure: bool) -> ssl.SSLContext | None:
    """Return the TLS settings for a target, None for plain http; raise ValueError."""
    if target is None or not target.secure:
        if ca or insecure:
            raise ValueError("--ca and --insecure are for https and wss targets only")
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"--ca {ca}: cannot read a certificate authority from it ({error})") from None
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _profile(file: str | None, cookies: Sequence[str], transports: str | None, sticky: str | None) -> Profile:
    """Return the profile of the file, overridden by the other options."""
    try:
        profile = read_profile(Path(file)) if file else Profile()
    except BadProfile as error:
        raise pytest.UsageError(f"--profile {file}: {error}") from None
    if cookies:
        try:
            cookie, named = with_lines(profile.cookie, profile.cookies, cookies)
        except BadCookieOption as error:
            raise pytest.UsageError(f"--cookie: {error}") from None
        profile = replace(profile, cookie=cookie, cookies=named)
    if sticky is not None:
        mode = one_of(sticky, STICKY_MODES, "--sticky")
        profile = replace(profile, sticky=replace(profile.sticky or Sticky(), mode=mode))
    declared = members_of(transports, TRANSPORTS, "--transports")
    return replace(profile, transports=declared) if declared else profile


def _with_hooks(profile: Profile, lines: Sequence[str]) -> Profile:
    """Return the profile; the hooks of these lines, if there are any, replace its hooks."""
    try:
        return replace(profile, hooks=hook_fields(lines)) if lines else profile
    except BadHook as error:
        raise pytest.UsageError(f"--hook: {error}") from None


def writable(folder: Path) -> Path:
    """Return the folder; raise pytest.UsageError before the run if nothing can be written there."""
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
    """Return the target URLs as they were given; each is judged in its own run."""
    return _targets(config.getoption)


def _targets(given: Callable[[str], Any]) -> tuple[str, ...]:
    one = given("--one-target")
    return (one,) if one else tuple(given("--target"))


def repetitions(config: pytest.Config) -> int:
    """Return how often to run; raise pytest.UsageError."""
    return whole_number(config.getoption("--repeat"), "--repeat", 1, MOST_REPETITIONS)


def read_options(config: pytest.Config) -> Options:
    """Return the options of this run; raise pytest.UsageError with one sentence."""
    require_values(config.getoption)
    if config.getoption("--replay"):
        # Imported here to start a normal run faster.
        from eiospec.plugin.replaying import replayed_options

        return replayed_options(config)
    return options_of(config.getoption)


def options_of(given: Callable[[str], Any]) -> Options:
    """Return the options from their raw values, by name; raise pytest.UsageError."""
    profile = _profile(given("--profile"), given("--cookie"), given("--transports"), given("--sticky"))
    profile = _with_hooks(profile, given("--hook"))
    raw = {option.name: given(option.key) for option in ALL}
    raw["--connections"] = raw["--connections"] or str(
        CONNECTIONS if profile.sticky is None else CONNECTIONS_TO_A_BALANCER
    )
    url = next(reversed(_targets(given)), None) or profile.url
    try:
        target = parse_target(url) if url else None
    except BadTarget as error:
        raise pytest.UsageError(str(error)) from None
    # With several targets, --ca and --insecure are for those that use TLS.
    plain_one_of_several = given("--one-target") and target is not None and not target.secure
    try:
        tls = None if plain_one_of_several else tls_context(target, given("--ca"), given("--insecure"))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if given("--serve") and target is None:
        raise pytest.UsageError("--serve needs --target URL: where does the command listen?")
    return Options(
        target=target,
        tls=tls,
        transports=profile.transports,
        profile=whole_contract(profile) if target is None else profile,
        report=None if given("--no-report") else Path(given("--report") or REPORT),
        shown=_recorded({**raw, "--target": url}, profile),
        **{option.field: option.parse(raw[option.name]) for option in ALL if option.field},
    )


def _recorded(raw: Mapping[str, Any], profile: Profile) -> dict[str, str]:
    """Return the options as the report shows them."""
    recorded = {option.name: _text(option.name, raw[option.name]) for option in ALL if option.recorded}
    if profile.sticky is None:
        recorded["--sessions"] = ""
    return {name: text for name, text in recorded.items() if text}


def _text(name: str, value: Any) -> str:
    if name == "--with":
        return " ".join(_areas(value))
    if isinstance(value, list):
        return ("\n" if name in ("--header", "--query", "--cookie", "--hook") else " ").join(value)
    return "yes" if value is True else str(value or "")
