"""What the handshake's own suites look at, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eiospec.fixtures.observations.answer import Answers
from eiospec.fixtures.probes.elsewhere import elsewhere as the_elsewhere
from eiospec.plugin.run import Conformance


@pytest.fixture
def elsewhere(conformance: Conformance) -> Answers:
    """The answers at paths that are not the target's."""
    return replace(conformance.observe(the_elsewhere), looked_at=[])
