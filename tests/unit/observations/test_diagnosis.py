"""The paragraph about a balancer reports what was seen, and no more."""

from __future__ import annotations

import dataclasses

import pytest
from handmade import answer, exchange_of
from handmade_journeys import UNKNOWN, journey, kept, lost, sessions, silent, step, upgrade

from eiospec.observations.diagnosis import diagnosis
from eiospec.observations.sessions import POLL, POST, Fate, Step

REFUSED = answer(b'{"code":3,"message":"Bad request"}', status=b"400 Bad Request")


def test_all_stayed() -> None:
    text = diagnosis(sessions(kept(node="a"), kept(node="b"), again=(kept(node="a"),)))
    assert (
        text == "All of 3 sessions, 1 of them reconnections, stayed on their node. 2 nodes answered (a, b)."
    )


def test_the_cookie_that_does_it() -> None:
    preflight = exchange_of(answer(b"", status=b"204 No Content"))
    alone = {"serverid": (step(POST), step(POST), step(POST))}
    text = diagnosis(sessions(kept(), bare=(lost(), kept(), lost()), alone=alone, preflight=preflight))
    assert "“serverid” carries the affinity: sent alone it kept 3 of 3 sessions" in text
    assert "without cookies 2 of 3 sessions were lost" in text
    assert "It is set once, by the handshake. The 101 does not set it again (0 of 1)." in text
    assert text.endswith("A preflight, which carries no cookies, passes (204).")


def test_no_cookie_is_needed() -> None:
    text = diagnosis(sessions(kept(), bare=(kept(), kept())))
    assert "No cookie is needed: 2 of 2 sessions without any stayed on their node" in text


def test_no_stickiness() -> None:
    text = diagnosis(sessions(*[lost()] * 4))
    assert text.startswith("4 of 4 sessions (100 %) were lost")
    assert "Lost: 4 at the first POST: “Session ID unknown” (400, code 1)." in text
    assert "“io”, which clients returned to no effect" in text


def test_nothing_tells_the_node() -> None:
    assert "No handshake sets any cookie" in diagnosis(sessions(*[lost(cookies=())] * 4))


def test_a_prefix_without_a_cookie() -> None:
    text = diagnosis(sessions(*[lost(cookies=(b"uid=1234",))] * 4, mode="prefix"))
    assert "no handshake sets one (they set “uid”): turn on Socket.IO's cookie option" in text
    assert "socket.io 4.1 to 4.8.4" in text


def test_a_hash_of_what_the_handshake_does_not_have() -> None:
    assert "chooses the node by something that the handshake does not have yet" in diagnosis(
        sessions(lost(), lost(), kept())
    )


def test_a_switch_within_a_session() -> None:
    late = journey(step(POST), step(POLL), step(POST), step(POLL, UNKNOWN))
    assert "switches nodes within a session" in diagnosis(sessions(late, late))


def test_a_race() -> None:
    text = diagnosis(sessions(lost(), *[kept()] * 19, bare=(kept(),)))
    assert text.startswith("1 of 20 sessions (5 %) were lost")
    assert "this is a race, not a missing setting" in text


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (upgrade(Fate.UNKNOWN, UNKNOWN), "Stickiness is lost at the upgrade"),
        (upgrade(Fate.NOT_UPGRADED, REFUSED), "A proxy has to forward them"),
        (upgrade(Fate.NO_FRAMES), "does not forward what follows a 101"),
        (upgrade(Fate.HELD_BACK), "a proxy buffers what it should forward"),
        (silent(POLL), "Unanswered: 2 at the first poll"),
        (step(POLL, REFUSED), "Refused: 2 at the first poll"),
    ],
)
def test_each_way_to_be_lost_has_its_words(end: object, words: str) -> None:
    broken = journey(step(POST), end)  # type: ignore[arg-type]
    assert words in diagnosis(sessions(broken, broken))


# Each way that a session can end, with the requirement that it fails, if any.
ENDS = [
    (step(POST, UNKNOWN), "ST-001"),
    (silent(POST), "ST-001"),
    (step(POST, REFUSED), "ST-001"),
    (step(POLL, UNKNOWN), "ST-001"),
    (silent(POLL), "ST-001"),
    (step(POLL, REFUSED), "ST-001"),
    (dataclasses.replace(step(POLL, UNKNOWN), fate=Fate.OUTLIVED), ""),
    (upgrade(), ""),
    (upgrade(Fate.UNKNOWN, UNKNOWN), "ST-002"),
    (upgrade(Fate.SILENT), "ST-002"),
    (upgrade(Fate.NOT_UPGRADED, REFUSED), "ST-002"),
    (upgrade(Fate.NO_FRAMES), "ST-002"),
    (upgrade(Fate.HELD_BACK), "ST-002"),
    (upgrade(Fate.REFUSED, REFUSED), "ST-002"),
    (upgrade(Fate.OUTLIVED, UNKNOWN), ""),
]


@pytest.mark.parametrize(("end", "breaks"), ENDS, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("again", [False, True], ids=["session", "reconnection"])
@pytest.mark.parametrize("others", [1, 19])
def test_verdicts_and_diagnosis_agree_on_what_was_lost(
    end: Step, breaks: str, again: bool, others: int
) -> None:
    ended = journey(step(POST), end)
    jarred = [kept()] * others
    seen = sessions(*jarred, again=(ended,)) if again else sessions(*jarred, ended)
    failed = {"ST-001": seen.losses_of_polling, "ST-002": seen.losses_of_upgrades}
    assert {id for id, lost_here in failed.items() if lost_here} == ({breaks} if breaks else set())
    text = diagnosis(seen)
    assert (f"1 of {others + 1} sessions" in text) == bool(breaks)
    assert ("this is a race, not a missing setting" in text) == (bool(breaks) and others == 19)


def test_no_diagnosis_when_the_target_limits_its_clients() -> None:
    assert diagnosis(sessions(kept(), stopped="the target limits its clients")) == (
        "The balancer cannot be judged: the target limits its clients."
    )
