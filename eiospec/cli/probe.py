"""Write a first profile of a server from what is detected, with the evidence for each line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

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
from eiospec.plugin.exit_codes import CONFORMS, LOST, USAGE
from eiospec.plugin.options import Options, tls_context
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
    """Return a boolean, a number or a string as TOML."""
    return str(value).lower() if isinstance(value, bool | int) else quoted(str(value))


def cookie_lines(cookie: SetCookie) -> list[str]:
    """Return the [cookie] table for a Set-Cookie line; absent attributes are declared absent.

    Attributes that cannot be declared become comments.
    """
    option: dict[str, object] = {"name": cookie.name, **ABSENT}
    undeclared = []
    for attribute in cookie.attributes:
        text = attribute.name if attribute.value is None else f"{attribute.name}={attribute.value}"
        try:
            declared = option_of_line(f"{cookie.name}; {text}")
        except BadCookieOption as error:
            undeclared.append(f"# {visible(text)} cannot be declared: {visible(str(error))}")
        else:
            option.update((key, value) for key, value in declared.items() if value is not False)
    return [*(f"{key} = {value_of(value)}" for key, value in option.items()), *undeclared]


def timing_lines(members: Mapping[str, object]) -> list[str]:
    """Return the [timings] table of an open packet, without values that are not positive numbers."""
    numbers = {name: members.get(name) for name in ("pingInterval", "pingTimeout", "maxPayload")}
    return [
        f"{name} = {value}"
        for name, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max
    ]


def cors_lines(handshake: Exchange, preflight: Exchange) -> list[str]:
    """Return the [cors] table for a foreign handshake and preflight; a comment if the server may have a list of origins."""
    allowed = field_of(handshake, ALLOW_ORIGIN)
    if len(allowed) != 1 or not (allowed[0] == "*" or is_serialized(allowed[0])):
        return ["# [cors]", '# origin = ["https://…"]']
    lines = ["[cors]", "origin = true" if allowed[0] == STRANGER else f"origin = {quoted(allowed[0])}"]
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
    """Return the [sticky] table for sessions through a load balancer."""
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
    """Return the profile as text, each table below its evidence."""
    first = run.observe(handshakes).first
    pages = run.observe(strangers).all
    websocket, stimulus = run.detect(Capability.WEBSOCKET), run.detect(Capability.STIMULUS)
    revision, cookie = run.detect(Capability.REVISION_4_ONLY), run.detect(Capability.SESSION_COOKIE)
    transports = ["polling", *(["websocket"] if websocket.present else [])]
    lines = [
        f"# Observed at {visible(str(run.target))} on {datetime.now(UTC):%Y-%m-%d}. A profile says what the server",
        "# *should* do: check each line, correct it, and delete what you do not want to be tested.",
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
        lines += ["", "# the response to a page of another origin has:"]
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


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = __doc__
    parser.add_argument("url", help="the server to probe")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the profile to this file instead of standard output"
    )
    parser.add_argument("--ca", metavar="FILE", help="trust this certificate authority (PEM)")
    parser.add_argument("--insecure", action="store_true", help="do not verify the target's certificate")


def run(given: argparse.Namespace, more: list[str]) -> int:  # noqa: ARG001
    """Probe a server and print, or write, its profile; return the exit code, which means the same as that of a run."""
    try:
        target = parse_target(given.url)
        options = Options(tls=tls_context(target, given.ca, given.insecure))
    except (BadTarget, ValueError) as error:
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
