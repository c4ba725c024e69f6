"""Observations as JSON: written values are read back, and other JSON is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from handmade import OPEN, answer, exchange_of

from eiospec import probes
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.fixation import Fixation
from eiospec.observations.handshake import Handshake
from eiospec.observations.heartbeat import Heartbeat
from eiospec.observations.sessions import Fate, IdlePoll, Step
from eiospec.probes.probe import Probe
from eiospec.replay.typed import Unreadable, readable, returned_by, written
from eiospec.target.cors_option import CorsPolicy
from eiospec.target.profile import Declared, Profile, Sticky
from eiospec.verdicts import Fixed

EXCHANGE = exchange_of(answer(OPEN))
EXCHANGES = {EXCHANGE.id: EXCHANGE}
HANDSHAKE = Handshake("polling", EXCHANGE)


def again(value: object, kind: Any) -> object:
    """The value through JSON text and back."""
    return readable(json.loads(json.dumps(written(value, kind))), kind, EXCHANGES)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", str),
        (b"\x00\xff", bytes),
        (True, bool),
        (3, int),
        (2, float),
        (None, str | None),
        ("x", str | None),
        (("a", "b"), tuple[str, ...]),
        (("a", 1), tuple[str, int]),
        (frozenset({"b", "a"}), frozenset[str]),
        ({"b": 1, "a": 2}, dict[str, int]),
        ({("polling", "own"): HANDSHAKE}, Mapping[tuple[str, str], Handshake]),
        (HANDSHAKE, Handshake),
        (Answer(EXCHANGE), Answer),
        (Heartbeat("polling", 25.0, EXCHANGE, None, None), Heartbeat),
        (IdlePoll(Step("poll", EXCHANGE, Fate.KEPT), True), IdlePoll),
        (
            Fixation(
                None, {"polling": "x", "websocket": None}, {("polling", "chosen"): HANDSHAKE}, Answers({})
            ),
            Fixation,
        ),
        (Profile(cookie={"name": "io", "path": "/"}, cors=CorsPolicy(("https://a",))), Profile),
        (Profile(cookie=False, cors=False, sticky=Sticky("insert")), Profile),
        (Profile(cookie=True, contract=Declared(mounts=("main",), killing=True)), Profile),
    ],
)
def test_a_value_is_restored(value: object, kind: Any) -> None:
    assert again(value, kind) == value


def test_answers_that_another_version_wrapped_are_read() -> None:
    seen = Answers({"x": Answer(EXCHANGE)}, "no {label}")
    assert again(seen, Answers) == seen
    wrapped = {"answers": {"all": {"x": EXCHANGE.id}, "looked_at": []}}
    assert readable(wrapped, Answers, EXCHANGES) == Answers({"x": Answer(EXCHANGE)})


@pytest.mark.parametrize("kind", [Handshake, Answer])
def test_an_exchange_is_its_id_and_no_text(kind: type) -> None:
    value = HANDSHAKE if kind is Handshake else Answer(EXCHANGE)
    made = written(value, kind)
    assert isinstance(made["exchange"] if kind is Handshake else made, Fixed)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (1, str),
        ("1", int),
        (True, int),
        (1, bool),
        ("ĸ", bytes),
        ("x", tuple[str, ...]),
        ([1, 2, 3], tuple[int, int]),
        ({"a": "x"}, dict[str, int]),
        ([["a"]], Mapping[tuple[str, str], int]),
        ("2", Answer),
        ({"transport": "polling"}, Handshake),
        ({"transport": "polling", "exchange": "9"}, Handshake),
        ({"step": {"kind": "poll", "exchange": "1", "fate": "__class__"}, "pinged": True}, IdlePoll),
        ([], Handshake),
        (None, Handshake),
        (7, Profile),
        ({"cors": True}, Profile),
    ],
)
def test_a_value_of_another_type_is_unreadable(found: object, kind: Any) -> None:
    with pytest.raises(Unreadable):
        readable(found, kind, EXCHANGES)


def test_a_member_that_another_version_added_is_passed_over() -> None:
    assert readable({"transport": "polling", "exchange": "1", "newer": 1}, Handshake, EXCHANGES) == HANDSHAKE


def test_a_member_that_another_version_did_not_have_has_its_default() -> None:
    assert readable({"mode": "auto"}, Sticky, {}) == Sticky()


def test_a_subclass_would_lose_its_fields_and_is_not_written() -> None:
    class Extended(Handshake):
        """More than its type says."""

    with pytest.raises(TypeError):
        written(Extended("polling", EXCHANGE), Handshake)


def test_every_probe_says_what_it_returns() -> None:
    modules = [import_module(f"{probes.__name__}.{one.name}") for one in iter_modules(probes.__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Probe)]
    assert found
    assert all(returned_by(probe.hold) is not None for probe in found)
