"""What the handshake's own suites look at, and no other."""

from __future__ import annotations

import pytest

from eiospec.fixtures.observations.answer import Answers
from eiospec.fixtures.probes.elsewhere import elsewhere as the_elsewhere
from eiospec.fixtures.probes.elsewhere import upgrade_elsewhere
from eiospec.plugin.run import Conformance


@pytest.fixture
def elsewhere(conformance: Conformance) -> Answers:
    """The answers at paths that are not the target's."""
    handshakes, upgrade = (conformance.observe(probe) for probe in (the_elsewhere, upgrade_elsewhere))
    return Answers({**handshakes.all, **upgrade.all}, [])
