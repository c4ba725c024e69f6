"""Answers to hostile queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eiospec.observations.answer import Answer
from eiospec.observations.hostile import Hostilities

MARKUP = "<svg/onload=eiospec>"
# Merely wrong: a server that fails on these is found by ERR-001 to ERR-027, and fails on what is hostile, too.
WRONG: Mapping[str, str] = {
    "sid": "EIO=4&transport={}&sid=eiospec",
    "transport": "EIO=4&transport=eiospec",
    "EIO": "EIO=eiospec&transport={}",
}


@dataclass(frozen=True, slots=True)
class Queries(Hostilities):
    """Answers by "<transport>, <label>"."""

    def labelled(self, start: str) -> dict[str, Answer]:
        """The answers whose label begins so."""
        self.require_news()
        return {label: self.answers[label] for label in self.answers.all if label.startswith(start)}

    def beside_wrong(self, kind: str, transport: str) -> dict[str, Answer]:
        """Those of a kind whose parameter may be wrong without any harm, as long as it is merely wrong."""
        harmless = {name for name in WRONG if self._refused(f"wrong over {transport}, {name}")}
        found = self.labelled(f"{kind} over {transport}, ")
        return {label: answer for label, answer in found.items() if named_in(label) <= harmless}

    def _refused(self, label: str) -> bool:
        response = self.answers[label].exchange.response
        return response is not None and response.status < 500


def named_in(label: str) -> set[str]:
    """The parameter a label is about; where it is about none that is known, the sid that no session has."""
    words = label.partition(", ")[2].replace(",", "").split()
    found = {name for name in WRONG if name in words}
    return found or ({"sid"} if label.startswith("markup") else set())


INDEX = "an index"
SCRIPT = b"___eio["
