"""Facts about a target, shown at the top of its column.

The open packet and the Server field are read from the first exchange with an open packet, the rest from the
detections. Facts that were not observed are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from eiospec.reports.escapes import visible
from eiospec.reports.markup import COUNTED
from eiospec.reports.model import Document
from eiospec.reports.sequence.sessions import body_of, given_sid, query_of, values_of
from eiospec.reports.text import cut, duration

# Octets of a body searched for the open packet; characters of a fact.
LOOKED_AT = 4096
LONGEST = 120

OPEN_PACKET = re.compile(r"(?<![0-9])0(\{[^{}]*\})")
# Members of the open packet that are milliseconds.
TIMINGS = {"pingInterval": "ping every", "pingTimeout": "pong within"}
# Names of detections and their names on the page.
TRANSPORTS = {"long-polling transport": "long-polling", "WebSocket transport": "WebSocket"}


def facts(made: Document) -> list[tuple[str, str]]:
    """Return names and printable values: ("Heartbeat", "ping every 25 s, pong within 20 s")."""
    return [(name, visible(cut(value, LONGEST))) for name, value in _facts(made) if value]


def state_of(found: Document) -> str:
    """Return how a capability is known; reports of older versions do not say which have to be declared."""
    return str(found.get("state") or ("seen" if found["present"] else "not seen"))


def by_state(detections: Iterable[Document]) -> dict[str, list[Document]]:
    """Return the capabilities by state."""
    found: dict[str, list[Document]] = {
        state: [] for state in ("seen", "declared", "not seen", "needs to be declared")
    }
    for one in detections:
        found.setdefault(state_of(one), []).append(one)
    return found


def how_to_declare(detections: Iterable[Document]) -> list[str]:
    """Return what needs to be declared, grouped by how: "initial_headers hook, headers hook (--hook)"."""
    grouped: dict[str, list[str]] = {}
    for one in by_state(detections)["needs to be declared"]:
        grouped.setdefault(one.get("declare", ""), []).append(one["capability"])
    return [f"{', '.join(names)} ({how})" if how else ", ".join(names) for how, names in grouped.items()]


def untested(made: Document) -> list[tuple[str, list[Document]]]:
    """Return the reasons for not applicable and blocked, with their requirements, most frequent first."""
    reasons: dict[str, list[Document]] = {}
    for entry in made["requirements"]:
        if entry["verdict"] in ("not applicable", "blocked"):
            given = dict.fromkeys(
                judgement["reason"]
                for judgement in entry["judgements"]
                if judgement["verdict"] == entry["verdict"]
            )
            reasons.setdefault("; ".join(filter(None, given)) or "no reason given", []).append(entry)
    return sorted(reasons.items(), key=lambda found: -len(found[1]))


def verdict_sentence(made: Document, name: str) -> str:
    """Return “http://… does not conform: 3 MUST”, with the name of the column instead of the target."""
    opening = str(made["headline"]).partition(": ")[0].replace(str(made["target"]), name)
    failing = [entry["level"] for entry in made["requirements"] if entry["verdict"] == "fail"]
    levels = ", ".join(f"{failing.count(level)} {level}" for level in dict.fromkeys(failing))
    return visible(f"{opening}: {levels}" if levels else opening)


def counted(made: Document) -> list[tuple[str, int]]:
    """Return how many requirements have each verdict, findings first; verdicts without any are left out."""
    totals = made["counts"]["requirements"]
    return [(verdict, totals[verdict]) for verdict in COUNTED if totals.get(verdict)]


def _facts(made: Document) -> Iterator[tuple[str, str]]:
    first = next((exchange for exchange in made["exchanges"] if given_sid(exchange)), None)
    answer = first["response"] if first else None
    opened: dict[str, Any] = _open_packet(first) if first else {}
    yield "Server", ", ".join(_software(answer)) or "not disclosed" if answer else ""
    yield "Engine.IO revision", _revision(made, first)
    yield "Message protocol", _detected(made, "answers a message packet")
    yield "Transports", ", ".join(shown for name, shown in TRANSPORTS.items() if _present(made, name))
    yield "Upgrades", ", ".join(map(str, opened.get("upgrades", ()))) or ("none" if opened else "")
    yield (
        "Heartbeat",
        ", ".join(
            f"{words} {_milliseconds(opened[name])}"
            for name, words in TIMINGS.items()
            if _is_number(opened.get(name))
        ),
    )
    if _is_number(most := opened.get("maxPayload")):
        yield "Maximum payload", f"{most:,} octets"
    yield "Session cookie", _detected(made, "session cookie")
    if first and first["answered"] is not None:
        yield "First response", f"after {duration(first['answered'] - first['started'])}"


def _software(answer: Document) -> Iterable[str]:
    return dict.fromkeys((*values_of(answer, "server"), *values_of(answer, "x-powered-by")))


def _open_packet(exchange: Document) -> dict[str, Any]:
    """Return the members of the open packet; none if it is not a JSON object."""
    frames = [frame["payload"] for frame in exchange["frames"] if frame["by_target"]]
    text = frames[0] if frames else body_of(exchange["response"])
    found = OPEN_PACKET.search(text[:LOOKED_AT])
    try:
        members = json.loads(found[1].replace('\\"', '"')) if found else {}
    except ValueError:
        return {}
    if not isinstance(members.get("upgrades", []), list):
        members.pop("upgrades")
    return dict(members)


def _revision(made: Document, first: Document | None) -> str:
    if first is None:
        return ""
    if _present(made, "revision 4 only"):
        return "4 only"
    return ", ".join(query_of(first).get("EIO", ()))


def _present(made: Document, capability: str) -> bool:
    return any(found["present"] for found in made["detections"] if found["capability"] == capability)


def _detected(made: Document, capability: str) -> str:
    return next(
        (
            str(found["value"])
            for found in made["detections"]
            if found["capability"] == capability and found["present"]
        ),
        "",
    )


def _milliseconds(value: float) -> str:
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
