"""The contract as data: what the guide promises, what the bundled server mounts, and the file are one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eiospec.fixtures.reference.conformance import contract_options
from eiospec.target.contract import CALLBACKS, DEFAULT_PATH, contract, mounts, options_of

GUIDE = Path(__file__).parents[3] / "docs" / "contract.md"


@pytest.fixture
def guide() -> str:
    return GUIDE.read_text("utf-8")


def test_the_guide_has_a_row_for_every_mount(guide: str) -> None:
    section = guide.partition("## Mounts")[2].partition("## Callbacks")[0]
    assert tuple(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE)) == mounts()


def test_the_guide_declares_every_mount_and_callback(guide: str) -> None:
    assert all(f'"{name}"' in guide for name in (*mounts(), *CALLBACKS))


@pytest.mark.parametrize("parameter", ["hook", "allow", "mw"])
def test_the_guide_lists_the_values_of_each_parameter(guide: str, parameter: str) -> None:
    (row,) = re.findall(rf"^\| `{parameter}` \| (.*) \|$", guide, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == list(contract()["callbacks"][parameter])


def test_the_guide_names_what_kills(guide: str) -> None:
    assert all(f"`hook={name}`" in guide for name in contract()["killing"])


def test_what_kills_is_a_hook() -> None:
    assert set(contract()["killing"]) <= set(contract()["callbacks"]["hook"])


def test_the_bundled_server_has_every_mount() -> None:
    served = {options.path for options in contract_options()}
    assert {f"{DEFAULT_PATH}{name}/" for name in mounts()} <= served


def test_a_mount_says_its_options() -> None:
    assert options_of("plain") == {"pingInterval": 300, "pingTimeout": 200, "maxHttpBufferSize": 1000}
