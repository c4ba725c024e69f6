"""Which fixture stands on which probes, so that a run starts only what the selected checks need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eiospec.fixtures.probes.errors import errors
from eiospec.fixtures.probes.farewell import farewell
from eiospec.fixtures.probes.fixation import fixation
from eiospec.fixtures.probes.handshakes import crowd, handshakes, websocket_handshakes
from eiospec.fixtures.probes.heartbeat import heartbeat_polling, heartbeat_websocket
from eiospec.fixtures.probes.hygiene import hygiene
from eiospec.fixtures.probes.identity import session_cookie
from eiospec.fixtures.probes.jar import jar
from eiospec.fixtures.probes.probe import Probe
from eiospec.fixtures.probes.refusals import refusals
from eiospec.fixtures.probes.tour import tour
from eiospec.fixtures.probes.upgrade import (
    upgrade_with_cookies,
    upgrade_with_foreign_cookie,
    upgrade_without_cookies,
)

# The conversations whose every response is looked at for cookies. The heartbeat's are not among them:
# nothing that is quick waits for what is slow.
QUICK: tuple[Probe[Any], ...] = (
    handshakes,
    websocket_handshakes,
    session_cookie,
    tour,
    upgrade_with_cookies,
    upgrade_without_cookies,
    upgrade_with_foreign_cookie,
    errors,
    refusals,
    fixation,
    jar,
    farewell,
    crowd,
)

PROBES: Mapping[str, tuple[Probe[Any], ...]] = {
    "handshakes": (handshakes,),
    "websocket_handshakes": (websocket_handshakes,),
    "handshake": (handshakes, websocket_handshakes),
    "detected_cookie": (session_cookie,),
    "tour": (tour,),
    "upgrade": (upgrade_with_cookies,),
    "bare_upgrade": (upgrade_without_cookies,),
    "foreign_upgrade": (upgrade_with_foreign_cookie,),
    "errors": (errors,),
    "refusals": (refusals,),
    "later_packets": (handshakes, websocket_handshakes, tour, upgrade_without_cookies),
    "fixation": (fixation,),
    "jar": (jar,),
    "farewell": (farewell,),
    "crowd": (crowd,),
    "hygiene": (hygiene,),
    "heartbeat": (heartbeat_polling, heartbeat_websocket),
    "responses": QUICK,
    "set_cookies": QUICK,
}
