"""The shape of a report: the types say what the published schema says, and an error names the place."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from published import schema_error

from eiospec.reports.comparison import compared
from eiospec.reports.html import page
from eiospec.reports.model import SCHEMA, document
from eiospec.reports.shape import MESSAGE, PLACE, Misfit, Report, decoded
from eiospec.verdicts import Run

# Annotations, and what JSON Schema needs a name for and types do not.
NOT_COMPARED = ("title", "description", "$schema", "$id", "$defs", "default")
FLOATS_END = 1e308


def error(made: dict[str, Any]) -> str:
    """Return the message about a document that does not fit."""
    with pytest.raises(Misfit) as raised:
        decoded(made)
    return str(raised.value)


def plain(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema in one form: references resolved, annotations removed, alternatives sorted."""
    if isinstance(schema, list):
        return [plain(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return plain(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: plain(each, definitions) for name, each in value.items()}
        elif key in ("oneOf", "anyOf"):
            made["anyOf"] = sorted((plain(each, definitions) for each in value), key=json.dumps)
        elif key == "const":
            made["enum"] = [value]
        elif key in ("enum", "required"):
            made[key] = sorted(value)
        elif key == "type" and isinstance(value, list):
            made["anyOf"] = sorted(({"type": each} for each in value), key=json.dumps)
        elif key == "pattern":
            made[key] = value.replace(r"\Z", "$")
        elif (key == "maximum" and value > FLOATS_END) or (key == "items" and value is False):
            continue  # JSON has no infinite number; a tuple's length is in maxItems
        elif key not in NOT_COMPARED:
            made[key] = plain(value, definitions)
    if "enum" in made:
        made.pop("type", None)
    return {key: value for key, value in made.items() if value != {} or key == "properties"}


def test_the_types_say_what_the_published_schema_says() -> None:
    published, generated = json.loads(SCHEMA.read_bytes()), msgspec.json.schema(Report)
    assert plain(generated, generated["$defs"]) == plain(published, published["$defs"])


def test_a_document_has_the_shape_of_both(failing: Run) -> None:
    made = document(failing)
    assert decoded(made).closing.sha256 == made["closing"]["sha256"]
    assert not schema_error(made)


def test_a_type_error_names_its_place(failing: Run) -> None:
    made = document(failing)
    made["exchanges"][0]["request"]["method"] = 7
    assert error(made) == "at exchanges[0].request.method: Expected `str`, got `int`"


def test_a_missing_member_is_named(failing: Run) -> None:
    made = document(failing)
    del made["counts"]
    assert error(made) == "at the top: Object missing required field `counts`"


def test_an_unknown_member_is_ignored(failing: Run) -> None:
    made = document(failing)
    made["newer"] = made["exchanges"][0]["newer"] = 1
    assert decoded(made).target == made["target"]


@pytest.mark.parametrize("half", ["\ud800", "a\udfff"])
def test_half_a_surrogate_pair_hides_nothing(failing: Run, half: str) -> None:
    made = document(failing)
    made["headline"] = half
    assert decoded(made).headline == half
    made["started"] = 7
    assert error(made).startswith("at started: ")


def test_a_message_is_short(failing: Run) -> None:
    made = document(failing)
    made["requirements"][0]["verdict"] = "y" * 10_000
    assert len(error(made)) <= len("at : ") + PLACE + MESSAGE


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every member of a document."""
    members: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path for key, each in members for path in ((*at, key), *places(each, (*at, key)))]


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}], ids=repr)
def test_a_forged_document_is_refused_or_can_be_shown_and_compared(failing: Run, wrong: object) -> None:
    made = document(failing)
    accepted = 0
    for *path, last in places(made):
        forged = json.loads(json.dumps(made))
        container = forged
        for key in path:
            container = container[key]
        container[last] = wrong
        try:
            decoded(forged)
        except Misfit:
            continue
        accepted += 1
        page([forged])
        compared(forged, made)
        compared(made, forged)
    assert accepted < len(places(made))
