"""The message that probes send: a CONNECT to a namespace that no server has."""

from __future__ import annotations


def stimulus(number: int) -> str:
    """Return the message with a number: a CONNECT to an unknown namespace (Socket.IO v5, "Connection to a
    namespace").

    A Socket.IO server answers it with CONNECT or CONNECT_ERROR for that namespace; an echo engine returns it.
    """
    return f"40/eiospec-{number},"


def answers_stimulus(text: str, number: int) -> bool:
    """Return True when a packet answers the stimulus with that number."""
    return f"/eiospec-{number}," in text or text.endswith(f"/eiospec-{number}")
