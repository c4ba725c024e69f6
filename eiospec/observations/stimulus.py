"""The message that every probe sends: a CONNECT to a namespace that no server has."""

from __future__ import annotations


def stimulus(number: int) -> str:
    """The universal stimulus: a CONNECT to a namespace nobody has (Socket.IO v5, "Connection to a namespace").

    A Socket.IO server answers it with CONNECT or CONNECT_ERROR for that namespace, an echo engine returns it.
    """
    return f"40/eiospec-{number},"


def answers_stimulus(text: str, number: int) -> bool:
    """True when a packet answers the stimulus of that number."""
    return f"/eiospec-{number}," in text or text.endswith(f"/eiospec-{number}")
