"""Cookies as configured: every option of `cookie` has its documented effect, and nothing else is set.

The case `declared` is the session cookie of the target, as its profile or --cookie declares it. Other cases are mounts of
the contract, and cookies of the target that are declared by name: these need not hold a session id.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from eiospec.errors import Remarks
from eiospec.observations.answer import Answer, describe
from eiospec.observations.configured import ATTRIBUTES, Configured, Outlived, Promised
from eiospec.observations.handshake import Handshake, carries
from eiospec.observations.setting import served
from eiospec.observations.survival import Survival
from eiospec.place import TARGET
from eiospec.requirements import INFO, MAY, MUST, SHOULD, Capability, requirement
from eiospec.sources import (
    COOKIE_HOWTO,
    ENGINE_IO,
    RFC6265BIS,
    ROBUSTNESS,
    SERVER_API,
    SERVER_OPTIONS,
)
from eiospec.target.profile import Timings

POLLING = Capability.POLLING
OPTION = SERVER_OPTIONS.at("cookie")
HOWTO = COOKIE_HOWTO.at("options of cookie")
SAME_MOMENT = timedelta(seconds=2)


def at(*places: str) -> pytest.MarkDecorator:
    """Judge the session cookie at these places; the target has the case id "declared"."""
    return pytest.mark.parametrize("place", places, ids=[place or "declared" for place in places])


@requirement(
    "CK-003",
    MUST,
    "cookie: true means the name io, Path=/, HttpOnly and SameSite=Lax, and nothing else.",
    source=COOKIE_HOWTO.at("cookie: true"),
    needs=POLLING,
)
@at("main")
def test_cookie_true(configured: Configured) -> None:
    assert configured.named.name == "io"
    shown = sorted(f"{one.name.lower()}={(one.value or '').lower()}" for one in configured.cookie.attributes)
    assert shown == ["httponly=", "path=/", "samesite=lax"]


@requirement(
    "CK-005",
    MUST,
    "Without the cookie option no session cookie is sent.",
    source=OPTION,
    needs=POLLING,
)
@at("plain", TARGET)
def test_no_cookie_without_the_option(
    cookieless: tuple[Handshake, ...], outlived: Outlived, place: str
) -> None:
    """On the mount no Set-Cookie at all; a declared target may be behind a balancer that sets a cookie."""
    strict = place == "plain"
    session = Handshake("polling", outlived.answers["handshake"].exchange)
    found = [name for one in cookieless for name in suspects(one.answer, one.open_packet.sid, strict=strict)]
    for label in ("handshake", "POST", "poll", "upgrade", "error"):
        found += suspects(outlived.answers[label], session.open_packet.sid, strict=strict)
    found += suspects(outlived.websocket.answer, outlived.websocket.sid_or_none or "", strict=strict)
    assert found == []


def suspects(answer: Answer, sid: str, *, strict: bool) -> list[str]:
    """Return the cookies that are, or could be, session cookies, with the response; every cookie when `strict`."""
    return [
        f"{cookie.name} on “{answer.exchange.label}”"
        for cookie in answer.set_cookies
        if strict or cookie.name == "io" or (sid and carries(cookie, sid))
    ]


@requirement(
    "CK-011",
    MUST,
    "A configured cookie name replaces the default name.",
    source=OPTION.at("name"),
    needs=POLLING,
)
@at("cookie-a", "cookie-b", "cookie-c", "cookie-d", TARGET)
def test_name(configured: Configured) -> None:
    configured.asks_for("name")
    assert configured.named.name == configured.promise.name
    names = {cookie.name for handshake in configured.opened for cookie in handshake.set_cookies}
    assert {"io"} & names <= {configured.promise.name}


@requirement(
    "CK-013",
    MUST,
    "A configured encode function is applied to the id.",
    source=HOWTO,
    needs=POLLING,
)
@at("cookie-b")
def test_encode(configured: Configured) -> None:
    """Wherever the cookie is set: the option is about the cookie, not about a transport."""
    assert configured.cookie.value == in_hex(configured.handshake.open_packet.sid)
    name = configured.promise.name
    wrong = [
        f"{cookie.value!r} in the session {handshake.sid_or_none!r} on “{handshake.exchange.label}”"
        for handshake in configured.opened
        for cookie in handshake.cookies_named(name)
        if cookie.value != in_hex(handshake.sid_or_none or "")
    ]
    assert wrong == []


def in_hex(sid: str) -> str:
    """Return the id through the encode function of the contract: every octet as %XX."""
    return "".join(f"%{octet:02X}" for octet in sid.encode())


@requirement(
    "CK-014",
    MUST,
    "With a custom id generator the cookie carries the custom id.",
    source=SERVER_API.at("engine.generateId"),
    needs=POLLING,
)
@at("cookie-c")
def test_custom_id(configured: Configured) -> None:
    assert configured.cookie.value == configured.handshake.open_packet.sid
    name, opened = configured.promise.name, configured.opened
    sids = [handshake.sid_or_none or "" for handshake in opened]
    assert [sid for sid in sids if not re.fullmatch(r"custom-\d+", sid)] == [], "ids that are not custom ones"
    values = [
        (cookie.value, sid)
        for one, sid in zip(opened, sids, strict=True)
        for cookie in one.cookies_named(name)
    ]
    assert [value for value, sid in values if value != sid] == []


@requirement("CA-001", MUST, "Path is / by default.", source=COOKIE_HOWTO.at("cookie: true"), needs=POLLING)
@at("main", "cookie-c", "cookie-d")
def test_default_path(configured: Configured) -> None:
    assert configured.seen("path") == "/"


@requirement("CA-002", MUST, "A configured path appears verbatim as Path.", source=HOWTO, needs=POLLING)
@pytest.mark.declared_at("cookie-a", TARGET)
def test_path(configured: Promised) -> None:
    configured.asks_for("path")
    assert configured.seen("path") == configured.promised("path")


@requirement(
    "CA-003", MUST, "path: false removes Path.", source=ENGINE_IO.at("test “path=false”"), needs=POLLING
)
@at("cookie-b")
def test_no_path(configured: Configured) -> None:
    assert configured.seen("path") == "absent"


@requirement(
    "CA-004",
    MUST,
    "httpOnly: false removes HttpOnly.",
    source=ENGINE_IO.at("test “httpOnly=false”"),
    needs=POLLING,
)
@pytest.mark.declared_at("cookie-a", TARGET)
def test_http_only(configured: Promised) -> None:
    configured.asks_for("httpOnly")
    assert configured.seen("httponly") == configured.promised("httponly")


@requirement(
    "CA-005",
    MUST,
    "sameSite maps to SameSite=Strict, Lax or None; true means Strict, false removes the attribute.",
    source=HOWTO,
    needs=POLLING,
)
@pytest.mark.declared_at("main", "cookie-a", "cookie-b", "cookie-c", "cookie-d", TARGET)
def test_same_site(configured: Promised) -> None:
    configured.decides("sameSite")
    assert str(configured.seen("samesite")).lower() == str(configured.promised("samesite")).lower()


@requirement(
    "CA-006", MUST, "secure: true adds Secure; without it Secure is absent.", source=HOWTO, needs=POLLING
)
@pytest.mark.declared_at("main", "cookie-a", "cookie-b", "cookie-c", "cookie-d", TARGET)
def test_secure(configured: Promised) -> None:
    configured.decides("secure")
    assert configured.seen("secure") == configured.promised("secure")


@requirement(
    "CA-007",
    MUST,
    "A configured domain appears as Domain; by default there is none.",
    source=HOWTO,
    needs=POLLING,
)
@pytest.mark.declared_at("main", "cookie-a", "cookie-b", "cookie-c", "cookie-d", TARGET)
def test_domain(configured: Promised) -> None:
    configured.decides("domain")
    assert str(configured.seen("domain")).lower() == str(configured.promised("domain")).lower()


@requirement(
    "CA-008",
    MUST,
    "A configured maxAge appears as Max-Age in seconds, rounded down to a whole number.",
    source=HOWTO,
    needs=POLLING,
)
@pytest.mark.declared_at("cookie-a", "cookie-c", "cookie-d", TARGET)
def test_max_age(configured: Promised) -> None:
    configured.asks_for("maxAge")
    assert configured.seen("max-age") == configured.promised("max-age")


@requirement(
    "CA-009",
    MUST,
    "A configured expires appears as Expires and denotes the same second.",
    source=HOWTO,
    needs=POLLING,
)
@at("cookie-b")
def test_expires(configured: Configured) -> None:
    assert configured.cookie.expires == configured.promise.expires


@requirement(
    "CA-010",
    MUST,
    "Without maxAge and expires the cookie has neither Max-Age nor Expires.",
    source=COOKIE_HOWTO.at("cookie: true"),
    needs=POLLING,
)
@pytest.mark.declared_at("main", TARGET)
def test_session_lifetime(configured: Promised) -> None:
    configured.decides("maxAge", "expires")
    seen = [configured.seen(name) for name in configured.lifetimes]
    assert seen == [configured.promised(name) for name in configured.lifetimes]


@requirement(
    "CA-011",
    MUST,
    "The attributes are exactly the configured ones.",
    source=OPTION,
    needs=POLLING,
)
@pytest.mark.declared_at("main", "cookie-a", "cookie-b", "cookie-c", "cookie-d", TARGET)
def test_nothing_else(configured: Promised) -> None:
    configured.decides(*ATTRIBUTES)
    assert configured.attributes_seen == configured.attributes_promised


@requirement(
    "CA-012",
    SHOULD,
    "With maxAge and expires both attributes are sent, and they denote the same moment.",
    source=RFC6265BIS.at("§4.1.2.2"),
    needs=POLLING,
)
@at("cookie-d")
def test_both_lifetimes(configured: Configured) -> None:
    max_age, expires = configured.cookie.max_age, configured.cookie.expires
    assert max_age is not None, "there is no Max-Age"
    assert expires is not None, "there is no Expires"
    # The app fixes Expires when it starts, a while before the handshake: only the day is compared beyond that.
    drift = datetime.now(UTC) + timedelta(seconds=max_age) - expires
    assert -SAME_MOMENT <= drift <= timedelta(days=1), f"Max-Age is {drift} later than Expires"


@requirement("CA-013", MAY, "partitioned: true adds a bare Partitioned.", source=OPTION, needs=POLLING)
@at("cookie-c")
def test_partitioned(configured: Configured) -> None:
    assert configured.seen("partitioned") == "present"


@requirement("CA-014", MAY, "priority: high adds Priority=High.", source=OPTION, needs=POLLING)
@at("cookie-c")
def test_priority(configured: Configured) -> None:
    assert configured.seen("priority") == "High"


@requirement(
    "PR-022",
    SHOULD,
    "The session outlives its cookie: after Max-Age has passed it still works by its sid.",
    source=RFC6265BIS.at("§4.1.2.1, §6.1"),
    needs=POLLING,
)
@at("cookie-c")
def test_session_outlives_its_cookie(outlived: Outlived) -> None:
    assert [outlived.status_after(label) for label in ("POST", "poll")] == [200, 200]


@requirement(
    "HS-013",
    MUST,
    "pingInterval, pingTimeout and maxPayload advertise the configured values.",
    source=SERVER_OPTIONS.at("pingInterval, pingTimeout, maxHttpBufferSize"),
    needs=POLLING,
)
@at("plain", TARGET)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_configured_timings(timings: tuple[Handshake, Timings], outlived: Outlived, transport: str) -> None:
    handshake, declared = timings
    if transport == "websocket":
        served(outlived.websocket.answer)
        handshake = outlived.websocket
    packet = handshake.open_packet
    expected = {
        "pingInterval": declared.ping_interval,
        "pingTimeout": declared.ping_timeout,
        "maxPayload": declared.max_payload,
    }
    # HS-009 reports a missing maxPayload.
    lacking = {"maxPayload"} - dict(packet.pairs).keys()
    wanted = {name: value for name, value in expected.items() if value is not None and name not in lacking}
    assert {name: packet[name] for name in wanted} == wanted


@requirement(
    "CA-023",
    INFO,
    "With credentials across origins, a session cookie that user agents do not send across sites is recorded.",
    source=RFC6265BIS.at("§5.8.3"),
    needs=(Capability.CORS, Capability.COOKIE_OPTION),
)
@at("cors")
def test_cookie_across_sites(configured: Configured, remarks: Remarks) -> None:
    seen = {name: configured.seen(name) for name in ("samesite", "secure")}
    if (seen["samesite"] or "").lower() != "none" or seen["secure"] != "present":
        shown = ", ".join(f"{name} {value}" for name, value in seen.items())
        remarks.note(
            f"{configured.cookie.name} stays within its site ({shown}): SameSite=None and Secure are needed"
        )


@requirement(
    "CK-018",
    INFO,
    "How an invalid cookie option is handled is recorded: reported at start-up, or on the first handshake.",
    source=ROBUSTNESS,
    needs=(Capability.INVALID, Capability.KILLING),
)
def test_invalid_option(misconfigured: Survival, remarks: Remarks) -> None:
    """A name that is not a token: “a b”."""
    asked, after = (misconfigured[label].exchange for label in ("handshake", "afterwards"))
    remarks.note(f"the handshake on that mount: {describe(asked)}")
    remarks.note(f"the next handshake elsewhere: {describe(after)}")
