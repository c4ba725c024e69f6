"""Judge three socket.io nodes behind real balancers: the diagnosis fits, and no sticky balancer is blamed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from reference.peer import Client
from runs.command import called

from balancers.conftest import Reach
from balancers.expected import sorted_by_cost

# The nodes are socket.io 4.8.4: CK-008 is its own, whatever stands before it.
OF_THE_NODES = {"CK-008"}
UPGRADE_OF_A_SESSION = re.compile(r"session \d+: upgrade")


@dataclass(frozen=True)
class Expected:
    """The verdicts on a balancer: `breaks` fail, and the diagnosis contains `words`."""

    balancer: str
    words: str
    mount: str = "cookie"
    mode: str = "auto"
    breaks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the id of the test."""
        return f"{self.balancer} {self.mount}"


CASES = (
    Expected("haproxy/insert", "“serverid” carries the affinity", mode="insert"),
    Expected("haproxy/insert", "“serverid” carries the affinity", "cors", "insert"),
    Expected("haproxy/prefix", "“io” carries the affinity", mode="prefix"),
    Expected("haproxy/prefix", "turn on Socket.IO's cookie option", "plain", "prefix", ("ST-001",)),
    Expected("haproxy/prefix", "socket.io 4.1 to 4.8.4", "cors", "prefix", ("ST-001",)),
    Expected("haproxy/rewrite", "“io” carries the affinity", mode="rewrite"),
    Expected("haproxy/stick-cookie", "No cookie is needed", mode="sid"),
    Expected("haproxy/stick-body", "No cookie is needed", "plain", "sid"),
    Expected("haproxy/stick-source", "No cookie is needed", mode="ip"),
    Expected("haproxy/source", "1 node answered", mode="ip"),
    Expected("haproxy/round-robin", "without sticky sessions", breaks=("ST-001",)),
    Expected("nginx/map-cookie", "“srv” carries the affinity", mode="insert"),
    Expected("nginx/hash-cookie", "does not have yet", breaks=("ST-001",)),
    Expected("nginx/ip-hash", "No cookie is needed", mode="ip"),
    Expected("nginx/no-upgrade", "proxy_set_header Upgrade", breaks=("HS-014", "ST-002")),
    Expected("own/alb", "“AWSALB” carries the affinity", mode="insert"),
    Expected("own/alb", "another value on every response", "cors", "insert"),
)
# Each balancer with one that keeps sessions and one that loses them; the others are slow.
QUICK = {
    "haproxy/insert cookie",
    "haproxy/round-robin cookie",
    "nginx/ip-hash cookie",
    "nginx/no-upgrade cookie",
}
STICK = tuple(case for case in CASES if not case.breaks)


def judged(client: Client, folder: Path, *arguments: str, scheme: str = "http") -> dict[str, Any]:
    """Run the suite against a balancer and return the report."""
    url = f"{scheme}://{client.host}:{client.port}{client.path}"
    return dict(called("--target", url, *arguments, folder=folder).report)


def ids(report: dict[str, Any], *verdicts: str) -> set[str]:
    """Return the requirements with one of these verdicts."""
    return {entry["id"] for entry in report["requirements"] if entry["verdict"] in verdicts}


def lost_at_the_upgrade(report: dict[str, Any]) -> bool:
    """Return whether a session reached its node by chance until the upgrade, and was unknown there."""
    asked = [each for each in report["exchanges"] if UPGRADE_OF_A_SESSION.fullmatch(each["label"])]
    return any(each["response"] is None or each["response"]["status"] != 101 for each in asked)


@pytest.mark.parametrize("case", sorted_by_cost(CASES, QUICK))
def test_the_diagnosis_names_what_the_balancer_does(case: Expected, reach: Reach, tmp_path: Path) -> None:
    report = judged(reach(case.balancer, case.mount), tmp_path, "--sticky", case.mode)
    # Where nothing keeps a session on its node, luck may.
    by_chance = {"ST-002"} if "ST-001" in case.breaks and lost_at_the_upgrade(report) else set()
    assert ids(report, "fail") == {*case.breaks, *by_chance}
    assert ids(report, "warn", "broken") <= OF_THE_NODES
    assert case.words in report["balancer"]["diagnosis"]


@pytest.mark.parametrize(
    "balancer", ["haproxy/impatient", pytest.param("nginx/impatient", marks=pytest.mark.slow)]
)
def test_cut_idle_polls_are_a_warning(balancer: str, reach: Reach, tmp_path: Path) -> None:
    arguments = ("--sticky", "auto", "--case", "ST-013", "--max-wait", "30")
    assert ids(judged(reach(balancer, "cookie"), tmp_path, *arguments), "warn") == {"ST-013"}


@pytest.mark.slow
def test_sessions_stick_over_tls(reach: Reach, tmp_path: Path) -> None:
    report = judged(
        reach("haproxy/tls", "cookie"), tmp_path, "--sticky", "insert", "--insecure", scheme="https"
    )
    assert ids(report, "fail") == set()
    assert "All of 40 sessions" in report["balancer"]["diagnosis"]
    assert {exchange["url"].partition(":")[0] for exchange in report["exchanges"]} == {"https"}


@pytest.mark.slow
def test_a_race_in_a_cluster_is_named(sticky: Client, tmp_path: Path) -> None:
    """@socket.io/sticky loses some sessions or none, by chance; the diagnosis fits what was seen."""
    report = judged(sticky, tmp_path, "--sticky", "auto", "--sessions", "60")
    said = report["balancer"]["diagnosis"]
    assert ids(report, "fail") <= {"ST-001", "ST-002"}
    assert ("this is a race, not a missing setting" in said) == bool(ids(report, "fail"))
    assert ("stayed on their node" in said.partition(".")[0]) != bool(ids(report, "fail"))
    assert "3 nodes answered (worker1, worker2, worker3)" in said
