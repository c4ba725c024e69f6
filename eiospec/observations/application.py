"""The cookies that the application sees."""

from __future__ import annotations

from dataclasses import dataclass

from eiospec.errors import Blocked, NotApplicable
from eiospec.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class HandshakeCookie:
    """The application's answer to the event `cookie`, by where it was asked; what was not acknowledged is absent.

    `refused` are the places that were not reached because the opening handshake was refused.
    """

    answers: dict[str, str]
    exchanges: tuple[Exchange, ...]
    refused: tuple[str, ...] = ()

    def __getitem__(self, where: str) -> str:
        if where in self.refused:
            raise NotApplicable("the opening handshake was refused")
        if where not in self.answers:
            raise Blocked(f"the application did not acknowledge the event cookie {where}")
        return self.answers[where]
