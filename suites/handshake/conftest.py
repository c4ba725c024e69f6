"""Observations that only the suites of the handshake look at."""

from __future__ import annotations

from eiospec.errors import NotApplicable
from eiospec.observations.answer import Answer, Answers, outcome
from eiospec.observations.handshakes import Handshakes
from eiospec.plugin.run import Conformance
from eiospec.probes import elsewhere as paths
from eiospec.probes.handshakes import websocket_handshakes as the_websocket_handshakes
from eiospec.probes.upgrade import upgrade_without_cookies
from eiospec.suites.observing import needs_probes


@needs_probes((paths.elsewhere, paths.upgrade_elsewhere))
def elsewhere(conformance: Conformance) -> Answers:
    """The answers at paths that are not the target's."""
    handshakes, upgrade = (
        conformance.observe(paths.elsewhere),
        conformance.observe(paths.upgrade_elsewhere),
    )
    return Answers({**handshakes.all, **upgrade.all})


@needs_probes((the_websocket_handshakes, upgrade_without_cookies))
def plain(conformance: Conformance, handshakes: Handshakes, errors: Answers, case: str) -> Answer:
    """The answer to a request without additional parameters; not applicable when that opens no WebSocket."""
    if case == "handshake":
        return handshakes.first.answer
    if case not in ("WebSocket", "upgrade"):
        return errors[f"a fresh sid: {case}"]
    answer = (
        conformance.observe(the_websocket_handshakes).plain.answer
        if case == "WebSocket"
        else conformance.observe(upgrade_without_cookies).answer
    )
    if answer.exchange.response is None or answer.status != 101:
        raise NotApplicable(f"the plain opening handshake was {outcome(answer)} (HS-014, HS-016)")
    return answer
