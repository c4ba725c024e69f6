"""Runs through a balancer: the diagnosis, the limits on requests, and targets that limit their clients."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from eiospec.fixtures.balancer import (
    ApplicationLoadBalancer,
    Balancer,
    BySid,
    Cluster,
    Insert,
    Node,
    Prefix,
    Request,
    RoundRobin,
)
from runs.command import AS_USERS_RUN, Call, Finished, Run

TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Counting(Insert):
    """Counts its requests."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__(nodes)
        self.asked = 0

    def answer(self, request: Request) -> bytes | None:
        self.asked += 1
        return super().answer(request)


class Limiting(Counting):
    """Answers 429 to six requests after the first sixty."""

    def answer(self, request: Request) -> bytes | None:
        super().answer(request)
        return TOO_MANY if 60 < self.asked <= 66 else None


def most_at_once(finished: Finished) -> int:
    """Return the highest number of exchanges at the same time."""
    edges = [
        edge
        for exchange in finished.report["exchanges"]
        for edge in ((exchange["started"], 1), (exchange["ended"], -1))
    ]
    under_way = most = 0
    for _, change in sorted(edges):
        under_way += change
        most = max(most, under_way)
    return most


class TestLimits:
    @pytest.mark.parametrize(
        ("policy", "declared"),
        [
            (Counting, ("--sticky", "auto")),
            pytest.param(BySid, ("--sticky", "sid"), marks=pytest.mark.slow),
            pytest.param(ApplicationLoadBalancer, ("--sticky", "insert"), marks=pytest.mark.slow),
            pytest.param(RoundRobin, ("--sticky", "auto"), marks=pytest.mark.slow),
            pytest.param(Counting, (), marks=pytest.mark.slow),
            (RoundRobin, ()),
        ],
    )
    def test_at_most_three_hundred_requests_and_eight_at_once(
        self, call: Call, policy: Callable[[Sequence[Node]], Balancer], declared: tuple[str, ...]
    ) -> None:
        with Cluster(policy) as cluster:
            finished = call("--target", cluster.url, *declared, env=AS_USERS_RUN)
            assert len(finished.report["exchanges"]) <= 300
            assert most_at_once(finished) <= 8
            assert [len(engine.sessions) for engine in cluster.engines] == [0, 0, 0]

    def test_the_balancer_counts_no_other_requests(self, call: Call) -> None:
        with Cluster(Counting) as cluster:
            finished = call("--target", cluster.url, "--sticky", "insert")
            assert isinstance(cluster.balancer, Counting)
            assert cluster.balancer.asked == len(finished.report["exchanges"])

    def test_more_sessions_are_opened_when_asked_for(self, call: Call) -> None:
        with Cluster(Insert) as cluster:
            finished = call(
                "--target", cluster.url, "--case", "ST-00[17]", "--sticky", "auto", "--sessions", "40"
            )
        assert finished.exit_code == 0
        assert "All of 80 sessions, 40 of them reconnections," in finished.stdout


class TestDiagnosis:
    @pytest.mark.parametrize(
        ("policy", "words"),
        [
            (Insert, "“serverid” carries the affinity"),
            pytest.param(Prefix, "“io” carries the affinity", marks=pytest.mark.slow),
            (ApplicationLoadBalancer, "another value on every response"),
            pytest.param(BySid, "No cookie is needed", marks=pytest.mark.slow),
            (RoundRobin, "balancer without sticky sessions"),
        ],
    )
    def test_every_report_has_the_diagnosis(self, call: Call, policy: type[Balancer], words: str) -> None:
        with Cluster(policy) as cluster:
            finished = call("--target", cluster.url, "--sticky", "auto", "--case", "ST-*")
        said = finished.report["balancer"]["diagnosis"]
        assert words in said
        assert words in " ".join(finished.stdout.split())
        page = (finished.folder / "eiospec-report" / "report.html").read_text("utf-8")
        assert '<p class="diagnosis">' in page
        assert ">app02</text>" in page

    def test_several_nodes_are_detected_without_the_option(self, call: Call) -> None:
        with Cluster(RoundRobin) as cluster:
            finished = call("--target", cluster.url)
        (evidence,) = [
            found["evidence"]
            for found in finished.report["detections"]
            if found["capability"] == "several nodes behind a balancer"
        ]
        assert "of 6 POSTs of one session without cookies" in evidence
        assert "ST-001" in finished.ids("fail")
        assert {id.partition("-")[0] for id in finished.ids("fail")} == {"ST"}

    def test_a_single_server_that_forgets_sessions_is_not_several_nodes(self, call: Call) -> None:
        with Cluster(RoundRobin, names=("alone",)) as cluster:
            finished = call("--target", cluster.url, "--case", "PR-001", "--case", "ST-001")
        assert (finished.ids("pass"), finished.ids("not applicable")) == ({"PR-001"}, {"ST-001"})

    @pytest.mark.slow
    def test_two_processes_give_the_same_diagnosis(self, run: Run) -> None:
        with Cluster(Insert) as cluster:
            finished = run("--target", cluster.url, "--sticky", "insert", "-n", "2")
        assert finished.exit_code == 0
        assert "“serverid” carries the affinity" in finished.report["balancer"]["diagnosis"]


class TestRateLimit:
    def test_a_target_that_limits_its_clients_fails_no_requirement(self, call: Call) -> None:
        with Cluster(Limiting) as cluster:
            finished = call("--target", cluster.url, "--sticky", "insert")
        assert finished.exit_code == 3
        assert finished.ids("fail") == set()
        assert "ST-001" in finished.ids("broken")
        assert "the target limits its clients (429" in " ".join(finished.stdout.split())

    def test_a_target_that_goes_away_is_lost(self, call: Call) -> None:
        class Leaving(Counting):
            def answer(self, request: Request) -> bytes | None:
                if self.asked == 60:
                    threading.Thread(target=cluster.close).start()
                return super().answer(request)

        with Cluster(Leaving) as cluster:
            finished = call("--target", cluster.url, "--sticky", "insert")
        assert finished.exit_code == 6
        assert finished.ids("fail") == set()

    def test_a_target_that_limits_its_clients_from_the_start_is_named(self, call: Call) -> None:
        class Closed(Insert):
            def answer(self, request: Request) -> bytes | None:
                del request
                return TOO_MANY

        with Cluster(Closed) as cluster:
            finished = call("--target", cluster.url)
        assert finished.exit_code == 6
        assert "limits its clients (429 Too Many Requests)" in " ".join(finished.output.split())


class TestUsage:
    def test_an_unknown_mode_is_a_usage_error(self, call: Call) -> None:
        finished = call("--target", "http://127.0.0.1:1/", "--sticky", "glue")
        assert finished.exit_code == 4
        assert "use auto or insert or prefix or rewrite or sid or ip" in finished.stderr


def test_a_single_server_gets_no_balancer_probes(bundled: Finished) -> None:
    asked = {exchange["probe"] for exchange in bundled.report["exchanges"]}
    assert asked & {"sessions through the balancer", "an idle poll through the balancer"} == set()
    assert "balancer" not in bundled.report
