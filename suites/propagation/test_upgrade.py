"""Cookies on the upgrade: it belongs to the session of its sid, not to that of its cookies."""

from __future__ import annotations

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer
from eiospec.observations.upgrading import ForeignUpgrade, Upgrade
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, EIO4, ENGINE_IO

NEEDS = (Capability.POLLING, Capability.UPGRADE)


@requirement(
    "PR-007",
    MUST,
    "The upgrade request with the session's cookies is accepted.",
    source=COOKIE_HOWTO.at("cookie-based sticky session"),
    needs=(*NEEDS, Capability.SESSION_COOKIE),
)
def test_upgrade_with_cookies(upgrade: Upgrade, bare_upgrade: Upgrade, session_cookie_name: str) -> None:
    assert session_cookie_name in upgrade.cookie
    unless_refused_anyway(upgrade, bare_upgrade)
    assert upgrade.answer.status == 101
    assert upgrade.probed, "2probe was not answered with 3probe"


def unless_refused_anyway(*upgrades: Upgrade) -> None:
    """Raise Blocked when no upgrade succeeds, with or without cookies: then cookies are not the reason."""
    if not any(upgrade.probed for upgrade in upgrades):
        raise Blocked("no upgrade was accepted, with cookies or without (HS-016)")


@requirement(
    "PR-008",
    MUST,
    "The upgrade request without any Cookie is accepted, too.",
    source=EIO4.at("Upgrade"),
    needs=NEEDS,
)
def test_upgrade_without_cookies(bare_upgrade: Upgrade, upgrade: Upgrade) -> None:
    unless_refused_anyway(upgrade, bare_upgrade)
    assert bare_upgrade.answer.status == 101
    assert bare_upgrade.probed, "2probe was not answered with 3probe"


@requirement(
    "PR-009",
    SHOULD,
    "An upgrade with another session's cookie is bound to the session its sid names.",
    source=ENGINE_IO.at("server.ts: onWebSocket"),
    needs=(*NEEDS, Capability.SESSION_COOKIE, Capability.STIMULUS),
)
def test_upgrade_with_a_foreign_cookie(foreign_upgrade: ForeignUpgrade, upgrade: Upgrade) -> None:
    unless_refused_anyway(upgrade)
    for attempt in (foreign_upgrade.foreign, foreign_upgrade.garbage):
        assert attempt.answer.status == 101
        assert attempt.probed, "2probe was not answered with 3probe"
    if foreign_upgrade.posted is None or Answer(foreign_upgrade.posted).status != 200:
        raise Blocked("no POST to the session succeeds (HS-018, PR-001)")
    assert foreign_upgrade.crossed is False, "a message of the cookie's session arrived on this WebSocket"
    assert foreign_upgrade.bound, "a message posted to the session did not come over its WebSocket"
