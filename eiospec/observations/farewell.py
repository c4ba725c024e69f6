"""The end of a polling session."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.observations.answer import Answer
from eiospec.observations.handshake import Handshake

FAREWELL = "farewell"


@dataclass(frozen=True, slots=True)
class Farewell:
    """The handshake, the POST of a close packet, the poll that was pending then, and the poll after it."""

    handshake: Handshake
    pending: Answer
    closing: Answer
    afterwards: Answer
