"""What the handshake's own suites look at, and no other."""

from __future__ import annotations

import pytest

from eiospec.observations.answer import Answers
from eiospec.plugin.run import Conformance
from eiospec.probes.elsewhere import elsewhere as the_elsewhere
from eiospec.probes.elsewhere import upgrade_elsewhere


@pytest.fixture
def elsewhere(conformance: Conformance) -> Answers:
    """The answers at paths that are not the target's."""
    handshakes, upgrade = (conformance.observe(probe) for probe in (the_elsewhere, upgrade_elsewhere))
    return Answers({**handshakes.all, **upgrade.all}, [])
