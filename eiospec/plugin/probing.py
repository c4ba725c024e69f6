"""`eiospec probe URL`: a first profile, written from what was detected, with the evidence beside each line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from eiospec.cookies.grammar import SetCookie
from eiospec.errors import Blocked, Broken, Shortfall
from eiospec.observations.cross_origin import (
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EXPOSE_HEADERS,
    MAX_AGE,
    REQUESTED,
    allows_credentials,
    field_of,
    members_of,
)
from eiospec.observations.diagnosis import diagnosis
from eiospec.observations.sessions import Sessions
from eiospec.observations.setting import cors_fields
from eiospec.plugin.options import DEFAULTS, tls_context
from eiospec.plugin.run import Conformance
from eiospec.probes.cross_origin import strangers
from eiospec.probes.handshakes import handshakes
from eiospec.probes.sticky import sessions
from eiospec.reports.escapes import visible
from eiospec.requirements import Capability
from eiospec.target.cookie_option import BadCookieOption, option_of_line
from eiospec.target.cors_option import STRANGER, TOKEN, is_serialized
from eiospec.target.toml import quoted
from eiospec.target.url import BadTarget, parse_target
from eiospec.wire.exchange import Exchange

ABSENT = dict.fromkeys(("path", "httpOnly", "sameSite", "secure", "partitioned"), False)


def value_of(value: object) -> str:
    """A boolean, a number or a string as TOML."""
    return str(value).lower() if isinstance(value, bool | int) else quoted(str(value))


def cookie_lines(cookie: SetCookie) -> list[str]:
    """The [cookie] table that a Set-Cookie line amounts to; absent attributes are declared absent.

    What no option says is a comment: a profile has to be one that can be read.
    """
    option: dict[str, object] = {"name": cookie.name, **ABSENT}
    unsaid = []
    for attribute in cookie.attributes:
        text = attribute.name if attribute.value is None else f"{attribute.name}={attribute.value}"
        try:
            said = option_of_line(f"{cookie.name}; {text}")
        except BadCookieOption as error:
            unsaid.append(f"# {visible(text)} cannot be declared: {visible(str(error))}")
        else:
            option.update((key, value) for key, value in said.items() if value is not False)
    return [*(f"{key} = {value_of(value)}" for key, value in option.items()), *unsaid]


def timing_lines(members: Mapping[str, object]) -> list[str]:
    """The [timings] table of an open packet; what is no number greater than 0 is left to the checks."""
    numbers = {name: members.get(name) for name in ("pingInterval", "pingTimeout", "maxPayload")}
    return [
        f"{name} = {value}"
        for name, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max
    ]


def cors_lines(handshake: Exchange, preflight: Exchange) -> list[str]:
    """The [cors] table that a stranger's handshake and preflight amount to; a comment when a list may be behind them."""
    told = field_of(handshake, ALLOW_ORIGIN)
    if len(told) != 1 or not (told[0] == "*" or is_serialized(told[0])):
        return ["# [cors]", '# origin = ["https://…"]']
    lines = ["[cors]", "origin = true" if told[0] == STRANGER else f"origin = {quoted(told[0])}"]
    lines += ["credentials = true"] if allows_credentials(handshake) else []
    headers, age = members_of(preflight, ALLOW_HEADERS), field_of(preflight, MAX_AGE)
    lists = {
        "methods": members_of(preflight, ALLOW_METHODS),
        "allowedHeaders": [] if set(headers) == set(REQUESTED) else headers,
        "exposedHeaders": members_of(handshake, EXPOSE_HEADERS),
    }
    for key, names in lists.items():
        if names and all(map(TOKEN.fullmatch, names)):
            lines.append(f"{key} = [{', '.join(map(quoted, names))}]")
    return [*lines, f"maxAge = {age[0]}"] if len(age) == 1 and age[0].isdecimal() else lines


def sticky_lines(seen: Sessions, session_cookie: str) -> list[str]:
    """The [sticky] table that sessions through a balancer amount to."""
    name = seen.affinity
    if not name:
        mode = "auto"
    elif name != session_cookie:
        mode = "insert"
    else:
        mode = "rewrite" if seen.rewritten(name) else "prefix"
    lines = [f"# {visible(seen.sticky.found)}", f"# {visible(diagnosis(seen, session_cookie))}", "[sticky]"]
    lines.append(f"mode = {quoted(mode)}")
    if mode == "insert":
        lines.append(f"cookie = {quoted(name)}")
    return [*lines, f"node = {quoted(seen.sticky.node)}"] if seen.nodes else lines


def profile_of(run: Conformance) -> str:
    """The profile as text, each table under the evidence it rests on."""
    first = run.observe(handshakes).first
    pages = run.observe(strangers).all
    websocket, stimulus = run.detect(Capability.WEBSOCKET), run.detect(Capability.STIMULUS)
    revision, cookie = run.detect(Capability.REVISION_4_ONLY), run.detect(Capability.SESSION_COOKIE)
    transports = ["polling", *(["websocket"] if websocket.present else [])]
    lines = [
        f"# What {visible(str(run.target))} was seen to do on {datetime.now(UTC):%Y-%m-%d}. A profile is a promise:",
        "# read each line, correct it to what you *meant* to configure, and delete what you do not want to hold.",
        "",
        "[target]",
        f"url = {quoted(str(run.target))}",
        f"# {visible(websocket.evidence)}",
        f"transports = [{', '.join(map(quoted, transports))}]",
    ]
    if run.profile.sticky is None:
        lines += [
            f"# {visible(revision.evidence)}",
            f"revisions = {'[4]' if revision.present else '[3, 4]'}",
            f"# {visible(stimulus.evidence)}",
        ]
    else:
        lines += ["", *sticky_lines(run.observe(sessions), cookie.value if cookie.present else "")]
    named = first.cookies_named(cookie.value) if cookie.present else ()
    if named:
        lines += [
            "",
            f"# {visible(cookie.evidence)}",
            f"# {visible(named[0].octets.decode('latin-1'))}",
            "[cookie]",
        ]
        lines += cookie_lines(named[0])
    else:
        lines = [*lines[:3], f"# {visible(cookie.evidence)}", "cookie = false", "", *lines[3:]]
    answered = [answer for answer in pages.values() if answer.exchange.response is not None]
    spoken = [line for answer in answered for line in cors_fields(answer)]
    if spoken:
        shown = pages["handshake of a stranger"].exchange, pages["preflight of a stranger"].exchange
        lines += ["", "# a page of another origin was told:"]
        lines += [f"# {visible(line)}" for line in dict.fromkeys(spoken)] + cors_lines(*shown)
    else:
        evidence = "# no response to another origin has a field of the CORS protocol"
        lines = [*lines[:3], evidence, "cors = false", "", *lines[3:]]
    try:
        timings = timing_lines(dict(first.open_packet.pairs))
    except (Shortfall, Blocked):
        timings = []
    if timings:
        lines += ["", "# from the open packet, in milliseconds and octets", "[timings]", *timings]
    lines += [
        "",
        "# If the server implements the contract (docs/contract.md), declare it here:",
        "# [contract]",
        '# path = "/eiospec/"',
        '# mounts = ["main"]',
        '# callbacks = ["initial_headers", "headers"]',
    ]
    return "\n".join(lines) + "\n"


class Command(argparse.ArgumentParser):
    """A mistake ends with the exit code that it ends a run with."""

    def error(self, message: str) -> NoReturn:
        """One sentence, and how to write it."""
        self.exit(4, f"{self.format_usage()}{self.prog}: {message}\n")


def main(arguments: list[str]) -> int:
    """Probe a URL and print, or write, the profile; the exit codes are those of a run."""
    command = Command("eiospec probe", description=__doc__)
    command.add_argument("url", help="the server to look at")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write the profile here instead of printing it"
    )
    command.add_argument("--ca", metavar="FILE", help="trust this certificate authority (PEM)")
    command.add_argument("--insecure", action="store_true", help="do not verify the target's certificate")
    given = command.parse_args(arguments)
    try:
        target = parse_target(given.url)
        options = DEFAULTS.with_tls(tls_context(target, given.ca, given.insecure))
    except (BadTarget, ValueError) as error:
        print(f"eiospec probe: {error}", file=sys.stderr)
        return 4
    run = Conformance(target, options)
    try:
        control = run.control("first")
        if not control.ok:
            print(f"eiospec probe: {visible(control.sentence)}", file=sys.stderr)
            return 6
        text = profile_of(run)
        run.control("last")  # which closes what was opened
    except (Blocked, Broken, Shortfall) as reason:
        print(f"eiospec probe: {visible(str(reason))}", file=sys.stderr)
        return 6
    finally:
        run.conductor.stop()
    if given.out is None:
        print(text, end="")
        return 0
    try:
        given.out.write_text(text, "utf-8")
    except OSError as error:
        print(f"eiospec probe: {given.out} cannot be written: {error.strerror}", file=sys.stderr)
        return 4
    print(f"written: {given.out}")
    return 0
