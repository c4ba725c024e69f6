"""The first profile of a server: what it was seen to do, each line below its evidence.

A profile is a promise. What may be a mistake of the server becomes a question with the line commented out: a profile
must not declare a known bug as intended.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from eiospec.cookies.grammar import SetCookie
from eiospec.errors import Blocked, Broken, NotApplicable, Shortfall
from eiospec.observations.additions import (
    EVERY,
    EVERY_WITH,
    FIRST,
    PLURAL,
    RETURNED,
    RETURNED_WITH,
    additions,
)
from eiospec.observations.cookies import deletes
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
from eiospec.observations.handshake import Handshake
from eiospec.observations.sessions import Sessions
from eiospec.observations.setting import cors_fields
from eiospec.observations.survey import Kind, Sighting, Survey, survey_of
from eiospec.plugin.run import Conformance
from eiospec.probes.cross_origin import strangers
from eiospec.probes.errors import errors
from eiospec.probes.handshakes import handshakes, websocket_handshakes
from eiospec.probes.probe import Probe
from eiospec.probes.sticky import sessions
from eiospec.probes.survey import survey as four_clients
from eiospec.probes.tour import tour
from eiospec.probes.upgrade import upgrade_with_cookies, upgrade_without_cookies
from eiospec.reports.escapes import visible
from eiospec.requirements import Capability
from eiospec.target.cookie_option import BadCookieOption, option_of_line
from eiospec.target.cors_option import STRANGER, TOKEN, is_serialized
from eiospec.target.profile import BadProfile, parse_profile
from eiospec.target.toml import quoted
from eiospec.verdicts import Addition
from eiospec.wire.exchange import Exchange

ABSENT = dict.fromkeys(("path", "httpOnly", "sameSite", "secure", "partitioned"), False)
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
WIDTH = 98
# The hook, "unless" its own name, and "if_cookie", for what behaves like a hook.
HOOKS = {
    FIRST: ("initial_headers", False, False),
    EVERY: ("headers", False, False),
    EVERY_WITH: ("headers", False, True),
    RETURNED: ("headers", True, False),
    RETURNED_WITH: ("headers", True, True),
}
# Kinds of response that a hook does not see: what is on them is set by something else.
BESIDE_SESSIONS = (Kind.ERROR, Kind.PREFLIGHT)
SHOWN_NAMES = 5
# The conversations of the survey, at one server; a balancer has its own.
SURVEYED: tuple[Probe[Any], ...] = (
    four_clients,
    upgrade_without_cookies,
    upgrade_with_cookies,
    tour,
)


def value_of(value: object) -> str:
    """Return a boolean, a number or a string as TOML."""
    return str(value).lower() if isinstance(value, bool | int) else quoted(str(value))


def comment(text: str) -> list[str]:
    """Return a text as comments of moderate length."""
    return [
        f"# {line}"
        for line in textwrap.wrap(visible(text), WIDTH, break_long_words=False, break_on_hyphens=False)
    ]


def commented(lines: Iterable[str]) -> list[str]:
    """Return the lines as comments."""
    return [line if line.startswith("#") else f"# {line}".rstrip() for line in lines]


def cookie_lines(cookie: SetCookie) -> list[str]:
    """Return the keys of a cookie table for a Set-Cookie line; absent attributes are declared absent.

    Attributes that cannot be declared become comments.
    """
    option: dict[str, object] = {"name": cookie.name, **ABSENT}
    undeclared = []
    for attribute in cookie.attributes:
        if not attribute.name:
            continue
        text = attribute.name if attribute.value is None else f"{attribute.name}={attribute.value}"
        try:
            declared = option_of_line(f"{cookie.name}; {text}")
        except BadCookieOption as error:
            undeclared.append(f"# {visible(text)} cannot be declared: {visible(str(error))}")
        else:
            option.update((key, value) for key, value in declared.items() if value is not False)
    return [*(f"{key} = {value_of(value)}" for key, value in option.items()), *undeclared]


def timing_lines(members: Mapping[str, object]) -> list[str]:
    """Return the keys of [timings] for an open packet, without values that are not positive numbers."""
    numbers = {name: members.get(name) for name in ("pingInterval", "pingTimeout", "maxPayload")}
    return [
        f"{name} = {value}"
        for name, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max
    ]


def cors_lines(handshake: Exchange, preflight: Exchange) -> list[str]:
    """Return the [cors] table for a foreign handshake and preflight.

    It is a comment if the server may have a list of origins, and a question if it allows credentials to any origin.
    """
    allowed, credentials = field_of(handshake, ALLOW_ORIGIN), allows_credentials(handshake)
    if len(allowed) != 1 or not (allowed[0] == "*" or is_serialized(allowed[0])):
        return ["# [cors]", '# origin = ["https://…"]']
    anyone = allowed[0] == STRANGER
    lines = ["[cors]", "origin = true" if anyone else f"origin = {quoted(allowed[0])}"]
    lines += ["credentials = true"] if credentials else []
    headers, age = members_of(preflight, ALLOW_HEADERS), field_of(preflight, MAX_AGE)
    lists = {
        "methods": members_of(preflight, ALLOW_METHODS),
        "allowedHeaders": [] if set(headers) == set(REQUESTED) else headers,
        "exposedHeaders": members_of(handshake, EXPOSE_HEADERS),
    }
    for key, names in lists.items():
        unique = list(dict.fromkeys(names))
        if unique and all(map(TOKEN.fullmatch, unique)):
            lines.append(f"{key} = [{', '.join(map(quoted, unique))}]")
    lines += [f"maxAge = {age[0]}"] if len(age) == 1 and age[0].isdecimal() and age[0].isascii() else []
    if credentials and anyone:
        why = [
            "# Is this on purpose? Every site that a user visits may read the responses to requests with the user's",
            "# cookies. If it is not, write a list of origins; if it is, uncomment the lines.",
        ]
        return [*why, *commented(lines)]
    if credentials and allowed[0] == "*":
        why = [
            "# Browsers refuse “*” together with credentials: write a list of origins, or leave credentials out."
        ]
        return [*why, *commented(lines)]
    return lines


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


def revision_lines(run: Conformance, first: Handshake) -> list[str]:
    """Return the revisions that were answered; a comment when that was not seen of both."""
    try:
        third = Handshake("polling", run.observe(errors).all["EIO=3"].exchange).in_revision_3
    except (Blocked, Broken, NotApplicable, KeyError) as reason:
        return [f"# revision 3 was not tried: {visible(str(reason))}", "# revisions = [4]"]
    if first.in_revision_3 or first.sid_or_none is None:
        return ["# no handshake was answered in revision 4, which is what is tested", "# revisions = [3]"]
    if third:
        evidence = "handshakes with EIO=4 and with EIO=3 were answered, each in its revision"
        return [f"# {evidence}", "revisions = [3, 4]"]
    return ["# a handshake with EIO=3 was not answered in revision 3", "revisions = [4]"]


def surveyed(run: Conformance) -> Survey:
    """Return which cookies and fields the server adds; of what could be observed."""
    # The survey is made of the exchanges that there are.
    with suppress(Blocked, Broken, NotApplicable, Shortfall):
        run.wait_for(SURVEYED if run.profile.sticky is None else ())
    return survey_of(run.transcript.exchanges)


def session_cookie_lines(run: Conformance, survey: Survey, *, cors: bool) -> tuple[list[str], list[str]]:
    """Return lines for the top of the profile and a table [cookie]; one of them is empty.

    No session cookie is declared off that was seen once, or that another cookie may have taken the place of.
    """
    found = run.cookie_roles().found
    if found is None:
        return _without_session_cookie(run, survey, cors=cors), []
    setting = [one for one in survey.setting(found.name) if one.kind in (Kind.HANDSHAKE, Kind.WEBSOCKET)]
    setting.sort(key=lambda one: one.kind is not Kind.HANDSHAKE)
    every = survey.setting(found.name)
    evidence = [f"# {visible(found.evidence)}"]
    lines = [line for one in (setting or every) for line in one.sets(found.name)]
    if not lines:
        return [
            *evidence,
            f"# “{visible(found.name)}” is the session cookie: see [cookie] in docs/profile.md",
        ], []
    opened = [one for one in survey.of(Kind.HANDSHAKE) if one.sid]
    lacking = [one for one in opened if not one.sets(found.name)]
    if lacking:
        evidence.append(
            f"# It should be on every polling handshake; {len(lacking)} of {len(opened)} do not set it"
            f"{_whose(lacking)}."
        )
    if not lines[0].http_only:
        evidence += comment(
            "It is not HttpOnly: is that on purpose? If not, delete `httpOnly = false`, which allows it (SE-019)."
        )
    if not NAME.fullmatch(found.name):
        return [*evidence, "# Its name cannot be declared."], []
    return [], [
        *evidence,
        f"# {visible(lines[0].octets.decode('latin-1'))}",
        "[cookie]",
        *cookie_lines(lines[0]),
    ]


def _whose(lacking: Sequence[Sighting]) -> str:
    """Return what all of these requests have in common."""
    if all(one.origin for one in lacking):
        return ", all with Origin"
    if all(one.brought for one in lacking):
        return ", all with a Cookie"
    return ""


def _without_session_cookie(run: Conformance, survey: Survey, *, cors: bool) -> list[str]:
    """Return `cookie = false`, as a question when a cookie may have taken its place."""
    evidence = f"# {visible(run.detect(Capability.SESSION_COOKIE).evidence)}"
    names = [name for name in survey.cookies if any(name in _names(one) for one in survey.of(Kind.HANDSHAKE))]
    fields = ", ".join(survey.spelled[name] for name in survey.fields[:SHOWN_NAMES])
    causes = ["the cors option (responses have its fields)"] if cors else []
    causes += [f"a middleware that sets fields (responses have {fields})"] if fields else []
    if not names or not causes:
        return [evidence, "cookie = false"]
    listed = ", ".join(f"“{name}”" for name in names[:SHOWN_NAMES])
    return [
        evidence,
        *comment(
            f"Is it off on purpose? Handshakes set {listed}, and socket.io 4.1 to 4.8.4 loses its session cookie when a "
            f"hook that assigns set-cookie is combined with {' or '.join(causes)}. If it should be on, declare it: "
            "cookie = true. If not, uncomment the next line."
        ),
        "# cookie = false",
    ]


def _names(sighting: Sighting) -> set[str]:
    return {cookie.name for cookie in sighting.cookies}


def hook_lines(survey: Survey, known: Iterable[str]) -> tuple[list[str], set[str]]:
    """Return a table [[hook]] for what behaves like a hook, and the names of the cookies in them.

    Tables that are in doubt are commented out, and so are fields that do not behave like a hook.
    """
    lines: list[str] = []
    cookies: set[str] = set()
    for row in additions(survey).rows:
        if row.role or (row.what == "cookie" and row.name in known):
            continue
        table = _hook_table(survey, row)
        evidence = comment(f"{row.name}: {row.behaviour}: {row.evidence}")
        doubts = [difference.sentence for difference in row.differences]
        doubts += [f"Also on {PLURAL[kind]}." for kind in BESIDE_SESSIONS if _is_on(row, kind)]
        doubtful = bool(doubts) or not is_valid(table)
        if row.what == "cookie":
            # Declared by name, it is judged with less.
            if not table or (doubtful and can_be_named(survey, row.name)):
                continue
            cookies.add(row.name)
        lines += ["", *evidence, *(line for doubt in doubts for line in comment(doubt))]
        lines += commented(table) if doubtful else table
    return lines, cookies


def _is_on(row: Addition, kind: Kind) -> bool:
    return any(cell.kind == kind.value and cell.set for cell in row.cells)


def _hook_table(survey: Survey, row: Addition) -> list[str]:
    """Return the keys of [[hook]] for a row; none when it does not behave like a hook."""
    if row.behaviour not in HOOKS:
        return []
    hook, until_returned, with_cookie = HOOKS[row.behaviour]
    if row.what == "cookie":
        field, value = "Set-Cookie", _cookie_value(survey, row.name)
    else:
        values = {value for one in survey.sightings for value in one.values(row.name.lower())}
        field, value = row.name, values.pop() if len(values) == 1 else "*"
    return [
        "[[hook]]",
        f"hook = {quoted(hook)}",
        f"field = {quoted(field)}",
        f"value = {quoted(value)}",
        *([f"unless = {quoted(row.name)}"] if until_returned else []),
        *(["if_cookie = true"] if with_cookie else []),
    ]


def _cookie_value(survey: Survey, name: str) -> str:
    """Return the line of a cookie, with * for what is not the same on all responses."""
    lines = [cookie for one in survey.setting(name) for cookie in one.sets(name)]
    octets = {cookie.octets for cookie in lines}
    if len(octets) == 1:
        return lines[0].octets.decode("latin-1")
    parts = [f"{name}={lines[0].value}" if len({cookie.value for cookie in lines}) == 1 else f"{name}=*"]
    for attribute in lines[0].attributes:
        changes = attribute.name.lower() == "expires"
        value = "*" if changes else attribute.value
        parts.append(attribute.name if attribute.value is None else f"{attribute.name}={value}")
    return "; ".join(parts)


def is_valid(table: Sequence[str]) -> bool:
    """Return True when a profile may contain these lines."""
    try:
        parse_profile("\n".join(table))
    except BadProfile:
        return False
    return True


def application_cookie_lines(survey: Survey, known: Iterable[str]) -> list[str]:
    """Return a table [[cookies]] for each cookie of the application; a comment for one that is not set consistently."""
    skipped = {*known, *survey.session_cookies}
    lines: list[str] = []
    for name in survey.cookies:
        if name not in skipped:
            lines += ["", *_application_cookie(survey, name)]
    return lines


def _application_cookie(survey: Survey, name: str) -> list[str]:
    setting = survey.setting(name)
    evidence = comment(f"{name}: {_counted(setting)}")
    lines = _lines_setting(survey, name)
    if not lines:
        return [*evidence, "# It is only deleted."]
    table = ["[[cookies]]", *cookie_lines(lines[0])]
    if why := _doubt(survey, name):
        return [*evidence, *comment(why), *commented(table)]
    return [*evidence, *table]


def can_be_named(survey: Survey, name: str) -> bool:
    """Return True when a table [[cookies]] can declare this cookie, so that the server conforms."""
    return bool(_lines_setting(survey, name)) and not _doubt(survey, name)


def _lines_setting(survey: Survey, name: str) -> list[SetCookie]:
    """Return the lines that set the cookie, without those that delete it."""
    return [cookie for one in survey.setting(name) for cookie in one.sets(name) if not deletes(cookie)]


def _doubt(survey: Survey, name: str) -> str:
    """Return why a cookie that is set should not be declared as it was seen; empty if nothing speaks against it."""
    tables = {("[[cookies]]", *cookie_lines(line)) for line in _lines_setting(survey, name)}
    if not NAME.fullmatch(name) or not all(map(is_valid, tables)):
        return "It cannot be declared."
    if len({tuple(key for key in table if not key.startswith("expires")) for table in tables}) > 1:
        return "Its attributes differ from response to response: declare those that are meant."
    why = _inconsistent(survey, name)
    return f"Is it on purpose that it {why}?" if why else ""


def _inconsistent(survey: Survey, name: str) -> str:
    """Return why a declaration of this cookie would fail, empty if it would not (CK-019)."""
    asked = [one for one in survey.of(Kind.HANDSHAKE) if one.sid and name not in one.brought]
    if not any(one.brought for one in asked) or not any(not one.brought for one in asked):
        return "was not seen after enough handshakes"
    with_others = [one for one in asked if one.brought]
    if not any(one.sets(name) for one in asked if not one.brought):
        asked = with_others
    times = sum(len(one.sets(name)) == 1 for one in asked)
    return (
        ""
        if times == len(asked)
        else f"is set once by {times} of {len(asked)} handshakes that do not bring it"
    )


def _counted(setting: Sequence[Sighting]) -> str:
    """Return on which kinds of response it was set, with the number."""
    kinds = {kind: sum(one.kind is kind for one in setting) for kind in Kind}
    return "set on " + ", ".join(f"{number} × {kind}" for kind, number in kinds.items() if number)


def profile_of(run: Conformance) -> str:
    """Return the profile as text, each table below its evidence."""
    first = run.observe(handshakes).first
    run.observe(websocket_handshakes)
    pages = run.observe(strangers).all
    websocket, stimulus = run.detect(Capability.WEBSOCKET), run.detect(Capability.STIMULUS)
    transports = ["polling", *(["websocket"] if websocket.present else [])]
    answered = [answer for answer in pages.values() if answer.exchange.response is not None]
    spoken = [line for answer in answered for line in cors_fields(answer)]
    survey = surveyed(run)
    off, cookie = session_cookie_lines(run, survey, cors=bool(spoken))
    found = run.cookie_roles().found
    affinity = ""
    lines = [
        f"# Observed at {visible(str(run.target))} on {datetime.now(UTC):%Y-%m-%d}. A profile says what the server",
        "# *should* do: check each line, correct it, and delete what you do not want to be tested.",
        "",
        *([*off, ""] if off else []),
    ]
    if not spoken:
        lines += ["# no response to another origin has a field of the CORS protocol", "cors = false", ""]
    lines += [
        "[target]",
        f"url = {quoted(str(run.target))}",
        f"# {visible(websocket.evidence)}",
        f"transports = [{', '.join(map(quoted, transports))}]",
    ]
    if run.profile.sticky is None:
        lines += [*revision_lines(run, first), f"# {visible(stimulus.evidence)}"]
    else:
        through = run.observe(sessions)
        affinity = through.affinity
        lines += ["", *sticky_lines(through, found.name if found is not None else "")]
    if cookie:
        lines += ["", *cookie]
    known = {affinity, *([found.name] if found is not None else [])}
    hooks, hooked = hook_lines(survey, known)
    lines += [*application_cookie_lines(survey, known | hooked), *hooks]
    if spoken:
        shown = pages["handshake of a stranger"].exchange, pages["preflight of a stranger"].exchange
        lines += ["", "# the response to a page of another origin has:"]
        lines += [f"# {visible(line)}" for line in dict.fromkeys(spoken)] + cors_lines(*shown)
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
