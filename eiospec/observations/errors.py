"""Answers to wrong requests."""

from __future__ import annotations

from eiospec.observations.answer import Answers
from eiospec.observations.evidence import find, sample

PROTOTYPE_NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty")
# Characters that no field value may have (RFC 9110 §5.5).
ODD_ORIGINS = {"a control character in Origin": "\x01", "a delete character in Origin": "\x7f"}


def refused_and_setting(answers: Answers, name: str) -> list[str]:
    """Return the labels of the error responses that set a cookie of that name."""
    found = [
        label
        for label, answer in answers.all.items()
        if answer.exchange.response
        and answer.status >= 400
        and not answer.opens_a_session
        and answer.cookies_named(name)
    ]
    sample(*(answer.exchange for answer in answers.all.values()))
    find(*(answers.all[label].exchange for label in found))
    return found
