"""Answers to hostile queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.answer import Answer
from eiospec.observations.hostile import Hostilities

MARKUP = "<svg/onload=eiospec>"
# Merely wrong: ERR-001 to ERR-027 report a server that fails on these, and it fails on hostile ones as well.
WRONG: Mapping[str, str] = {
    "sid": "EIO=4&transport={}&sid=eiospec",
    "transport": "EIO=4&transport=eiospec",
    "EIO": "EIO=eiospec&transport={}",
}


@dataclass(frozen=True, slots=True)
class Queries(Hostilities):
    """Answers by "<transport>, <label>"."""

    def labelled(self, start: str) -> dict[str, Answer]:
        """Return the answers whose label begins with `start`."""
        self.require_news()
        return self.answers.labelled(start)

    def unless_merely_wrong(self, kind: str, transport: str) -> dict[str, Answer]:
        """Return the answers of a kind whose parameter is refused without harm when it is merely wrong."""
        harmless = {name for name in WRONG if self._refused(f"wrong over {transport}, {name}")}
        found = self.labelled(f"{kind} over {transport}, ")
        return {label: answer for label, answer in found.items() if named_in(label) <= harmless}

    def _refused(self, label: str) -> bool:
        response = self.answers[label].exchange.response
        return response is not None and response.status < 500


def named_in(label: str) -> set[str]:
    """Return the parameters a label is about; for markup without one, the sid."""
    words = label.partition(", ")[2].replace(",", "").split()
    found = {name for name in WRONG if name in words}
    return found or ({"sid"} if label.startswith("markup") else set())


INDEX = "an index"
SCRIPT = b"___eio["
