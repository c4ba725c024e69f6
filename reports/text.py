"""Short texts for every report: cut them, count things, write durations.

Nothing is escaped here. Text that a target chose goes through `escapes` as well.
"""

from __future__ import annotations


def cut(text: str, limit: int) -> str:
    """Return the text with at most `limit` characters; a text that was cut ends with "…"."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def cut_middle(text: str, limit: int) -> str:
    """Cut the middle out of a text: similar values differ at either end."""
    if len(text) <= limit:
        return text
    end = (limit - 1) // 3
    return f"{text[: limit - 1 - end]}…{text[-end:]}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 exchange", "3 exchanges"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a duration: "1.2 ms", "12 ms", "2.5 s", "3 min 20 s"."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def offset(seconds: float) -> str:
    """Return the time since a start: "0 ms", "+9.5 ms", "+120 ms", "+1.25 s"."""
    if seconds < 0.00005:
        return "0 ms"
    if seconds < 0.9995:
        return f"+{seconds * 1000:.1f} ms" if seconds < 0.00995 else f"+{seconds * 1000:.0f} ms"
    return f"+{seconds:.2f} s"
