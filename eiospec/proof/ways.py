"""How the suites are called for a fault: arguments and profile.

A profile declares only what the fault's requirements are judged on, so that a run has no conversations that show
nothing of it. Faults with the same `Way` share one collection.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from eiospec.fixtures.faults import Fault
from eiospec.target.contract import CALLBACKS, mounts

HOOK_AREAS = frozenset({"HI", "HH", "HX", "AR", "SE", "PR"})
COOKIE_AREAS = frozenset({"CK", "CA", "CS", "HS"})
ORIGIN_AREAS = frozenset({"CO"})
IN_REVISION_3 = frozenset({"CK-017", "HI-014", "HI-015", "HH-020", "SE-015"})
OUTLIVED = "PR-022"  # judged on a mount for a cookie option
# The mounts with callbacks; the others are about the cookie option and timings.
WITH_CALLBACKS = ("main", "cors")
# Requirements that depend on the number of handshakes at once, and the number for every other fault.
OF_THE_CROWD = frozenset({"CK-012", "HS-019", "SE-001", "SE-002", "SE-003", "SE-004", "SE-022"})
FEW = ("--crowd", "8")
KILLING = frozenset({"HX-015", "SE-006", "SE-007", "SE-008"})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to call pytest: arguments without target and profile, and the text of the profile, or "".

    `hooks` is False when neither a callback nor a hook is declared: a third of all checks would be not applicable, so they
    are not collected.
    """

    arguments: tuple[str, ...]
    profile: str
    hooks: bool
    scheme: str


def way_of(fault: Fault | None, arguments: Sequence[str], *, contract: bool) -> Way:
    """Return how the suites are called for a fault, or without one."""
    given = [*arguments]
    ids = fault.breaks if fault is not None else ()
    if fault is not None and not OF_THE_CROWD & {*fault.breaks, *fault.also_breaks}:
        given += FEW
    profile = (fault.declares if fault is not None else "") + (profile_for(ids) if contract else "")
    tls = fault is not None and fault.tls
    return Way(
        (*given, *(["--insecure"] if tls else [])),
        profile,
        "[[hook]]" in profile or (contract and not without_callbacks(ids)),
        "https" if tls else "http",
    )


def profile_for(ids: Collection[str]) -> str:
    """Return a profile that declares what these requirements are judged on; everything, without any."""
    hooks = bool(ids) and all(
        id in IN_REVISION_3 or (id.split("-")[0] in HOOK_AREAS and id != OUTLIVED) for id in ids
    )
    few = hooks or about_origins(ids)
    names = (*WITH_CALLBACKS, *(["revision3"] if IN_REVISION_3 & set(ids) else [])) if few else mounts()
    killing = "true" if not ids or KILLING & set(ids) else "false"
    return f"""
[contract]
mounts = {json.dumps(list(names))}
callbacks = {json.dumps([] if without_callbacks(ids) else list(CALLBACKS))}
killing = {killing}
"""


def without_callbacks(ids: Collection[str]) -> bool:
    """Return whether these requirements are judged without any callback."""
    areas = {id.split("-")[0] for id in ids if id != OUTLIVED}
    return bool(ids) and areas <= COOKIE_AREAS | ORIGIN_AREAS and not IN_REVISION_3 & set(ids)


def about_origins(ids: Collection[str]) -> bool:
    """Return whether these requirements are judged on the mount with the cors option and on one without it."""
    return bool(ids) and {id.split("-")[0] for id in ids} <= ORIGIN_AREAS
