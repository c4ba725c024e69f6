"""Cookie fields that no user agent should send: a server may parse them as it likes, but must survive them."""

from __future__ import annotations

import pytest

from eiospec.errors import LesserShortfall
from eiospec.observations.cookie_fields import CONTROLS, LENGTHS, MALFORMED, UPGRADE, CookieFields
from eiospec.observations.hostile import (
    SERVED,
    reception,
    reflected,
    refuses_length,
    roughly_refused,
    troubled,
    unlike,
)
from eiospec.place import TARGET
from eiospec.requirements import MUST, SHOULD, Capability, requirement
from eiospec.sources import RFC6265BIS, RFC6585, RFC9110

POLLING = Capability.POLLING
EXCESSIVE = "64 KiB"
ON_TARGET = pytest.mark.parametrize("place", [TARGET], ids=["target"])
ON_BOTH = pytest.mark.parametrize("place", [TARGET, "main"], ids=["target", "how-to's hooks"])
ON_EACH_TRANSPORT = pytest.mark.parametrize("transport", ["polling", "websocket"])


def none_served(seen: CookieFields) -> str:
    """Return the answer to a handshake after all the fields, and the last field that was answered; empty when it was
    served."""
    after = reception(seen.afterwards)
    return "" if after == SERVED else f"{after}; the last that was answered: {seen.last_served}"


@requirement(
    "SE-009",
    MUST,
    "A Cookie field with NUL, CR or LF inside is refused or made harmless: none of these octets is sent back.",
    source=RFC9110.at("§5.5"),
    needs=POLLING,
)
@ON_BOTH
@ON_EACH_TRANSPORT
@pytest.mark.usefixtures("twin")
def test_control_characters(odd_cookies: CookieFields, available: str) -> None:
    answers = odd_cookies.at(available, CONTROLS)
    roughly = roughly_refused(answers)
    assert troubled({label: answer for label, answer in answers.items() if label not in roughly}) == []
    assert reflected(answers) == []
    assert none_served(odd_cookies) == ""
    if roughly:
        found = "; ".join(f"{label}: {what}" for label, what in roughly.items())
        raise LesserShortfall("an answer with status 400 (RFC 9112 §2.2)", found)


@requirement(
    "SE-010",
    SHOULD,
    "A malformed Cookie field on a polling handshake does not cause a server error.",
    source=RFC6265BIS.at("§4.2"),
    needs=POLLING,
)
@ON_BOTH
def test_malformed(odd_cookies: CookieFields) -> None:
    """Served or refused; the how-to's hooks parse the field as well."""
    assert troubled(odd_cookies.at("polling", MALFORMED)) == []
    assert none_served(odd_cookies) == ""


@requirement(
    "SE-011",
    SHOULD,
    "Nor does one on a WebSocket-only handshake or an upgrade.",
    source=RFC6265BIS.at("§4.2"),
    needs=(POLLING, Capability.WEBSOCKET),
)
@ON_BOTH
@pytest.mark.parametrize("where", ["websocket", UPGRADE])
@pytest.mark.usefixtures("streamed_twin")
def test_malformed_on_upgrade(odd_cookies: CookieFields, where: str) -> None:
    assert troubled(odd_cookies.at(where, MALFORMED)) == []
    assert none_served(odd_cookies) == ""


@requirement(
    "SE-012",
    SHOULD,
    "A Cookie field of 4096 octets is accepted: user agents store cookies that long.",
    source=RFC6265BIS.at("§5.6 step 5"),
    needs=POLLING,
)
@ON_TARGET
@ON_EACH_TRANSPORT
@pytest.mark.usefixtures("twin")
def test_long(odd_cookies: CookieFields, available: str) -> None:
    answers = odd_cookies.at(available, LENGTHS)
    del answers[EXCESSIVE]
    assert unlike(answers, SERVED) == []


@requirement(
    "SE-013",
    SHOULD,
    "A Cookie field of 64 KiB is served, or refused as too long, and the server keeps serving.",
    source=RFC6585.at("§5"),
    needs=POLLING,
)
@ON_TARGET
@ON_EACH_TRANSPORT
@pytest.mark.usefixtures("twin")
def test_excessive(odd_cookies: CookieFields, available: str) -> None:
    answer = odd_cookies.at(available, LENGTHS)[EXCESSIVE]
    assert refuses_length(answer) or reception(answer) == SERVED, reception(answer)
    assert none_served(odd_cookies) == ""
