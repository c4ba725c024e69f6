"""Observations that only the suites of the hooks look at: the answers of the contract's mounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eiospec.errors import NotApplicable
from eiospec.observations.answer import Answers
from eiospec.observations.evidence import hand_out
from eiospec.observations.handshake import Handshake
from eiospec.observations.hooked import NamedAlike
from eiospec.observations.setting import SESSION, state_of
from eiospec.plugin.run import Conformance
from eiospec.probes import admission as decisions
from eiospec.probes import hooks, killing
from eiospec.probes.handshakes import handshakes as the_handshakes
from eiospec.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.probes.identity import session_cookie as the_session_cookie
from eiospec.probes.probe import Probe
from eiospec.probes.revision_3 import revision_3 as sessions_in_revision_3
from eiospec.requirements import Capability
from eiospec.suites.observing import hooked_places, needs_probes, observed
from eiospec.target.profile import Profile

arrays = observed(hooks.arrays, on="main")
overrides = observed(hooks.overrides, on="main")
rotation = observed(hooks.rotation, on="main")
hook_calls = observed(hooks.counts, on="main")
admission = observed(decisions.admission, on="main")
middleware = observed(decisions.middleware, on="main")
session_middleware = observed(decisions.session_middleware, on="main")
cors_and_hooks = observed(decisions.cors_and_hooks, on="cors")
revision_3 = observed(sessions_in_revision_3, on="revision3")
injection = observed(killing.injection, on="main")
throwing = observed(killing.throwing, on="main")


def probes_of_names(place: str, _: Profile) -> tuple[Probe[Any], ...]:
    """Return the probes in which a hook sets a cookie with the session cookie's name."""
    return (hooks.overrides.on(place),) if place else (hooks.howto, the_session_cookie)


@needs_probes(probes_of_names, hooked_places, unnamed="main")
def named_alike(conformance: Conformance, place: str) -> NamedAlike:
    """Handshakes on which a hook sets a cookie with the name of the session cookie; not applicable at a target whose hooks
    are not declared to do so."""
    if place:
        seen = conformance.observe(hooks.overrides.on(place)).all
        alike = {case: f"{case}, samename" for case in ("handshake", "websocket")}
        return NamedAlike(
            SESSION, Answers({case: seen[label] for case, label in alike.items() if label in seen})
        )
    cookie = conformance.observe(the_session_cookie)
    name = cookie.name if cookie is not None else ""
    declared = conformance.profile.hook_set.fields
    if not any(field.cookie == name for field in declared if field.cookie):
        raise NotApplicable("no hook is declared to set a cookie with the session cookie's name")
    seen = conformance.observe(hooks.howto).all
    alike = {case: f"{case}, none" for case in ("handshake", "websocket")}
    return NamedAlike(name, Answers({case: seen[label] for case, label in alike.items() if label in seen}))


@needs_probes((hooks.counts.on("main"),))
def calls_of_a_denied_handshake(conformance: Conformance) -> list[str]:
    """The hooks that ran for it, by the app's own count; none when the app does not count."""
    if not conformance.detect(Capability.STATE).present:
        return []
    counted = state_of(conformance.observe(hooks.counts.on("main"))["after a denied handshake"])
    return [hook for hook in ("initial", "headers") if counted[hook]]


@needs_probes((the_handshakes.on("revision3"), the_websocket_handshakes.on("revision3")))
def handshakes_in_revision_4(conformance: Conformance) -> Mapping[str, Handshake]:
    """The first handshake in revision 4 over each transport, at the mount that serves revision 3 as well."""
    return {
        "polling": hand_out(conformance.observe(the_handshakes.on("revision3")).first),
        "websocket": hand_out(conformance.observe(the_websocket_handshakes.on("revision3")).plain),
    }
