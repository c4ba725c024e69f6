"""The vocabulary of the security suites: guesses, hostile fields and hostile queries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.cookie_fields import CookieFields
from eiospec.observations.cookies import session_named
from eiospec.observations.guessing import Guessing
from eiospec.observations.handshake import TRANSPORTS, Handshake
from eiospec.observations.handshakes import WebSocketHandshakes
from eiospec.observations.hostile import unless_served
from eiospec.observations.queries import Queries
from eiospec.observations.session_ids import Issued, given_id
from eiospec.observations.setting import Callbacks
from eiospec.observations.upgrading import Upgrade
from eiospec.plugin.run import Conformance
from eiospec.probes.cookie_fields import cookie_fields as on_target
from eiospec.probes.cookie_fields import cookie_fields_for_hooks as before_hooks
from eiospec.probes.guessing import guessing as the_guessing
from eiospec.probes.queries import jsonp_index as the_jsonp_index
from eiospec.probes.queries import queries as the_queries
from eiospec.requirements import Capability
from eiospec.suites.observing import answered


@pytest.fixture
def guessing(conformance: Conformance) -> Guessing:
    """Ids that are almost right, and chosen ones."""
    seen = conformance.observe(the_guessing)
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def queries(conformance: Conformance) -> Queries:
    """Hostile queries."""
    seen = conformance.observe(the_queries)
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def jsonp_index(conformance: Conformance) -> Callbacks:
    """JSONP with an index that is none."""
    seen = conformance.observe(the_jsonp_index.on("revision3"))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def odd_cookies(conformance: Conformance, case: str) -> CookieFields:
    """Cookie fields as octets, on the target or where the how-to's hooks parse them."""
    detection = conformance.detect(Capability.HEADERS)
    if case != "target" and not detection.present:
        raise NotApplicable(f"{detection.capability}: {detection.evidence}")
    seen = conformance.observe(on_target if case == "target" else before_hooks.on("main"))
    return replace(seen, answers=replace(seen.answers, looked_at=[]))


@pytest.fixture
def twin(websocket_handshakes: WebSocketHandshakes, available: str) -> None:
    """The same with an ordinary Cookie over WebSocket; over long-polling the fields bring theirs."""
    if available == "websocket":
        unless_served(websocket_handshakes.with_cookie.answer, "an ordinary Cookie over WebSocket (HS-014)")


@pytest.fixture
def streamed_twin(websocket_handshakes: WebSocketHandshakes, bare_upgrade: Upgrade, place: str) -> None:
    """An ordinary WebSocket-only handshake, or an ordinary upgrade."""
    if place == "websocket":
        unless_served(websocket_handshakes.with_cookie.answer, "an ordinary Cookie over WebSocket (HS-014)")
    elif not bare_upgrade.probed:
        raise Blocked("an upgrade without Cookie is not served, either (HS-016)")


@pytest.fixture
def issued(conformance: Conformance) -> Issued:
    """Every session that the target opened in this run, over either transport, on a request that named none."""
    # A cookie of the user's own (--header) is on all of them; one of ours might be taken for an id.
    users = {
        value.encode("latin-1") for name, value in conformance.options.headers if name.lower() == "cookie"
    }
    found: list[Handshake] = []
    for transport in TRANSPORTS:
        try:
            exchanges = answered(conformance, transport, {""}).exchanges
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
