"""`variant` derives the engine of a fault from a base class."""

from __future__ import annotations

from eiospec.fixtures.faults.fault import variant
from eiospec.fixtures.reference import Engine, Options


class Greeting(Engine):
    greeting = "hello"

    def greet(self, name: str) -> str:
        return f"{self.greeting} {name}"


def test_variant_replaces_attributes() -> None:
    assert variant(Greeting, greeting="bye")(Options()).greet("you") == "bye you"


def test_function_replaces_a_method_and_gets_no_self() -> None:
    assert variant(Greeting, greet=lambda name: name.upper())(Options()).greet("you") == "YOU"


def test_variant_leaves_its_base_unchanged() -> None:
    variant(Greeting, greeting="bye")
    assert Greeting(Options()).greet("you") == "hello you"
