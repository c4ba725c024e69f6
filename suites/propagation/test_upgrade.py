"""Cookies on the upgrade: it belongs to the session its sid names, whatever cookies it carries."""

from __future__ import annotations

from eiospec.fixtures.probes.upgrade import ForeignUpgrade, Upgrade
from eiospec.fixtures.requirements import MUST, SHOULD, Capability, requirement
from eiospec.fixtures.sources import COOKIE_HOWTO, EIO4, ENGINE_IO

NEEDS = (Capability.POLLING, Capability.UPGRADE)


@requirement(
    "PR-007",
    MUST,
    "The upgrade request with the session's cookies is accepted.",
    source=COOKIE_HOWTO.at("cookie-based sticky session"),
    needs=(*NEEDS, Capability.SESSION_COOKIE),
)
def test_upgrade_with_cookies(upgrade: Upgrade, session_cookie_name: str) -> None:
    assert session_cookie_name in upgrade.cookie
    assert upgrade.answer.status == 101
    assert upgrade.probed, "no 3probe came for 2probe"


@requirement(
    "PR-008",
    MUST,
    "The upgrade request without any Cookie is accepted, too.",
    source=EIO4.at("Upgrade"),
    needs=NEEDS,
)
def test_upgrade_without_cookies(bare_upgrade: Upgrade) -> None:
    assert bare_upgrade.answer.status == 101
    assert bare_upgrade.probed, "no 3probe came for 2probe"


@requirement(
    "PR-009",
    SHOULD,
    "An upgrade with another session's cookie is bound to the session its sid names.",
    source=ENGINE_IO.at("server.ts: onWebSocket"),
    needs=(*NEEDS, Capability.SESSION_COOKIE, Capability.STIMULUS),
)
def test_upgrade_with_a_foreign_cookie(foreign_upgrade: ForeignUpgrade) -> None:
    assert foreign_upgrade.answer.status == 101
    assert foreign_upgrade.probed, "no 3probe came for 2probe"
    assert foreign_upgrade.crossed is False, "a message of the cookie's session came over this WebSocket"
    assert foreign_upgrade.bound, "a message posted to the session did not come over its WebSocket"
