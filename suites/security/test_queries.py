"""Hostile queries, and the part of a query that goes into a script."""

from __future__ import annotations

import re

import pytest

from eiospec.errors import Blocked
from eiospec.observations.answer import Answer, Answers, describe, show
from eiospec.observations.hostile import SERVED, failing, reception, rendering
from eiospec.observations.queries import INDEX, MARKUP, SCRIPT, Queries
from eiospec.requirements import SHOULD, Capability, requirement
from eiospec.sources import EIO3, RFC3986, RFC9110

POLLING = Capability.POLLING
CALL = re.compile(rb"___eio\[\d*\]\(")


@requirement(
    "SE-015",
    SHOULD,
    "Only the digits of a JSONP index reach the script.",
    source=EIO3.at("JSONP: j, the index of the callback"),
    needs=(Capability.REVISION_3, Capability.JSONP),
)
def test_index_of_jsonp(jsonp_index: Answers) -> None:
    if not jsonp_index[INDEX].body.startswith(SCRIPT + b"0]("):
        raise Blocked(f"j=0 was not answered with a script: {describe(jsonp_index[INDEX].exchange)} (HI-015)")
    answers = {label: jsonp_index[label] for label in jsonp_index.all if label != INDEX}
    assert [f"{label}: {show(one.body)}" for label, one in answers.items() if not harmless(one)] == []
    assert failing(answers) == []


def harmless(answer: Answer) -> bool:
    """Return True for a refusal, a call with an index, and a payload that is not a script; never with a word of ours
    in it."""
    if answer.exchange.response is None or answer.refused:
        return True
    script = answer.body.startswith(b"___") or "script" in answer.media_type
    return (CALL.match(answer.body) is not None or not script) and b"eiospec" not in answer.body


@requirement(
    "SE-016",
    SHOULD,
    "The body of an error does not echo markup from the request as HTML.",
    source=RFC9110.at("§17.4"),
    needs=POLLING,
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_markup(queries: Queries, available: str) -> None:
    answers = queries.labelled(f"markup over {available}, ")
    if not any(answer.exchange.response and answer.status >= 400 for answer in answers.values()):
        raise Blocked("none of these requests was refused")
    assert rendering(answers, MARKUP) == []


@requirement(
    "SE-017",
    SHOULD,
    "A hostile query is refused or ignored: it does not cause a server error.",
    source=RFC3986.at("§2.1, §3.4"),
    needs=POLLING,
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_hostile_queries(queries: Queries, available: str) -> None:
    """Compared with a parameter that is merely wrong: other checks report a server that fails on that."""
    assert failing(queries.unless_merely_wrong("hostile", available)) == []
    assert failing(queries.unless_merely_wrong("markup", available)) == []
    after = reception(queries.afterwards)
    assert after == SERVED, f"{after}; the last that was answered: {queries.last_served}"
