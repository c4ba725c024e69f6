"""Which cookies a balancer sets, found out by what they do; all others are the application's.

A balancer's cookie names a node, or it alone keeps a session on its node. The name decides only what behavior leaves
open: products have cookies that do neither, and a balancer may go by a cookie that the application sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eiospec.observations.sessions import HANDSHAKE, Fate, Sessions, Step

# Cookies of products that need not keep a session: their names are documented.
OF_PRODUCTS = re.compile(
    r"AWS(ALB|ELB)|ARRAffinity|ApplicationGatewayAffinity|BIGip|INGRESSCOOKIE|GC(I)?LB$|__cf|cf_|_cfuvid|visid_incap"
    r"|incap_|nlbi_|TS01|citrix_ns|NSC_",
    re.IGNORECASE,
)
# Sessions of web frameworks, by which a balancer may go (HAProxy, `stick on req.cook(JSESSIONID)`).
OF_FRAMEWORKS = re.compile(
    r"connect\.sid$|[JV]SESSION|PHPSESS|ASP\.NET|\.AspNet|laravel|rack\.|sessionid$|session$|_session|_?csrf|XSRF",
    re.IGNORECASE,
)
# The modes in which a balancer changes a cookie that the application sets.
CHANGING = ("prefix", "rewrite")


def set_by_balancer(sessions: Sessions) -> frozenset[str]:
    """Return the names of the cookies that the balancer sets."""
    names = {name for journey in sessions.jarred for name in sessions.set_by(journey)}
    declared = {sessions.sticky.cookie or ""} if sessions.sticky.mode not in CHANGING else set()
    return frozenset((names & declared) | {name for name in names if _is_balancers(sessions, name)})


def _is_balancers(sessions: Sessions, name: str) -> bool:
    steps = (sessions.alone or {}).get(name, ()) if sessions.cookies_needed else ()
    keeps = all(step.kept for step in steps) if steps else None
    if _names_node(tuple(_values(sessions, name)), keeps=keeps):
        return True
    if keeps:
        # It carries the affinity: the balancer sets it, unless it is a session of the application that it goes by.
        return name in sessions.rotating or not OF_FRAMEWORKS.match(name)
    return OF_PRODUCTS.match(name) is not None


def _names_node(values: tuple[tuple[str, str | None], ...], *, keeps: bool | None) -> bool:
    """Return True when there are a few values and each is of one node.

    Where no node names itself, a cookie of few values counts unless it was sent alone and kept no session.
    """
    nodes_of: dict[str, set[str | None]] = {}
    for value, node in values:
        nodes_of.setdefault(value, set()).add(node)
    if len(nodes_of) < 2 or 2 * len(nodes_of) > len(values):
        return False
    named = {node for _, node in values}
    if None in named:
        return keeps is not False
    nodes = [node for found in nodes_of.values() for node in found]
    return len(nodes) == len(nodes_of) == len(set(nodes))


def _values(sessions: Sessions, name: str) -> Iterator[tuple[str, str | None]]:
    """Yield the value of this cookie on each handshake that sets it, with the node that answered."""
    for journey in (*sessions.jarred, *sessions.bare):
        opened = Step(HANDSHAKE, journey.handshake.exchange, Fate.KEPT)
        for cookie in journey.handshake.cookies_named(name)[:1]:
            yield cookie.value, opened.node(sessions.sticky.node) or None
