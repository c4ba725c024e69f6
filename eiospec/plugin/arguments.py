"""What one option may be: its text made into a value, or pytest.UsageError with a sentence that says what to write."""

from __future__ import annotations

import pytest

from eiospec.wire.parse import TOKEN


def number(text: str, name: str, least: float, most: float) -> float:
    """A number from `least` to `most`."""
    try:
        value = float(text)
    except ValueError:
        raise pytest.UsageError(
            f"{name} {text!r} is not a number: write for example {name} {least:g}"
        ) from None
    if not least <= value <= most:
        raise pytest.UsageError(f"{name} {text} is out of range: from {least:g} to {most:g}")
    return value


def whole_number(text: str, name: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    found = number(text, name, least, most)
    if not found.is_integer():
        raise pytest.UsageError(f"{name} {text} is no whole number: write for example {name} {least}")
    return int(found)


def one_of(value: str, allowed: tuple[str, ...], name: str) -> str:
    """The value itself, if it is one of those allowed."""
    if value not in allowed:
        raise pytest.UsageError(f"{name} {value!r} is unknown: use {' or '.join(allowed)}")
    return value


def header_field(text: str) -> tuple[str, str]:
    """Name and value of a header field that can be sent."""
    name, colon, value = text.partition(":")
    if not colon or not TOKEN.fullmatch(name.strip().encode("latin-1", "replace")):
        raise pytest.UsageError(f"--header {text[:60]!r} is no header field: write --header 'Name: value'")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise pytest.UsageError(
            f"--header {name.strip()!r} has characters no header field can carry"
        ) from None
    if any(ord(character) < 0x20 and character != "\t" for character in value):
        raise pytest.UsageError(f"--header {name.strip()!r} has control characters in its value")
    return name.strip(), value.strip()


def members_of(text: str | None, allowed: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The members of a comma-separated list, each one of those allowed."""
    members = tuple(member.strip() for member in (text or "").split(",") if member.strip())
    for member in members:
        if member not in allowed:
            raise pytest.UsageError(f"{name} {member!r} is unknown: use {', '.join(allowed)}")
    return members
