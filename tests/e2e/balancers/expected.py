"""Whether a session survives behind each balancer, and why.

A session is a handshake, a POST, a poll and an upgrade, each over its own connection. `lost` names the ones
that do not reach their node in some of the sessions; a poll is not even tried after a POST that was lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

import pytest
from _pytest.mark import ParameterSet

POST, POLL, UPGRADE = "POST", "poll", "upgrade"
EVERYTHING = (POST, UPGRADE)
# As socket.io answers an unknown id: a request by JSON, an upgrade by words.
UNKNOWN = frozenset({(400, b'{"code":1,"message":"Session ID unknown"}'), (400, b"Session ID unknown")})
NO_UPGRADE = frozenset({(400, b'{"code":3,"message":"Bad request"}')})


@dataclass(frozen=True)
class Case:
    """A balancer, the nodes' mount, and the client: with a jar or without, with an Origin or without.

    `cookies` are those that a handshake sets, `loss` how what is lost is answered.
    """

    balancer: str
    why: str
    lost: tuple[str, ...] = ()
    mount: str = "cookie"
    jar: bool = True
    origin: str = ""
    cookies: tuple[str, ...] = ("io",)
    loss: frozenset[tuple[int, bytes]] = UNKNOWN

    @property
    def name(self) -> str:
        """Return the id of the test."""
        parts = [self.balancer, self.mount, "jar" if self.jar else "no jar", "Origin" if self.origin else ""]
        return " ".join(part for part in parts if part)


GOOD = "http://good.example"
AWS = ("AWSALB", "AWSALBCORS")

CASES = (
    # A cookie of the balancer's own
    Case("haproxy/insert", "the cookie names the node", cookies=("io", "serverid")),
    Case("haproxy/insert", "the nodes need not set any", mount="plain", cookies=("serverid",)),
    Case("haproxy/insert", "hooks do not touch it", mount="cors", origin=GOOD, cookies=("uid", "serverid")),
    Case("haproxy/insert", "no cookie comes back", EVERYTHING, jar=False, cookies=("io", "serverid")),
    Case("nginx/map-cookie", "the cookie names the node", cookies=("io", "srv")),
    Case("nginx/map-cookie", "the nodes need not set any", mount="plain", cookies=("srv",)),
    Case("nginx/map-cookie", "no cookie comes back", EVERYTHING, jar=False, cookies=("io", "srv")),
    Case("own/insert", "as haproxy/insert", cookies=("io", "serverid")),
    # The session cookie, changed by the balancer
    Case("haproxy/prefix", "the session cookie brings the node's name"),
    Case("haproxy/prefix", "there is no cookie to prefix", EVERYTHING, mount="plain", cookies=()),
    Case("haproxy/prefix", "no cookie comes back", EVERYTHING, jar=False),
    Case(
        "haproxy/prefix",
        "the cors middleware sets fields (Vary at least), and then the hook's set-cookie replaces the session cookie",
        EVERYTHING,
        mount="cors",
        cookies=("uid",),
    ),
    Case("haproxy/prefix", "with an Origin the same", EVERYTHING, "cors", origin=GOOD, cookies=("uid",)),
    Case("haproxy/prefix", "no Origin, no field", mount="cors-by-function", cookies=("io", "uid")),
    Case("haproxy/prefix", "as with cors", EVERYTHING, "cors-by-function", origin=GOOD, cookies=("uid",)),
    Case("own/prefix", "as haproxy/prefix"),
    Case("own/prefix", "as haproxy/prefix", EVERYTHING, mount="cors", origin=GOOD, cookies=("uid",)),
    Case("haproxy/rewrite", "the session cookie has become the node's name"),
    Case("haproxy/rewrite", "there is no cookie to rewrite", EVERYTHING, mount="plain", cookies=()),
    Case("own/rewrite", "as haproxy/rewrite"),
    # Tables
    Case("haproxy/stick-cookie", "the table knows the id that the session cookie held", jar=False),
    Case("haproxy/stick-cookie", "no cookie tells the id", EVERYTHING, mount="plain", cookies=()),
    Case(
        "haproxy/stick-cookie",
        "as with prefix, but no jar helps",
        EVERYTHING,
        mount="cors",
        origin=GOOD,
        cookies=("uid",),
    ),
    Case(
        "haproxy/stick-body",
        "the table knows the id of the open packet",
        mount="plain",
        jar=False,
        cookies=(),
    ),
    Case("haproxy/stick-body", "and needs no cookie", mount="cors", origin=GOOD, cookies=("uid",)),
    Case("haproxy/stick-source", "one address, one node", mount="plain", jar=False, cookies=()),
    Case("own/sid", "as haproxy/stick-body", mount="plain", jar=False, cookies=()),
    # The client's address
    Case("haproxy/source", "one address, one node", mount="plain", jar=False, cookies=()),
    Case("nginx/hash-address", "one address, one node", mount="plain", jar=False, cookies=()),
    Case("nginx/ip-hash", "one address, one node", mount="plain", jar=False, cookies=()),
    Case("own/address", "one address, one node", mount="plain", jar=False, cookies=()),
    # Nothing, or what looks like something
    Case("haproxy/round-robin", "nothing is sticky", EVERYTHING),
    Case("nginx/round-robin", "nothing is sticky", EVERYTHING),
    Case("own/round-robin", "nothing is sticky", EVERYTHING),
    Case("nginx/hash-cookie", "the handshake has no cookie yet: another node is hashed later", EVERYTHING),
    Case(
        "nginx/no-upgrade",
        "nginx forwards Upgrade and Connection only when told: the node sees a GET",
        (UPGRADE,),
        loss=NO_UPGRADE,
    ),
    Case("nginx/impatient", "a poll that is answered within a second is"),
    Case("haproxy/impatient", "a poll that is answered within a second is", cookies=("io", "serverid")),
    # AWS
    Case("own/alb", "any of its cookies names the node", cookies=("io", *AWS)),
    Case("own/alb", "the nodes need not set any", mount="plain", cookies=AWS),
    Case("own/alb", "hooks do not touch it", mount="cors", origin=GOOD, cookies=("uid", *AWS)),
    Case("own/alb", "without credentials no cookie comes back", EVERYTHING, jar=False, cookies=("io", *AWS)),
    # TLS
    Case("haproxy/tls", "as haproxy/insert, and nobody sees the cookie", cookies=("io", "serverid")),
)
# One of each kind of stickiness, and one that loses sessions; the others are slow.
QUICK = {
    "haproxy/insert cookie jar",
    "haproxy/insert cookie no jar",
    "haproxy/prefix cookie jar",
    "haproxy/rewrite cookie jar",
    "haproxy/stick-cookie cookie no jar",
    "haproxy/source plain no jar",
    "haproxy/round-robin cookie jar",
    "haproxy/tls cookie jar",
    "nginx/map-cookie cookie jar",
    "nginx/ip-hash plain no jar",
    "nginx/no-upgrade cookie jar",
    "own/alb cookie jar",
}


class Named(Protocol):
    """A case with a title."""

    @property
    def name(self) -> str: ...


def sorted_by_cost(cases: Iterable[Named], quick: Collection[str]) -> list[ParameterSet]:
    """Return the cases as parameters of a test; those not in `quick` are marked as slow."""
    return [
        pytest.param(case, id=case.name, marks=[] if case.name in quick else pytest.mark.slow)
        for case in cases
    ]
