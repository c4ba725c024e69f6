"""Observations that only the security suites look at: guesses, hostile fields and hostile queries."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.answer import Answer
from eiospec.observations.cookie_fields import CookieFields
from eiospec.observations.cookies import session_named
from eiospec.observations.handshake import TRANSPORTS, Handshake
from eiospec.observations.hostile import unless_served
from eiospec.observations.session_ids import Issued, given_id
from eiospec.observations.upgrading import Upgrade
from eiospec.place import TARGET
from eiospec.plugin.run import Conformance
from eiospec.probes import guessing as guesses
from eiospec.probes import queries as hostile_queries
from eiospec.probes.cookie_fields import cookie_fields as on_target
from eiospec.probes.cookie_fields import cookie_fields_for_hooks as before_hooks
from eiospec.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.requirements import Capability
from eiospec.suites.observing import QUICK, answered, needs_probes, observed
from eiospec.target.contract import options_of

guessing = observed(guesses.guessing)
queries = observed(hostile_queries.queries)
jsonp_index = observed(hostile_queries.jsonp_index, on="revision3")


@needs_probes(lambda place, _: (before_hooks.on(place) if place else on_target,))
def odd_cookies(conformance: Conformance, place: str) -> CookieFields:
    """Cookie fields as octets, on the target, or at the mount where the how-to's hooks parse them."""
    # The hooks that are declared of the target are others than the mount's.
    detection = conformance.detect(Capability.HEADERS, place if conformance.profile.hooks else TARGET)
    if place and not detection.present:
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    return conformance.observe(before_hooks.on(place) if place else on_target)


@pytest.fixture
def script_may_read(conformance: Conformance, place: str) -> bool:
    """True when the cookie option is declared without httpOnly."""
    if place:
        option = options_of(place).get("cookie")
        return isinstance(option, Mapping) and option.get("httpOnly") is False
    declared = conformance.cookie_roles().declared
    return declared is not None and "httpOnly" in declared.given and "httponly" not in declared.attributes


@needs_probes((the_websocket_handshakes,))
def ordinary_handshake(conformance: Conformance) -> Answer:
    """The answer of the target to a WebSocket-only handshake with an ordinary Cookie."""
    return conformance.observe(the_websocket_handshakes).with_cookie.answer


@pytest.fixture
def twin(ordinary_handshake: Answer, available: str) -> None:
    """The same with an ordinary Cookie over WebSocket; the probe itself sends one over long-polling."""
    if available == "websocket":
        unless_served(ordinary_handshake, "an ordinary Cookie over WebSocket (HS-014)")


@pytest.fixture
def streamed_twin(ordinary_handshake: Answer, bare_upgrade: Upgrade, where: str) -> None:
    """An ordinary WebSocket-only handshake, or an ordinary upgrade."""
    if where == "websocket":
        unless_served(ordinary_handshake, "an ordinary Cookie over WebSocket (HS-014)")
    elif not bare_upgrade.probed:
        raise Blocked("an upgrade without Cookie is not served, either (HS-016)")


@needs_probes(QUICK)
def issued(conformance: Conformance) -> Issued:
    """Every session that the target opened in this run, over either transport, on a request that named none."""
    # A cookie of the user's own (--header) is on all of them; one of ours might be taken for an id.
    users = {
        value.encode("latin-1") for name, value in conformance.options.headers if name.lower() == "cookie"
    }
    found: list[Handshake] = []
    for transport in TRANSPORTS:
        try:
            exchanges = answered(conformance, transport, {TARGET}).exchanges
        except Blocked:
            continue
        found += [
            Handshake(transport, exchange)
            for exchange in exchanges
            if exchange.request.method == b"GET"
            and session_named(exchange) is None
            and users.issuperset(exchange.request.headers.values("cookie"))
        ]
    opened = tuple(handshake for handshake in found if given_id(handshake) is not None)
    if not opened:
        raise Blocked("no handshake opened a session")
    return Issued(opened)
